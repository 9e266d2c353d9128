"""Clocks of whole days in UTC, whose unknown start is no reason to wait."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.judging.sla import Overdue, day_of, due, overdue, started
from pipeline.policy.model import Clocks
from tests.support.judging import NOW, code, package, policy, rules_of, verdict

DAYS = {"P0": 3, "P1": 14, "P2": 60, "P3": 180}
TODAY = NOW.date().toordinal()
SLA = "{days: {P0: 3, P1: 14, P2: 60, P3: 180}}"
RULE = "\n  - {id: R-SLA, title: In time, match: {sla_breached: true}, effect: fail}"


def clocks(clock: Any = "first_seen", **fields: Any) -> Clocks:
    return Clocks(clock=clock, days=DAYS, **fields)


def day(ago: int) -> str:
    return date.fromordinal(TODAY - ago).isoformat()


def sca(**fields: Any) -> Any:
    return package(**{"priority": "P1", "fix_versions": ("2.11",), "kev": False, **fields})


def state(finding: Any, how: Clocks) -> Overdue:
    return overdue(finding, how, TODAY)


def test_the_last_day_of_a_window_is_not_late_and_the_next_one_is() -> None:
    assert state(sca(first_seen=day(14)), clocks()) is Overdue.NO
    assert state(sca(first_seen=day(15)), clocks()) is Overdue.YES


def test_a_lost_history_falls_back_to_the_advisory() -> None:
    assert state(sca(advisory_published=day(400)), clocks()) is Overdue.YES
    assert state(sca(advisory_published=day(400), first_seen=day(1)), clocks()) is Overdue.NO


def test_the_clock_of_the_advisory_does_not_look_at_the_history() -> None:
    finding = sca(advisory_published=day(15), first_seen=day(1))
    assert state(finding, clocks("advisory_published")) is Overdue.YES
    assert state(code(priority="P1", first_seen=day(15)), clocks("advisory_published")) is (
        Overdue.YES
    )


def test_the_clock_of_the_fix_starts_with_the_fix_and_never_before_the_finding() -> None:
    how = clocks("fix_available")
    assert state(sca(first_seen=day(90), fix_available_at=day(14)), how) is Overdue.NO
    assert state(sca(first_seen=day(90), fix_available_at=day(15)), how) is Overdue.YES
    assert state(sca(first_seen=day(3), fix_available_at=day(90)), how) is Overdue.NO
    assert state(sca(first_seen=day(90)), how) is Overdue.YES


def test_without_a_fix_its_clock_stands_still_and_where_nobody_knows_it_runs() -> None:
    how = clocks("fix_available")
    assert state(sca(first_seen=day(90), fix_versions=()), how) is Overdue.NO
    assert due(sca(first_seen=day(90), fix_versions=()), how) is None
    assert state(sca(first_seen=day(90), fix_versions=None), how) is Overdue.YES
    assert state(code(priority="P1", first_seen=day(90), fix_versions=()), how) is Overdue.YES


@pytest.mark.parametrize("clock", ["first_seen", "advisory_published", "fix_available"])
def test_a_start_that_nobody_knows_is_no_reason_to_wait(clock: str) -> None:
    assert state(code(priority="P1"), clocks(clock)) is Overdue.UNKNOWN
    assert state(sca(first_seen="yesterday", fix_versions=None), clocks(clock)) is Overdue.UNKNOWN
    assert state(sca(first_seen=day(-2)), clocks(clock)) is Overdue.UNKNOWN


def test_what_was_there_for_longer_than_its_window_is_late_for_certain() -> None:
    assert state(code(priority="P1", known_since=day(15)), clocks()) is Overdue.YES
    assert state(code(priority="P1", known_since=day(14)), clocks()) is Overdue.UNKNOWN


def test_a_policy_may_say_when_what_nobody_dates_counts_as_begun() -> None:
    how = clocks(unknown_since=date.fromordinal(TODAY - 14))
    assert state(code(priority="P1"), how) is Overdue.NO
    assert due(code(priority="P1"), how) == NOW.date()
    assert state(code(priority="P0"), how) is Overdue.ASSUMED
    assert state(code(priority="P1", known_since=day(20)), how) is Overdue.ASSUMED
    assert state(code(priority="P0", first_seen=day(1)), how) is Overdue.NO


@pytest.mark.parametrize(
    ("listed", "first_seen", "expected", "last"),
    [
        (day(-1), day(1), Overdue.NO, day(-1)),
        (day(0), day(1), Overdue.NO, day(0)),
        (day(1), day(1), Overdue.YES, day(1)),
        (day(-30), day(15), Overdue.YES, day(1)),
        (day(-30), None, Overdue.UNKNOWN, day(-30)),
        (None, day(1), Overdue.UNKNOWN, day(-13)),
    ],
)
def test_a_listed_exploit_has_the_earlier_of_two_days(
    listed: str | None, first_seen: str | None, expected: Overdue, last: str
) -> None:
    finding = sca(kev=True, kev_due=listed, first_seen=first_seen)
    assert state(finding, clocks()) is expected
    assert due(finding, clocks()) == date.fromisoformat(last)


def test_the_catalogues_day_counts_also_where_no_fix_is_there() -> None:
    finding = sca(kev=True, kev_due=day(1), fix_versions=())
    assert state(finding, clocks("fix_available")) is Overdue.YES


def test_nothing_is_due_without_clocks() -> None:
    assert due(sca(first_seen=day(1)), None) is None
    assert overdue(sca(first_seen=day(1)), None, TODAY) is Overdue.UNKNOWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2024-02-29T23:59:59Z", "2024-02-29"),
        ("2016-12-31T23:59:60Z", "2016-12-31"),
        ("2026-03-29T00:30:00+02:00", "2026-03-28"),
        ("2026-10-25T23:30:00-05:00", "2026-10-26"),
        ("2026-10-25T23:30:00", "2026-10-25"),
        ("2026-02-29", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("", None),
        (None, None),
        ("soon", None),
    ],
)
def test_a_day_is_one_of_utc(text: str | None, expected: str | None) -> None:
    assert day_of(text) == (date.fromisoformat(expected).toordinal() if expected else None)


def test_a_window_may_end_after_the_last_day_there_is() -> None:
    assert due(sca(first_seen="9999-12-30"), clocks()) == date.max


@given(
    minute=st.integers(10_000_000, 60_000_000),
    offset=st.integers(-12 * 60, 14 * 60),
    days=st.integers(0, 40),
    priority=st.sampled_from(sorted(DAYS)),
)
def test_whole_days_pass_the_same_over_month_ends_and_changes_of_the_clock(
    minute: int, offset: int, days: int, priority: str
) -> None:
    local = datetime.fromtimestamp(minute * 60, timezone(timedelta(minutes=offset)))
    first = local.astimezone(UTC).toordinal()
    finding = sca(priority=priority, first_seen=local.isoformat())
    late = overdue(finding, clocks(), first + days)
    assert late is (Overdue.YES if days > DAYS[priority] else Overdue.NO)
    last = due(finding, clocks())
    assert last is not None
    assert last.toordinal() == first + DAYS[priority]


@given(
    seen=st.none() | st.integers(0, 400),
    advisory=st.none() | st.integers(0, 400),
    there=st.none() | st.integers(0, 400),
)
def test_losing_the_history_never_makes_younger(
    seen: int | None, advisory: int | None, there: int | None
) -> None:
    """As long as what it says is not before the advisory, which is how it is written."""
    told = None if seen is None else min(seen, seen if advisory is None else advisory)
    kept = sca(
        first_seen=None if told is None else day(told),
        advisory_published=None if advisory is None else day(advisory),
        known_since=None if there is None else day(there),
    )
    lost = sca(advisory_published=kept.advisory_published)
    before, after = started(kept, clocks()), started(lost, clocks())
    assert after is None or (before is not None and after.day <= before.day)


def test_a_rule_of_the_policy_takes_an_unknown_start_for_a_breach() -> None:
    judged_by = policy(sla=SLA, rules=RULE)
    broken = verdict(judged_by, code(priority="P1"))
    assert rules_of(broken.breaches) == ["R-SLA"]
    assert not broken.breaches[0].certain


def test_a_day_that_the_policy_assumes_is_shown_as_assumed() -> None:
    sla = SLA.replace("{days", "{unknown_since: 2026-11-01, days")
    late = verdict(policy(sla=sla, rules=RULE), code(severity="high"))
    assert late.breaches[0].assumed == ("sla_breached",)
    early = verdict(policy(sla=sla.replace("11-01", "11-20"), rules=RULE), code(severity="high"))
    assert not early.breaches
