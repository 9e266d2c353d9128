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
