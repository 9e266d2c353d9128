"""`penstock attest`: say what a judged bundle proves of an image."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.release import making

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.bundle.read import Stored
    from pipeline.release.image import Image

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def attest(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="What `run --out` wrote.")],
    *,
    image: Annotated[
        str, typer.Option("--image", metavar="REF@DIGEST", help="The image, by its digest.")
    ],
    verifier: making.Verifier = None,
    vex: making.Vex = False,
    printed: Annotated[
        bool, typer.Option("--print", help="Print them, one a line, and write nothing.")
    ] = False,
) -> None:
    """Write in-toto statements about an image into BUNDLE/attestations. Nothing is signed.

    A registry is asked only where the digest is none of those that were judged: it may be the
    index that holds them.
    """
    from pipeline.bundle.read import read
    from pipeline.cli import options
    from pipeline.cli.terminal import output, streams
    from pipeline.oci.registry.reference import RegistryReference
    from pipeline.release.attesting import FOLDER, write
    from pipeline.release.image import named
    from pipeline.runner.again import stored_policy

    output.quiet_stdout()
    environment = options.surroundings()
    asked = named(RegistryReference.parse(image))
    stored = read(bundle)
    made = making.made(
        stored,
        _looked_up(stored, asked, environment),
        policy=stored_policy(stored),
        verifier=verifier,
        vex=vex,
        environment=environment,
    ).attested
    streams.tell(f"left out: {reason}" for reason in made.left_out)
    if printed:
        streams.say("".join(f"{one.data.decode()}\n" for one in made.statements), "json")
        return
    write(stored.path, made.statements)
    streams.say_lines(f"{one.name:<16} {one.predicate_type}" for one in made.statements)
    streams.say_lines([f"written, each as NAME.intoto.json: {bundle}/{FOLDER}"])


def _looked_up(stored: "Stored", asked: "Image", environment: "Mapping[str, str]") -> "Image":
    """Ask the registry what an index holds."""
    if asked.digest in stored.verdict.subject.images:
        return asked
    from pipeline.oci.registry.connect import Registries
    from pipeline.release.image import found

    with Registries(environment) as registries:
        return found(registries.repository(asked.place))
