"""What is said of an image, where it lies, and what is left out with its reason."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.attest.statement import Statement
from pipeline.bundle.read import read
from pipeline.model.gap import GapReason
from pipeline.model.outcome import Failed, Outcome, Skipped, SkipReason, StageEvidence
from pipeline.oci.registry.reference import RegistryReference
from pipeline.release.attesting import Attested, attested, of_failure, targets, write
from pipeline.release.evidence import Judge, evidence
from pipeline.release.image import Image
from tests.support.judging import NOW, done, gap
from tests.support.releasing import VERIFIER, bundle, stages

ONE, TWO, INDEX = (f"sha256:{number * 64}" for number in "123")
PLACE = RegistryReference.parse("r.example/acme/app")
ALL = {"summary", "verdict", "coverage", "sbom", "provenance", "vulns-pip-audit", "vulns-image",
       "vulns-packages"}  # fmt: skip


def image(digest: str = ONE, *platforms: str) -> Image:
    return Image(place=PLACE, digest=digest, platforms=platforms)


def said(
    folder: Path, of: Image, *images: str, vex: bytes | None = None, **fields: Any
) -> Attested:
    stored = read(bundle(folder / "b", *images, now=NOW, **fields))
    return attested(evidence(stored, of, Judge(verifier=VERIFIER), vex=vex), of)


def named(told: Attested) -> dict[str, Statement]:
    assert len({one.name for one in told.statements}) == len(told.statements)
    return {one.name: one for one in told.statements}


def with_(stage: str, outcome: Outcome) -> tuple[StageEvidence, ...]:
    return tuple(
        msgspec.structs.replace(one, outcome=outcome) if one.stage == stage else one
        for one in stages()
    )


def test_all_is_said_of_one_image_and_lies_beside_it(tmp_path: Path) -> None:
    told = said(tmp_path, image(), ONE)
    assert set(named(told)) == ALL
    lies = {name: targets(one, image()) for name, one in named(told).items()}
    beside = {"summary", "verdict", "coverage", "sbom", "vulns-image"}
    assert {name for name, where in lies.items() if where == (ONE,)} == beside
    assert {name for name, where in lies.items() if where == ()} == ALL - beside


def test_of_an_index_the_bills_of_materials_differ_by_platform(tmp_path: Path) -> None:
    of = image(INDEX, ONE, TWO)
    told = named(said(tmp_path, of, ONE, TWO))
    short = {f"sbom-{digest[7:19]}": digest for digest in (ONE, TWO)}
    assert set(told) == (ALL - {"sbom"}) | set(short)
    for name, digest in short.items():
        assert targets(told[name], of) == (digest,)
        assert (
            json.loads(told[name].data)["predicate"]["metadata"]["component"]["version"] == digest
        )
    for name in ("summary", "verdict", "coverage", "vulns-image"):
        assert targets(told[name], of) == (INDEX, ONE, TWO), name


def test_what_no_bill_of_materials_places_is_not_said_of_the_image(tmp_path: Path) -> None:
    """Of which image a finding is, is told by the bills: without one, "none found" may be wrong."""
    of = image(INDEX, ONE, TWO)
    stored = read(bundle(tmp_path / "b", ONE, TWO, now=NOW))
    whole = evidence(stored, of, Judge(verifier=VERIFIER))
    half = msgspec.structs.replace(whole, boms={ONE: whole.boms[ONE]})
    told = attested(half, of)
    assert "vulns-image" not in named(told)
    assert any(f"no bill of materials of {TWO}" in one for one in told.left_out)
    assert any(one.startswith("no report of image: nothing in the bundle") for one in told.left_out)


LEFT: dict[str, tuple[Outcome, str]] = {
    "failed": (Failed(asked=3, reason=GapReason.TOOL_FAILED, message="m"), "it has failed"),
    "skipped": (Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="i"), "it was skipped"),
    "gaps": (done(3, gap("pip-audit", GapReason.TIMEOUT, "x")), "it left gaps"),
}


@pytest.mark.parametrize("what", LEFT)
def test_a_scanner_without_an_answer_says_nothing(tmp_path: Path, what: str) -> None:
    outcome, why = LEFT[what]
    told = said(tmp_path, image(), ONE, stages=with_("pip-audit", outcome))
    assert "vulns-pip-audit" not in named(told)
    assert any(one.startswith(f"no report of pip-audit: {why}") for one in told.left_out)


def test_what_nobody_asked_for_is_not_called_left_out(tmp_path: Path) -> None:
    told = said(tmp_path, image(), ONE)
    assert told.left_out == (
        "no VEX: it is said with --vex, where exceptions have something to say",
    )
    document = json.dumps({"@context": "https://openvex.dev/ns", "statements": []}).encode()
    with_vex = said(tmp_path / "v", image(), ONE, vex=document)
    assert set(named(with_vex)) == ALL | {"vex"}
    assert with_vex.left_out == ()


def test_a_failure_is_said_by_summary_and_verdict_alone(tmp_path: Path) -> None:
    told = of_failure(said(tmp_path, image(), ONE))
    assert set(named(told)) == {"summary", "verdict"}


def test_they_are_laid_into_the_bundle_each_whole(tmp_path: Path) -> None:
    told = said(tmp_path, image(), ONE)
    write(tmp_path, told.statements)
    files = {one.name: one.read_bytes() for one in (tmp_path / "attestations").iterdir()}
    assert files == {f"{one.name}.intoto.json": one.data for one in told.statements}
