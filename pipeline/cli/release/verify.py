"""`penstock verify`: was exactly this digest judged good, by whom, by what, and when."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from pipeline.bundle.read import Stored
    from pipeline.errors import Exit
    from pipeline.verification.model import Answer, VerifyPolicy

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def verify(
    target: Annotated[
        str,
        typer.Argument(metavar="REF@DIGEST|BUNDLE", help="An image, or the folder of a bundle."),
    ],
    *,
    policy: Annotated[
        Path, typer.Option("--policy", metavar="FILE", help="verify.yaml: what is asked for.")
    ],
    image: Annotated[
        str | None,
        typer.Option("--image", metavar="DIGEST", help="Which image of a bundle. [the only one]"),
    ] = None,
    recompute: Annotated[
        Path | None,
        typer.Option(
            "--recompute", metavar="BUNDLE", help="Judge the stored evidence again: it must agree."
        ),
    ] = None,
    format: Annotated[  # noqa: A002 -- the option's name
        Literal["text", "json"], typer.Option("--format", help="text or json.")
    ] = "text",
) -> None:
    """Verify, offline but for the registry, that a digest was judged good for an environment.

    Exit codes: 0 verified; 1 refused, with every reason; 3 could not look, which is never
    "unsigned".
    """
    from pipeline.cli.app import now
    from pipeline.cli.terminal import output, streams
    from pipeline.release.verifying import aged
    from pipeline.verification import text
    from pipeline.verification.load import load

    output.quiet_stdout()
    asked = load(policy)
    answer = _answer(asked, target, image)
    answer = answer if recompute is None else _recomputed(answer, recompute)
    output.note(aged(asked, now()))
    if format == "json":
        streams.say(text.document(answer).decode(), format)
    else:
        streams.say_lines(text.lines(answer))
    raise typer.Exit(int(_exit(answer)))


def _answer(policy: "VerifyPolicy", target: str, image: str | None) -> "Answer":
    from pipeline.cli import options
    from pipeline.cli.app import now
    from pipeline.errors import UsageError
    from pipeline.oci.registry.connect import Registries
    from pipeline.oci.registry.reference import RegistryReference
    from pipeline.release import verifying
    from pipeline.release.image import named

    if Path(target).is_dir():
        digest = image or verifying.only_image(_stored(Path(target)).verdict.subject.images)
        return verifying.in_bundle(policy, Path(target), digest, now=now())
    if image is not None:
        raise UsageError("--image names an image of a bundle", hint=f"{target} is no folder")
    place = RegistryReference.parse(target)
    digest = named(place).digest
    with Registries(options.surroundings()) as registries:
        return verifying.in_registry(policy, registries.repository(place), digest, now=now())


def _recomputed(answer: "Answer", bundle: Path) -> "Answer":
    """Judge the evidence again. Raises PenstockError where it is other evidence, or disagrees."""
    from pipeline.errors import PenstockError
    from pipeline.model.artifact import sha256_file
    from pipeline.release.evidence import recomputed
    from pipeline.release.verifying import agreed
    from pipeline.runner.again import stored_policy
    from pipeline.verification.model import Verified

    stored = _stored(bundle)
    if isinstance(answer, Verified):
        if (found := sha256_file(bundle / "run.json")) != answer.bundle:
            raise PenstockError(
                f"{bundle} is the evidence {found}, and what was attested is {answer.bundle}",
                hint="name the bundle that was attested",
            )
        recomputed(stored, stored_policy(stored))
        agreed(answer, stored)
    return answer


def _stored(bundle: Path) -> "Stored":
    from pipeline.bundle.read import read

    return read(bundle)


def _exit(answer: "Answer") -> "Exit":
    from typing import assert_never

    from pipeline.errors import Exit
    from pipeline.verification.model import CouldNotLook, Refused, Verified

    match answer:
        case Verified():
            code = Exit.OK
        case Refused():
            code = Exit.FAIL
        case CouldNotLook():
            code = Exit.INCONCLUSIVE
        case _:
            assert_never(answer)
    return code
