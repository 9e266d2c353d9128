"""Case 14: no end lies further away than the finding's priority of today allows."""

import pytest

from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision, ExceptionStatus
from tests.support import judging


@pytest.mark.parametrize("end", ["9999-12-31", "2028-01-01", "2027-06-01"])
def test_what_no_priority_allows_is_invalid(end: str) -> None:
    policy = judging.with_exceptions(judging.exception(expires=end))
    (record,) = judging.verdict(policy, judging.package()).exceptions
    assert record.status is ExceptionStatus.INVALID
    assert "the policy allows 180" in record.reason


def test_what_was_short_enough_for_a_medium_is_void_for_a_high() -> None:
    policy = judging.with_exceptions(
        judging.exception(
            rules="[R-HIGH, R-MEDIUM]", expires="2027-01-19", approved_at_severity="high"
        )
    )
    medium = judging.verdict(policy, judging.package(severity=Severity.MEDIUM))
    assert [one.status for one in medium.exceptions] == [ExceptionStatus.ACTIVE]
    high = judging.verdict(policy, judging.package(severity=Severity.HIGH))
    (record,) = high.exceptions
    assert (high.verdict, record.status) == (Decision.FAIL, ExceptionStatus.VOID)
    assert record.reason == "it runs 60 days, and a P1 may have 30"
