"""Which weeks of a window have no weekly run: an auditor samples every one of them."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

_WEEK: Final = timedelta(days=7)


def whole(since: date, until: date) -> Iterator[date]:
    """Return the Monday of every week that lies within the window; the last day belongs to it."""
    monday = since + timedelta(days=-since.weekday() % 7)
    while monday + timedelta(days=6) <= until:
        yield monday
        monday += _WEEK


def missing(since: date, until: date, ran: Iterable[date]) -> tuple[date, ...]:
    """Return the Mondays of the weeks in which nothing ran."""
    seen = {monday_of(day) for day in ran}
    return tuple(monday for monday in whole(since, until) if monday not in seen)


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def name(monday: date) -> str:
    """Write a week as ISO 8601 does, with its days."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02} ({monday} to {monday + timedelta(days=6)})"
