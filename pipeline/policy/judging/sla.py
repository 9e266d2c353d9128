"""Whether a finding has been open for longer than its priority allows.

Everything is counted in whole days of UTC: a clock starts at 00:00 of the day of its start, so
that rounding can only make a finding older.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import Enum
from operator import attrgetter
from typing import Final

import msgspec

from pipeline.model.finding import Finding, Kind
from pipeline.policy.model import LAST_PRIORITY, Clocks

_READ: Final = (
    "priority", "kev", "kev_due", "first_seen", "known_since", "advisory_published",
)  # fmt: skip
_READ_BY_FIX: Final = ("kind", "fix_versions", "fix_available_at")
"""What a clock that waits for a fix reads beside these."""
_DAY: Final = 10
"""Letters of a date; what follows them is a time and perhaps an offset from UTC."""


class Overdue(Enum):
    """Whether its time is up: a start that nobody knows is no reason to wait."""

    NO = "no"
    YES = "yes"
    ASSUMED = "assumed"
    """By the day that the policy assumes where no start is known."""
    UNKNOWN = "unknown"


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """The day on which a clock started, counted from 0001-01-01."""

    day: int
    assumed: bool = False


def overdue(finding: Finding, clocks: Clocks | None, today: int) -> Overdue:
    """Hold a finding's age against its window, a listed exploit also against its due date."""
    if clocks is None:
        return Overdue.UNKNOWN
    listed = day_of(finding.kev_due) if finding.kev else None
    if listed is not None and today > listed:
        return Overdue.YES
    own = _own(finding, clocks, today)
    if own is Overdue.NO and finding.kev and listed is None:
        return Overdue.UNKNOWN
    return own


def clocked(clocks: Clocks | None) -> Callable[[Finding], object]:
    """Return what gets all that `overdue` reads in a finding: many share it, and are asked once."""
    waits = clocks is not None and clocks.clock == "fix_available"
    return attrgetter(*_READ, *(_READ_BY_FIX if waits else ()))


def due(finding: Finding, clocks: Clocks | None) -> date | None:
    """Return the last day on which a finding may be open.

    For a listed exploit it is the earlier one of our window and of the catalogue. None where no
    clock runs or nobody knows its start.
    """
    if clocks is None:
        return None
    start = started(finding, clocks) if _runs(finding, clocks) else None
    days = [] if start is None else [start.day + _window(finding, clocks)]
    listed = day_of(finding.kev_due) if finding.kev else None
    if listed is not None:
        days.append(listed)
    return date.fromordinal(min(*days, date.max.toordinal())) if days else None


def started(finding: Finding, clocks: Clocks) -> Start | None:
    """Return when the policy's clock started.

    A lost history falls back to the advisory, whose date is never later, and where there is no
    advisory either to the day that the policy assumes.
    """
    seen, advisory = day_of(finding.first_seen), day_of(finding.advisory_published)
    chosen = (advisory, seen) if clocks.clock == "advisory_published" else (seen, advisory)
    day = next((one for one in chosen if one is not None), None)
    if day is None:
        return _assumed(finding, clocks)
    if clocks.clock == "fix_available":
        day = max(day, day_of(finding.fix_available_at) or day)
    return Start(day=day)


def day_of(text: str | None) -> int | None:
    """Read the day in UTC of an RFC 3339 date or instant; None for what is none."""
    if not text:
        return None
    try:
        if len(text) > _DAY and text[-1] not in "Zz":
            instant = datetime.fromisoformat(text)
            if instant.tzinfo is not None:
                return instant.astimezone(UTC).toordinal()
        return date.fromisoformat(text[:_DAY]).toordinal()
    except (ValueError, OverflowError):
        return None


def _own(finding: Finding, clocks: Clocks, today: int) -> Overdue:
    if not _runs(finding, clocks):
        return Overdue.NO
    window = _window(finding, clocks)
    start = started(finding, clocks)
    if start is None:
        # Nobody knows how old it is; but it is older than its window where it was there so long.
        there = day_of(finding.known_since)
        sure = there is not None and today - there > window and clocks.clock != "fix_available"
        return Overdue.YES if sure else Overdue.UNKNOWN
    if start.day > today:
        return Overdue.UNKNOWN
    if today - start.day <= window:
        return Overdue.NO
    return Overdue.ASSUMED if start.assumed else Overdue.YES


def _runs(finding: Finding, clocks: Clocks) -> bool:
    """Say whether a clock runs: one that waits for a fix stands still while there is none."""
    waits = clocks.clock == "fix_available" and finding.kind is Kind.SCA
    return not (waits and finding.fix_versions == ())


def _window(finding: Finding, clocks: Clocks) -> int:
    return clocks.days[finding.priority or LAST_PRIORITY]


def _assumed(finding: Finding, clocks: Clocks) -> Start | None:
    """Take the policy's day, or the one on which the finding is known to have been there."""
    if clocks.unknown_since is None:
        return None
    there = day_of(finding.known_since)
    assumed = clocks.unknown_since.toordinal()
    return Start(day=assumed if there is None else min(assumed, there), assumed=True)
