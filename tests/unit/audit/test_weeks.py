"""Weeks begin on Monday, in UTC, and only whole ones are owed."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.audit import weeks

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def test_a_week_has_its_iso_name_over_the_turn_of_the_year() -> None:
    assert weeks.name(date(2026, 12, 28)) == "2026-W53 (2026-12-28 to 2027-01-03)"


def test_a_part_of_a_week_owes_nothing() -> None:
    assert weeks.missing(date(2026, 11, 3), date(2026, 11, 14), ()) == ()


@given(DAYS, st.integers(0, 400), st.sets(st.integers(0, 400)))
def test_a_week_is_owed_or_ran_and_never_both(start: date, length: int, ran: set[int]) -> None:
    until = start + timedelta(days=length)
    days = [start + timedelta(days=one) for one in ran]
    owed = set(weeks.whole(start, until))
    gone = set(weeks.missing(start, until, days))
    assert gone == owed - {weeks.monday_of(day) for day in days}
    for monday in owed:
        assert monday.weekday() == 0
        assert start <= monday
        assert monday + timedelta(days=6) <= until


@given(DAYS, st.integers(13, 400))
def test_every_window_of_two_weeks_owes_one(start: date, length: int) -> None:
    assert weeks.missing(start, start + timedelta(days=length), ())
