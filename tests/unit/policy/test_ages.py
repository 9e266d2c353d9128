"""How old a finding is, when it is due, and for how long its advisory has been public."""

import pytest

from pipeline.model.finding import Finding
from pipeline.policy.explaining.ages import Age, age_of
from tests.support import judging

SLA = "{days: {P0: 3, P1: 14, P2: 60, P3: 180}}"
LATEST = SLA.replace("{days", "{clock: advisory_published, days")
KNOWN = judging.package(
    first_seen="2026-11-20", advisory_published="2026-01-01T08:00:00Z", priority="P1"
)


def test_a_clock_says_age_window_due_day_and_days_left() -> None:
    age = age_of(judging.case(judging.policy(sla=SLA)), KNOWN)
    assert age == Age(days=5, window=14, due="2026-12-04", days_left=9, exposure_days=328)


def test_another_clock_gives_another_age_and_the_exposure_stays() -> None:
    age = age_of(judging.case(judging.policy(sla=LATEST)), KNOWN)
    assert age == Age(days=328, window=14, due="2026-01-15", days_left=-314, exposure_days=328)


def test_without_clocks_only_the_advisory_speaks() -> None:
    assert age_of(judging.case(judging.policy()), KNOWN) == Age(exposure_days=328)


@pytest.mark.parametrize("finding", [judging.code(), judging.package()])
def test_what_nobody_knows_is_not_made_up(finding: Finding) -> None:
    age = age_of(judging.case(judging.policy(sla=SLA)), finding)
    assert (age.days, age.due, age.exposure_days) == (None, None, None)
