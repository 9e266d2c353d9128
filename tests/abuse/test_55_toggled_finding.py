"""Abuse 55: a flaw is taken out for a day and put back, to start its clock again."""

from pathlib import Path

import pytest

from pipeline.model.finding import Location
from tests.support.judging import code, package
from tests.support.remembered import Kept, day

FLAW = code()


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    made = Kept(tmp_path / "s.sqlite")
    made.run(0)
    made.run(1, FLAW)
    return made


def test_it_keeps_its_age_however_often_it_comes_and_goes(kept: Kept) -> None:
    for at in range(2, 200, 20):
        kept.run(at)
        assert kept.first_seen(FLAW) == day(0)
        kept.run(at + 1, FLAW)
    assert kept.first_seen(FLAW) == day(0)


def test_after_ninety_days_without_it_its_memory_ends(kept: Kept) -> None:
    for at in range(10, 101, 10):
        kept.run(at)
    assert kept.first_seen(FLAW) == day(0)
    kept.run(101)
    assert kept.first_seen(FLAW) == day(101)


def test_a_gap_in_the_runs_is_no_proof_that_it_was_gone(kept: Kept) -> None:
    kept.run(2)
    assert kept.first_seen(FLAW) == day(0)
    kept.run(300, FLAW)
    assert kept.first_seen(FLAW) == day(0)


def test_another_version_of_the_package_in_between_changes_nothing(kept: Kept) -> None:
    old, other = (package(version=one, advisory_published="2025-01-01") for one in ("2.10", "2.9"))
    kept.run(2, old)
    kept.run(3)
    kept.run(4, other)
    assert kept.first_seen(old) == kept.first_seen(other) == day(1)


def test_moving_it_within_its_file_changes_nothing(kept: Kept) -> None:
    moved = code(location=Location("app/db.py", 900, 901))
    assert kept.first_seen(moved) == day(0)
