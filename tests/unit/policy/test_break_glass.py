"""A break-glass record is for one clean commit, one day and one FAIL, and by signature."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.model.approval import Signature
from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason
from pipeline.model.severity import Severity
from pipeline.model.verdict import BreakGlassRecord, Subject
from tests.support.judging import NOW, gap, package, policy, verdict

COMMIT = "a" * 40
RECORD = f"""apiVersion: penstock/v1
kind: BreakGlass
id: BG-1
commit: {COMMIT}
reason: The payment service is down and this build mends it.
requester: erin@example.com
created: 2026-11-25T10:00:00Z
expires: 2026-11-26T10:00:00Z
"""
ROLES = """apiVersion: penstock/v1
kind: Roles
roles:
  ciso: {members: [carol@example.com], can: [approve_break_glass]}
  security: {members: [alice@example.com], can: [approve_exception]}
"""
CAROL = "carol@example.com"


def glass(
    *findings: Finding, signer: str | None = CAROL, dirty: bool | None = False, **fields: Any
) -> BreakGlassRecord:
    files = {"break-glass/BG-1.yaml": RECORD.encode(), "roles.yaml": ROLES.encode()}
    signed = Signature(
        exception="break-glass/BG-1", principal=signer or "", key="SHA256:k", state="good"
    )
    judged = verdict(
        policy(files),
        *(findings or (package(),)),
        **{
            "subject": Subject(commit=COMMIT, tree=None, dirty=dirty, images=()),
            "signatures": (signed,) if signer else (),
            **fields,
        },
    )
    (record,) = judged.break_glass
    return record


def test_it_is_accepted_where_nothing_speaks_against_it() -> None:
    record = glass()
    assert (record.status, record.approved_by) == ("accepted", (CAROL,))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"signer": None}, "0 of 1 approvals"),
        ({"signer": "alice@example.com"}, "holds no role that can approve_break_glass"),
        ({"dirty": True}, "the work tree differs"),
        ({"dirty": None}, "the work tree differs"),
        ({"now": NOW - timedelta(hours=3)}, "it begins at"),
        ({"now": NOW + timedelta(hours=22)}, "it ended at"),
        ({"gaps": (gap(None, GapReason.BASE_MISSING),)}, "1 gap of class integrity"),
    ],
)
def test_it_is_refused_with_the_reason(fields: dict[str, Any], why: str) -> None:
    record = glass(**fields)
    assert record.status == "refused"
    assert why in record.reason


def test_there_is_nothing_to_accept_in_a_verdict_that_is_no_fail() -> None:
    record = glass(package(severity=Severity.MEDIUM))
    assert (record.status, record.reason) == (
        "refused", "there is no FAIL to accept, the verdict is WARN",
    )  # fmt: skip


def test_a_gap_in_the_evidence_does_not_keep_a_deployer_from_accepting_a_fail() -> None:
    assert glass(gaps=(gap(None, GapReason.CLOCK),)).status == "accepted"


def test_a_record_that_cannot_be_read_is_refused_by_its_name_and_place() -> None:
    files = {"break-glass/BG-1.yaml": RECORD.replace("expires: 2026", "expires: x").encode()}
    (record,) = verdict(policy(files), package()).break_glass
    assert (record.id, record.status) == ("BG-1", "refused")
    assert "break-glass/BG-1.yaml:8" in record.reason
