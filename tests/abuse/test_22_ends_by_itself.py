"""Case 22: what gets worse after the approval ends it: exploited, more severe, or fixable."""

from typing import Any

import pytest

from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision, ExceptionStatus
from tests.support import judging

APPROVED = {"approved_at_severity": "high", "approved_without_fix": "true"}


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"kev": True}, "void_if.kev"),
        ({"severity": Severity.CRITICAL}, "void_if.severity_raised"),
        ({"fix_versions": ("2.10.1",)}, "void_if.fix_available_became_true"),
    ],
)
def test_the_exception_is_void_and_the_finding_fails(now: dict[str, Any], reason: str) -> None:
    before: dict[str, Any] = {"kev": False, "severity": Severity.HIGH, "fix_versions": ()}
    policy = judging.with_exceptions(judging.exception(**APPROVED, expires="2026-11-26"))
    first = judging.verdict(policy, judging.package(**before))
    assert [one.status for one in first.exceptions] == [ExceptionStatus.ACTIVE]
    judged = judging.verdict(policy, judging.package(**{**before, **now}))
    (record,) = judged.exceptions
    assert (judged.verdict, record.status) == (Decision.FAIL, ExceptionStatus.VOID)
    assert reason in record.reason


def test_saying_no_severity_keeps_no_exception_alive_when_it_rises() -> None:
    policy = judging.with_exceptions(judging.exception(approved_at_severity=None))
    assert judging.verdict(policy, judging.package()).exceptions[0].status == "active"
    judged = judging.verdict(policy, judging.package(severity=Severity.CRITICAL))
    assert (judged.verdict, judged.exceptions[0].status) == ("FAIL", "void")


@pytest.mark.parametrize(
    ("since", "status"), [("2026-11-19", "active"), ("2026-11-20", "void"), ("2026-11-24", "void")]
)
def test_a_fix_that_the_history_saw_appear_ends_it_though_it_does_not_speak_of_fixes(
    since: str, status: str
) -> None:
    policy = judging.with_exceptions(judging.exception())
    fixed = judging.package(fix_versions=("2.10.1",), fix_available_at=since)
    judged = judging.verdict(policy, fixed)
    assert judged.exceptions[0].status == status
    assert judged.verdict == {"active": "PASS", "void": "FAIL"}[status]
    tolerant = judging.with_exceptions(
        judging.exception(),
        exceptions="{approvals: {default: 0}, void_if: {fix_available_became_true: false}}",
    )
    assert judging.verdict(tolerant, fixed).verdict == "PASS"


def test_one_of_its_findings_is_enough() -> None:
    policy = judging.with_exceptions(judging.exception())
    quiet, known = judging.package(), judging.package(target="api/req.txt", kev=True)
    judged = judging.verdict(policy, quiet, known)
    assert (judged.excepted, len(judged.breaches)) == ((), 2)


@pytest.mark.parametrize("key", ["kev", "severity_raised"])
def test_no_policy_can_turn_that_off(key: str) -> None:
    from pipeline.errors import UsageError

    with pytest.raises(UsageError, match=key):
        judging.policy(exceptions=f"{{void_if: {{{key}: false}}}}")
