"""`penstock policy init`: start a policy folder of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import options


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where it goes; `policies` by default.")
    ] = Path("policies"),
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="default|minimal", help="What it starts from.")
    ] = "default",
) -> None:
    """Write a policy with its tests, roles and schemas. Nothing that is there is overwritten."""
    from pipeline.authoring.templates import STARTS, folder_of
    from pipeline.authoring.writing import write
    from pipeline.cli.terminal import output, streams

    output.quiet_stdout()
    chosen = next((one for one in STARTS if one == start), None)
    if chosen is None:
        raise options.unknown("start", start, STARTS)
    written, left = write(folder, folder_of(chosen, name=_named(folder)))
    lines = [f"wrote  {folder / name}" for name in written]
    lines += [f"kept   {folder / name}, which was there" for name in left]
    lines += _next(folder)
    streams.say_lines(lines)


def _named(folder: Path) -> str:
    """Name the folder as CODEOWNERS does: from here, taken for the top of the repository.

    Raises UsageError for a name that no file of UTF-8 can hold.
    """
    import os

    from pipeline.errors import UsageError
    from pipeline.model.record import readable

    inside = Path(os.path.realpath(folder))
    here = Path.cwd()
    name = inside.relative_to(here).as_posix() if here in inside.parents else inside.name
    if name != readable(name):
        raise UsageError(f"the name {readable(name)} is not UTF-8", hint="give it another name")
    return name


def _next(folder: Path) -> list[str]:
    return [
        "",
        "Next:",
        f"  penstock policy test {folder} --mutate   every case is green, and sees each weakening",
        f"  penstock policy show {folder} --env pr   the policy in words",
        f"  edit {folder / 'gate.yaml'} and its tests together, then penstock policy lint {folder}",
        (
            f"  put your people into {folder / 'roles.yaml'}, and their keys into "
            f"{folder / 'allowed_signers'}"
        ),
        f"  copy the lines of {folder / 'CODEOWNERS.sample'} into .github/CODEOWNERS",
        "  commit it to the protected branch: a policy counts once it is in the base commit",
    ]
