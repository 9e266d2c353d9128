"""Whether a finding has been open for longer than its priority allows."""

from datetime import date
from enum import Enum

from pipeline.model.finding import Finding
from pipeline.policy.model import LAST_PRIORITY, Clocks


class Overdue(Enum):
    """Three values: a start that nobody knows is no reason to wait."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


def overdue(finding: Finding, clocks: Clocks | None, today: int) -> Overdue:
    """Hold a finding's age in whole days against its window.

    A listed exploit has the earlier of our window and the catalogue's, which is not known here.
    """
    if clocks is None:
        return Overdue.UNKNOWN
    if clocks.clock == "fix_available" and finding.fix_versions == ():
        return Overdue.NO
    start = started(finding, clocks)
    if start is None or start > today:
        return Overdue.UNKNOWN
    if today - start > clocks.days[finding.priority or LAST_PRIORITY]:
        return Overdue.YES
    return Overdue.UNKNOWN if finding.kev else Overdue.NO


def started(finding: Finding, clocks: Clocks) -> int | None:
    """Return the day on which the clock started; a lost history falls back to the advisory."""
    advisory = day_of(finding.advisory_published)
    if clocks.clock == "advisory_published" and advisory is not None:
        return advisory
    return day_of(finding.first_seen) or advisory


def day_of(text: str | None) -> int | None:
    """Read the day of an RFC 3339 date or instant; None for what is none."""
    try:
        return date.fromisoformat((text or "")[:10]).toordinal()
    except ValueError:
        return None
