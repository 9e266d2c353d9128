"""Grace is for what was there, is not exploited and not critical, whatever the rule says."""

from typing import Any

import pytest

from pipeline.model.finding import State
from pipeline.model.severity import Severity
from tests.support import judging

RULES = """
  - id: R-HIGH
    title: No critical or high
    match: {severity: [critical, high]}
    effect: fail
    grace: {days: 7, from: advisory_published, only_if: {kind: [sca]}}
"""
PATIENT = judging.policy(rules=RULES)


def graced(**fields: Any) -> bool:
    found = judging.package(
        **{"advisory_published": "2026-11-24", "state": State.EXISTING, **fields}
    )
    judged = judging.verdict(PATIENT, found)
    assert bool(judged.grace) != bool(judged.breaches)
    return bool(judged.grace)


def test_a_rule_may_leave_time() -> None:
    assert graced()


@pytest.mark.parametrize(
    "fields",
    [
        {"kev": True},
        {"severity": Severity.CRITICAL},
        {"severity": Severity.UNKNOWN},
        {"state": State.NEW},
        {"advisory_published": "2026-11-26"},
        {"advisory_published": None},
        {"advisory_published": "2026-11-18"},
    ],
)
def test_it_never_leaves_time_for_what_cannot_wait(fields: dict[str, Any]) -> None:
    assert not graced(**fields)
