"""What `explain` says of a finding that feeds know about."""

from typing import Any

import pytest

from pipeline.cli.explain.known import dates, lines
from pipeline.model.exposure import Stated
from pipeline.policy.explaining.ages import Age
from tests.support.judging import code, feed, package

FEEDS = (
    feed(name="kev", version="2026.11.25"),
    feed(name="epss", version="v2026.06.15", excerpt=True),
)


def shown(*, feeds: Any = FEEDS, **fields: Any) -> list[str]:
    return [" ".join(line.split()) for line in lines(package(**fields), feeds)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"kev": True, "kev_due": "2026-11-22"},
            "yes, due 2026-11-22 kev 2026.11.25 of 2026-11-25",
        ),
        ({"kev": False}, "not listed kev 2026.11.25 of 2026-11-25"),
        ({}, "unknown no CVE to look up"),
    ],
)
def test_it_says_whether_it_is_exploited_and_who_says_so(fields: dict[str, Any], said: str) -> None:
    assert shown(**fields)[0] == f"exploited {said}"


def test_it_says_how_likely_that_is_and_by_which_model() -> None:
    assert shown(epss=0.17)[1] == ("likely 0.17000 epss v2026.06.15 of 2026-11-25, an excerpt")
    assert shown()[1] == "likely unknown it has no score"


def test_without_feeds_it_says_that_nobody_was_asked() -> None:
    assert shown(feeds=()) == [
        "exploited unknown no catalogue was read",
        "likely unknown no table was read",
    ]
    assert shown(feeds=(), kev=True)[0] == "exploited yes a scanner says so"


def test_it_names_every_row_that_is_possible() -> None:
    said = shown(kev=False, ssvc="3_days", ssvc_possible=("3_days", "14_days", "60_days"))
    assert said[2] == "BOD 26-04 3_days (or 14_days, 60_days: not all is known)"
    assert shown(ssvc="14_days")[2] == "BOD 26-04 14_days"


ASSESSED = (*FEEDS, feed(name="vulnrichment", version="034bc878aecb"))


def test_it_says_what_cisa_answers_and_in_which_snapshot() -> None:
    source = "vulnrichment 034bc878aecb of 2026-11-25"
    assert shown(feeds=ASSESSED, automatable="no", technical_impact="total")[2:4] == [
        f"automated no {source}", f"impact total {source}",
    ]  # fmt: skip
    nothing = "unknown CISA does not say it of all of its CVEs"
    assert shown(feeds=ASSESSED, automatable="yes")[3] == f"impact {nothing}"
    assert shown(feeds=ASSESSED)[2:4] == [f"automated {nothing}", f"impact {nothing}"]


def test_it_names_the_lines_that_state_who_can_reach_it() -> None:
    entries = (
        Stated(exposure="internal", paths=("requirements.txt",), source="penstock.toml:4"),
        Stated(exposure="public", paths=("*.txt",), source="penstock.toml:9"),
        Stated(exposure="public", paths=("b/**",), source="penstock.toml:14"),
    )

    def first(*stated: Stated, **fields: Any) -> str:
        found = package(target="requirements.txt", **fields)
        return " ".join(next(lines(found, FEEDS, stated)).split())

    assert first(*entries, exposure="public") == (
        "exposure public internal by penstock.toml:4, public by penstock.toml:9"
    )
    assert first(entries[0], exposure="internal") == "exposure internal penstock.toml:4"
    assert first(entries[2]) == "exposure unknown nobody states it: it counts as public"
    assert first(exposure="public") == "exposure public a scanner says so"
    assert first().startswith("exploited")


def test_it_says_that_nobody_stands_by_it() -> None:
    assert shown(withdrawn="2026-01-01")[2] == "withdrawn 2026-01-01: what would fail warns"
    assert "all the same" in shown(withdrawn="2026-01-01", kev=True)[2]


def test_code_is_in_no_catalogue() -> None:
    assert list(lines(code(), FEEDS)) == []


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (Age(), ["age first seen 2026-11-20"]),
        (
            Age(days=5, window=14, due="2026-12-04", days_left=9, exposure_days=328),
            ["age 5 d first seen 2026-11-20, public for 328 d",
             "due 2026-12-04 9 d left; P1 has 14 d"],
        ),
        (
            Age(days=40, window=14, due="2026-11-20", days_left=-5),
            ["age 40 d first seen 2026-11-20", "due 2026-11-20 5 d overdue; P1 has 14 d"],
        ),
    ],
)  # fmt: skip
def test_it_says_how_old_it_is_and_when_it_is_due(age: Age, said: list[str]) -> None:
    lines_ = dates(package(first_seen="2026-11-20", priority="P1"), age)
    assert [" ".join(line.split()) for line in lines_] == said
