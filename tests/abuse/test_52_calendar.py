"""Abuse 52: month ends, changes of the clock, a leap second, a run that crosses midnight."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from pipeline.policy.judging.sla import due
from tests.support.attacked import attacked
from tests.support.judging import package, policy, rules_of, verdict

SLA = "{days: {P0: 3, P1: 14, P2: 60, P3: 180}}"
RULE = "\n  - {id: R-SLA, title: In time, match: {sla_breached: true}, effect: fail}"
POLICY = policy(sla=SLA, rules=RULE)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-02-14", "2026-02-28"),
        ("2024-02-15", "2024-02-29"),
        ("2026-01-31", "2026-02-14"),
        ("2026-12-25", "2027-01-08"),
        ("2026-03-20", "2026-04-03"),
        ("2026-10-20", "2026-11-03"),
        ("2016-12-31", "2017-01-14"),
    ],
)
def test_the_last_day_lasts_to_its_last_second_in_every_zone(first: str, last: str) -> None:
    finding = package(severity="high", first_seen=first)
    end = datetime.combine(date.fromisoformat(last), datetime.min.time(), UTC) + timedelta(days=1)
    assert due(
        msgspec.structs.replace(finding, priority="P1"), POLICY.clocks
    ) == date.fromisoformat(last)
    for hours in (-12, -5, 0, 2, 14):
        zone = timezone(timedelta(hours=hours))
        before = verdict(POLICY, finding, now=(end - timedelta(seconds=1)).astimezone(zone))
        after = verdict(POLICY, finding, now=end.astimezone(zone))
        assert (rules_of(before.breaches), rules_of(after.breaches)) == ([], ["R-SLA"]), hours


def test_a_leap_second_is_of_the_day_that_it_ends() -> None:
    finding = package(severity="high", advisory_published="2016-12-31T23:59:60Z")
    at = datetime(2017, 1, 14, 23, 59, 59, tzinfo=UTC)
    assert not verdict(POLICY, finding, now=at).breaches
    assert verdict(POLICY, finding, now=at + timedelta(seconds=1)).breaches


@pytest.mark.tools
def test_a_run_that_crosses_midnight_has_one_instant(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    _, bundle = made.run("--base", base, "--as-of", "2030-12-31T23:59:59Z")
    assert bundle.verdict["now"] == "2030-12-31T23:59:59Z"
    assert bundle.json("inputs/facts.json")["now"] == "2030-12-31T23:59:59Z"
    assert bundle.json("run.json")["started"] == "2030-12-31T23:59:59Z"
