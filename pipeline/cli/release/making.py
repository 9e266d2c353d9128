"""What `attest` and `sign` share: a bundle that holds, and the statements that it carries."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
import typer

if TYPE_CHECKING:
    from pipeline.attest.base import Evidence
    from pipeline.bundle.read import Stored
    from pipeline.policy.model import Policy
    from pipeline.release.attesting import Attested
    from pipeline.release.image import Image

Verifier: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--verifier", metavar="URI", help="Who judges, for deployers. [the workflow on GitHub]"
    ),
]
Vex: TypeAlias = Annotated[
    bool, typer.Option("--vex", help="Say too what exceptions let others be told (OpenVEX).")
]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Statements, and what they were made of."""

    evidence: "Evidence"
    attested: "Attested"


def made(
    stored: "Stored",
    image: "Image",
    *,
    policy: "Policy",
    verifier: str | None,
    vex: bool,
    environment: Mapping[str, str],
) -> Made:
    """Make the statements of an image. Raises PenstockError where the evidence does not hold."""
    from pipeline.release import attesting
    from pipeline.release.evidence import by_environment, evidence, recomputed, scanned

    judge = by_environment(environment, verifier)
    scanned(stored, image)
    recomputed(stored, policy)
    said = evidence(stored, image, judge, vex=_vex(stored.path) if vex else None)
    return Made(evidence=said, attested=attesting.attested(said, image))


def _vex(bundle: Path) -> bytes | None:
    """Write what exceptions say, as `exception export` does, and tell what people must know."""
    from pipeline.cli.exception.vex_view import made as exported
    from pipeline.cli.terminal import output

    text, notes = exported(bundle, form="openvex", out=None, there=None, author=None, product=None)
    output.note(notes)
    return text
