"""Says what is true of an image, and what is left out, each with its reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.attest import bom, summary, verdict, vulns
from pipeline.attest.base import Evidence, bare
from pipeline.attest.statement import Statement, statements
from pipeline.bundle.later import put
from pipeline.release.evidence import of_platform
from pipeline.release.image import Image

FOLDER: Final = "attestations"
_SHORT: Final = 12
_OF_FAILURE: Final = (summary.TYPE, verdict.TYPE)


class Attested(msgspec.Struct, frozen=True, kw_only=True):
    """The statements of one image."""

    statements: tuple[Statement, ...]
    left_out: tuple[str, ...]
    """Sentences: what is not said, and why."""


def attested(evidence: Evidence, image: Image) -> Attested:
    """Make every statement; of an index, those that differ by platform once for each of them."""
    known = all(digest in evidence.boms for digest in image.manifests)
    # Without its bill of materials nothing says which findings are an image's: none would be told.
    unsaid = frozenset() if known else frozenset({f"vulns-{vulns.IMAGE}"})
    found = [one for one in statements(evidence) if one.name not in unsaid]
    for digest in image.platforms:
        found += _of_platform(of_platform(evidence, image, digest), digest)
    said = tuple(found)
    return Attested(statements=said, left_out=tuple(_left_out(evidence, image, said)))


def of_failure(said: Attested) -> Attested:
    """Keep what blocks an image, and nothing that could be taken for its credentials."""
    kept = tuple(one for one in said.statements if one.predicate_type in _OF_FAILURE)
    return Attested(statements=kept, left_out=said.left_out)


def targets(statement: Statement, image: Image) -> tuple[str, ...]:
    """Return the manifests that a statement speaks of, and lies beside; none: bundle alone."""
    spoken = {f"sha256:{one.digest['sha256']}" for one in statement.subjects
              if "sha256" in one.digest}  # fmt: skip
    known = dict.fromkeys((image.digest, *image.platforms))
    return tuple(one for one in known if one in spoken)


def write(bundle: Path, said: tuple[Statement, ...]) -> None:
    """Lay the statements into the bundle, each whole."""
    for one in said:
        put(bundle / FOLDER / f"{one.name}.intoto.json", one.data)


def _of_platform(evidence: Evidence, digest: str) -> Iterator[Statement]:
    """Yield the bill of materials of one platform, under a name of its own."""
    for one in statements(evidence):
        if one.predicate_type == bom.TYPE:
            name = f"{one.name}-{bare(digest)[:_SHORT]}"
            yield msgspec.structs.replace(one, name=name)


def _left_out(evidence: Evidence, image: Image, said: tuple[Statement, ...]) -> Iterator[str]:
    names = {one.name for one in said}
    if summary.result_of(evidence.verdict) is None:
        what = "a demonstration" if evidence.verdict.demo else "INCONCLUSIVE"
        yield f"no summary: {what} is neither yes nor no, and blocks at the door"
    for digest in image.manifests:
        if digest not in evidence.boms:
            yield f"no bill of materials of {digest}: the bundle holds none"
    asked = {one.stage: one for one in evidence.stages}
    for stage in vulns.STAGES:
        if stage in asked and f"vulns-{stage}" not in names:
            yield f"no report of {stage}: {_why(stage, evidence)}"
    if evidence.vex is None:
        yield "no VEX: it is said with --vex, where exceptions have something to say"


def _why(stage: str, evidence: Evidence) -> str:
    one = next(entry for entry in evidence.stages if entry.stage == stage)
    outcome = one.outcome.__struct_config__.tag
    if outcome != "completed":
        return f"it {'was' if outcome == 'skipped' else 'has'} {outcome}"
    if getattr(one.outcome, "gaps", ()) or one.excluded:
        return "it left gaps, and half a list reads like a whole one"
    return "nothing in the bundle says of what image or commit it speaks"
