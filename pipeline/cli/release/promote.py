"""`penstock promote`: copy an image to where it is deployed from, only with its proof."""

from pathlib import Path
from typing import Annotated

import typer

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
) -> None:
    """Verify an image, copy it with all that refers to it, and verify it again where it lies.

    Exit codes: 0 promoted; 1 refused; 3 could not look or copy. The tag has moved only at 0.
    """
    import sys
    import tempfile

    from pipeline.cli import options
    from pipeline.cli.app import now
    from pipeline.cli.release.again import again
    from pipeline.cli.terminal import output
    from pipeline.errors import Exit, UsageError
    from pipeline.oci.registry.connect import Registries
    from pipeline.oci.registry.reference import RegistryReference
    from pipeline.release.image import named
    from pipeline.release.promoting import Promoted
    from pipeline.release.promoting import promote as moved
    from pipeline.release.verifying import aged
    from pipeline.report.escape import terminal
    from pipeline.verification import text
    from pipeline.verification.load import load
    from pipeline.verification.model import Refused

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
    if isinstance(done, Promoted):
        sys.stdout.write("".join(f"{terminal(line)}\n" for line in text.lines(done.answer)))
        output.note([f"not copied: {one.manifest.digest[:80]}: {one.why}"
                     for one in done.copied.left])  # fmt: skip
        sys.stdout.write(f"promoted: {there.at(image.digest)}\n")
        return
    sys.stdout.write("".join(f"{terminal(line)}\n" for line in text.lines(done)))
    raise typer.Exit(int(Exit.FAIL if isinstance(done, Refused) else Exit.INCONCLUSIVE))
