"""`penstock schema`: print the JSON Schema of a file."""

from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Which; without it, all are listed.")
    ] = None,
) -> None:
    """Print one of the JSON Schemas that ship with Penstock, or list their names."""
    from pipeline import resources
    from pipeline.cli.options import unknown
    from pipeline.cli.terminal import streams

    suffix = ".schema.json"
    found = {
        path.name.removesuffix(suffix): path for path in resources.schemas().glob(f"*{suffix}")
    }
    if name is None:
        streams.say_lines(sorted(found))
        return
    path = found.get(name.removesuffix(suffix))
    if path is None:
        raise unknown("schema", name, tuple(sorted(found)))
    streams.say(path.read_text(encoding="utf-8"), "json")
