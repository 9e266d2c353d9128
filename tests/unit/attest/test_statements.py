"""What is said of an image is true of it, whole, and nothing that a scanner wrote."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.attest import PREDICATES
from pipeline.attest.base import Evidence
from pipeline.attest.statement import statements
from pipeline.model.gap import GapReason
from pipeline.model.outcome import Failed
from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision
from tests.support.attesting import COMMIT, IMAGE, PLACED, RESOURCE, everything, evidence
from tests.support.judging import answers, case, code, done, gap, package, policy

ELSEWHERE = {"provenance", "vulns-pip-audit", "vulns-packages"}
HOSTILE = "evil\x1b[31m::error::<script>"


def said(given: Evidence) -> dict[str, dict[str, Any]]:
    return {one.name: json.loads(one.data) for one in statements(given)}


def test_a_passed_image_is_told_of_in_every_kind() -> None:
    kinds = {one["predicateType"] for one in said(everything()).values()}
    assert kinds == {kind.TYPE for kind in PREDICATES.values()}


def test_every_statement_names_the_image_or_says_why_not() -> None:
    for name, one in said(everything()).items():
        digests = [subject["digest"] for subject in one["subject"]]
        about_image = {"sha256": IMAGE[7:]} in digests
        assert about_image == (name not in {"provenance", "vulns-pip-audit", "vulns-packages"}), (
            name
        )
    assert {"gitCommit": COMMIT} in [
        subject["digest"] for subject in said(everything())["vulns-pip-audit"]["subject"]
    ]


@pytest.mark.parametrize(
    ("severity", "until", "result", "levels"),
    [
        (None, None, "PASSED", ["PENSTOCK_GATE_RELEASE"]),
        (Severity.MEDIUM, None, "PASSED", ["PENSTOCK_GATE_RELEASE"]),
        (Severity.HIGH, None, "FAILED", ["FAILED"]),
        (Severity.HIGH, "2027-01-01", "FAILED", ["FAILED"]),
        (None, "2027-01-01", "PASSED", ["PENSTOCK_GATE_RELEASE"]),
    ],
    ids=["pass", "warn", "fail", "hidden fail", "nothing to hide"],
)
def test_the_summary_says_what_the_verdict_means_at_the_door(
    severity: Severity | None, until: str | None, result: str, levels: list[str]
) -> None:
    sections = {} if until is None else {"report_only_until": f"{{release: {until}}}"}
    found = () if severity is None else (package(severity=severity),)
    one = evidence(case(policy(**sections), *found, env="release"))
    summary = said(one)["summary"]["predicate"]
    assert summary["verificationResult"] == result
    assert summary["verifiedLevels"] == levels
    assert summary["resourceUri"] == RESOURCE
    assert summary["policy"]["digest"]["sha256"] == one.verdict.policy.digest[7:]


def test_what_is_inconclusive_gets_no_summary() -> None:
    one = evidence(
        case(stages=answers(semgrep=Failed(asked=1, reason=GapReason.TIMEOUT, message="")))
    )
    assert one.verdict.verdict is Decision.INCONCLUSIVE
    assert "summary" not in said(one)
    assert said(one)["verdict"]["predicate"]["verdict"]["verdict"] == "INCONCLUSIVE"


@pytest.mark.parametrize("stage", ["pip_audit", "image", "packages"])
@pytest.mark.parametrize(
    "outcome",
    [
        done(3, gap("x", GapReason.PARSE_ERROR, "a")),
        Failed(asked=3, reason=GapReason.TIMEOUT, message=""),
    ],
    ids=["gap", "failed"],
)
def test_a_scanner_that_did_not_see_all_says_nothing_of_what_it_found(
    stage: str, outcome: Any
) -> None:
    whole = everything()
    stages = tuple(
        msgspec.structs.replace(one, outcome=outcome)
        if one.stage == stage.replace("_", "-") else one
        for one in whole.stages
    )  # fmt: skip
    names = set(said(msgspec.structs.replace(whole, stages=stages)))
    name = f"vulns-{stage.replace('_', '-')}"
    assert name in set(said(whole))
    assert name not in names


def test_an_image_is_told_of_its_own_findings_alone() -> None:
    results = said(everything())["vulns-image"]["predicate"]["scanner"]["result"]
    assert [one["id"] for one in results] == ["CVE-2026-2"]


@pytest.mark.parametrize("images", [{}, {"oci:image": IMAGE}, {"oci:x": "sha256:" + "5" * 64}])
def test_an_image_whose_findings_cannot_be_told_apart_says_nothing_of_them(
    images: dict[str, str],
) -> None:
    """Else a run without bills of materials would say that it found none."""
    unplaced = msgspec.structs.replace(everything(), images=images)
    assert "vulns-image" not in said(unplaced)


def test_no_text_of_a_scanner_is_signed() -> None:
    failed = Failed(asked=1, reason=GapReason.TIMEOUT, message=HOSTILE)
    found = (code(title=HOSTILE, message=HOSTILE), package(title=HOSTILE, message=HOSTILE))
    broken = done(3, gap("config", GapReason.PARSE_ERROR, HOSTILE))
    one = evidence(case(policy(), *found, stages=answers(semgrep=failed, config=broken)))
    for statement in statements(one):
        assert b"evil" not in statement.data, statement.name


def test_a_statement_is_the_same_bytes_again() -> None:
    assert statements(everything()) == statements(everything())


@given(st.permutations(range(3)))
def test_the_order_of_findings_changes_no_byte(order: list[int]) -> None:
    whole = everything()
    shuffled = case(policy(), *(whole.findings[n] for n in order), stages=whole.stages)
    again = evidence(shuffled, images=PLACED, boms=whole.boms, vex=whole.vex)
    assert statements(again) == statements(whole)


def test_names_are_unique_and_make_file_names() -> None:
    names = [one.name for one in statements(everything())]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() for name in names)
