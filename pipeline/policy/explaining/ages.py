"""How old a finding is, by when it must be gone, and for how long everybody has known of it."""

from datetime import date

import msgspec

from pipeline.model.finding import Finding
from pipeline.policy.case import Case
from pipeline.policy.judging.sla import day_of, due, started
from pipeline.policy.model import LAST_PRIORITY


class Age(msgspec.Struct, frozen=True, kw_only=True):
    """Whole days of UTC; None where nobody knows."""

    days: int | None = None
    """Since the policy's clock started."""
    window: int | None = None
    """How many days its priority has; None where the policy has no clocks."""
    due: str | None = None
    """The last day on which it may be open."""
    days_left: int | None = None
    """Until then; below zero where it is overdue."""
    exposure_days: int | None = None
    """Since its advisory was published: it cannot have been exposed by it for longer."""


def age_of(case: Case, finding: Finding) -> Age:
    """Hold a finding's dates against the policy's clocks."""
    today, clocks = case.today, case.policy.clocks
    published = day_of(finding.advisory_published)
    exposed = None if published is None else today.toordinal() - published
    if clocks is None:
        return Age(exposure_days=exposed)
    start, last = started(finding, clocks), due(finding, clocks)
    return Age(
        days=None if start is None else (today - date.fromordinal(start.day)).days,
        window=clocks.days[finding.priority or LAST_PRIORITY],
        due=None if last is None else last.isoformat(),
        days_left=None if last is None else (last - today).days,
        exposure_days=exposed,
    )
