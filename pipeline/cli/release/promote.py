"""`penstock promote`: copy an image to where it is deployed from, only with its proof."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.cli.release.ending import Format

if TYPE_CHECKING:
    from pipeline.errors import Exit
    from pipeline.oci.registry.reference import RegistryReference
    from pipeline.release.promoting import Promoted
    from pipeline.verification.model import CouldNotLook, Refused

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def promote(
    source: Annotated[
        str, typer.Argument(metavar="SRC@DIGEST", help="The image, by the digest that was signed.")
    ],
    target: Annotated[
        str, typer.Argument(metavar="DST[:TAG]", help="Where it goes; the tag moves last of all.")
    ],
    *,
    policy: Annotated[
        Path, typer.Option("--policy", metavar="FILE", help="verify.yaml: what is asked for.")
    ],
    format: Annotated[  # noqa: A002 -- the option's name
        Literal["text", "json"], typer.Option("--format", help="text or json.")
    ] = "text",
) -> None:
    """Verify an image, copy it with all that refers to it, and verify it again where it lies.

    Exit codes: 0 promoted; 1 refused; 3 could not look or copy. The tag has moved only at 0.
    """
    import tempfile

    from pipeline.cli import options
    from pipeline.cli.app import now
    from pipeline.cli.release.again import again
    from pipeline.cli.terminal import output
    from pipeline.errors import UsageError
    from pipeline.oci.registry.connect import Registries
    from pipeline.oci.registry.reference import RegistryReference
    from pipeline.release.image import named
    from pipeline.release.promoting import promote as moved
    from pipeline.release.verifying import aged
    from pipeline.verification.load import load

    output.quiet_stdout()
    asked = load(policy)
    here, there = RegistryReference.parse(source), RegistryReference.parse(target)
    if there.digest is not None:
        raise UsageError(
            "the destination is a repository, and a tag if one shall move",
            hint=f"leave the digest out: {there.repository}[:TAG]",
        )
    image = named(here)
    output.note(aged(asked, now()))
    with (
        _copied(image.digest, format),
        again(),
        Registries(options.surroundings()) as registries,
        tempfile.TemporaryDirectory() as scratch,
    ):
        done = moved(
            asked,
            registries.repository(here),
            registries.repository(there),
            image.digest,
            tag=there.tag,
            scratch=Path(scratch) / "blob",
            now=now(),
        )
    raise typer.Exit(int(_tell(done, there, form=format)))


@contextmanager
def _copied(digest: str, form: Format) -> Iterator[None]:
    """Tell a program too where a registry failed."""
    from pipeline.cli.release.ending import write
    from pipeline.oci.registry.errors import RegistryError
    from pipeline.release.told import CouldNotCopy

    try:
        yield
    except RegistryError as error:
        if form == "json":
            write(CouldNotCopy(digest=digest, reason=error.message, help=error.hint))
        raise


def _tell(
    done: "Promoted | Refused | CouldNotLook", there: "RegistryReference", *, form: Format
) -> "Exit":
    """Write how it ended, and return the exit code for that."""
    from pipeline.cli.release.ending import write
    from pipeline.cli.terminal import output, streams
    from pipeline.errors import Exit
    from pipeline.release.promoting import Promoted
    from pipeline.release.told import moved
    from pipeline.verification import text
    from pipeline.verification.model import Refused

    if not isinstance(done, Promoted):
        if form == "json":
            write(done)
        else:
            streams.say_lines(text.lines(done))
        return Exit.FAIL if isinstance(done, Refused) else Exit.INCONCLUSIVE
    told = moved(done, there.at(done.answer.digest), there.tag)
    output.note([f"not copied: {one.digest[:80]}: {one.reason}" for one in told.left])
    if form == "json":
        write(told)
    else:
        streams.say_lines((*text.lines(done.answer), f"promoted: {told.destination}"))
    return Exit.OK
