"""Case 29: an exception that meets nothing is warned of, and fails after its days."""

import pytest

from pipeline.model.gap import GapReason
from pipeline.model.verdict import Decision, ExceptionStatus
from tests.support import judging

TERMS = "{approvals: {default: 0}, unused: {warn_after_days: 0, fail_after_days: 30}}"


@pytest.mark.parametrize(
    ("created", "decision"),
    [("2026-11-25", Decision.WARN), ("2026-10-27", Decision.WARN), ("2026-10-26", Decision.FAIL)],
)
def test_it_warns_at_once_and_fails_after_thirty_days(created: str, decision: Decision) -> None:
    unused = judging.exception(created=created, expires="2026-12-20")
    judged = judging.verdict(judging.with_exceptions(unused, exceptions=TERMS))
    assert [one.status for one in judged.exceptions] == [ExceptionStatus.UNUSED]
    assert judged.verdict is decision


def test_nobody_is_blamed_while_somebody_who_could_tell_is_silent() -> None:
    unused = judging.exception(created="2026-10-01", expires="2026-12-20")
    gap = judging.gap("pip-audit", GapReason.TIMEOUT, "requirements.txt")
    judged = judging.verdict(
        judging.with_exceptions(unused, exceptions=TERMS),
        stages=judging.answers(pip_audit=judging.done(3, gap)),
    )
    assert (judged.verdict, judged.breaches) == (Decision.INCONCLUSIVE, ())
