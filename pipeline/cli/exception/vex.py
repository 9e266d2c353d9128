"""`penstock exception export`: tell others what exceptions say, as OpenVEX or CycloneDX."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.cli import options
from pipeline.errors import UsageError

FORMATS: Final = ("openvex", "cyclonedx", "vdr")


def export(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="What `run --out` wrote.")],
    *,
    format: Annotated[  # noqa: A002 -- the option's name
        str,
        typer.Option(
            "--format",
            metavar="openvex|cyclonedx|vdr",
            help="vdr: CycloneDX with every advisory, excepted or not.",
        ),
    ] = "openvex",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write there; an OpenVEX file there gets a new version."
        ),
    ] = None,
    author: Annotated[
        str | None, typer.Option("--author", metavar="NAME", help="Who says so. [the policy]")
    ] = None,
    product: Annotated[
        str | None,
        typer.Option(
            "--product", metavar="PURL", help="What holds the packages of the source tree."
        ),
    ] = None,
) -> None:
    """Write what the exceptions of BUNDLE let others be told.

    Only an active, approved `not_affected` or `false_positive` makes a finding disappear in
    other people's scanners; everything else is `affected`. Reasons, tickets and names stay here.
    """
    from pipeline.cli.exception.vex_view import made, standing
    from pipeline.cli.terminal import output, streams

    if format not in FORMATS:
        raise options.unknown("format", format, FORMATS)
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError(f"the folder of --out {out} is not there", hint="make it first")
    output.quiet_stdout()
    there = standing(out)
    text, notes = made(bundle, form=format, out=out, there=there, author=author, product=product)
    output.note(notes)
    if text is None:
        return
    if out is None:
        streams.say(text.decode(), format)
        return
    _put(out, text, there)


def _put(out: Path, text: bytes, there: bytes | None) -> None:
    """Write whole or not at all, and over nothing that was not read: a version may have come."""
    from pipeline.exceptions import files

    if there is None:
        files.create(out, text)
    elif there != text:
        files.replace(out, text, shown=there)
