"""What goes wrong around Penstock: each between two runs that pass."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bench import Bench, missed
from tests.faults.ground import Ground, as_somebody, ground
from tests.faults.machine import AGED, MOVED, REFUSED, Aged, little_memory, of_today
from tests.support.command import Bundle

pytestmark = pytest.mark.tools

_IN_MAKE_TEST = {
    "no file descriptors",
    "no walls, where the policy requires them",
    "no processes",
    "output that may only be read",
    "no room for the evidence",
    "the target changes during the scan",
    "the policy changes during the scan",
    "the clock is set back during the scan",
}


def rows(table: object) -> list[object]:
    return [
        pytest.param(name, marks=() if name in _IN_MAKE_TEST else (pytest.mark.slow,))
        for name in list(table)  # type: ignore[call-overload]
    ]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("machine"), "workflows")


@pytest.fixture
def one(bench: Bench) -> Iterator[Ground]:
    bench.passes()
    with ground(bench) as found:
        yield found
    bench.mend()
    bench.sound = False
    bench.passes()


@pytest.mark.parametrize("fault", rows(REFUSED))
def test_what_cannot_be_done_is_an_error_that_says_what_to_do(one: Ground, fault: str) -> None:
    row = REFUSED[fault]
    done = row.make(one)
    assert done.code == row.code, done
    assert "verdict" not in done.out
    assert row.said in done.err
    assert "help: " in done.err
    assert "penstock-crash" not in done.err
    left = [path for path in one.place.rglob("*") if path.name in ("run.json", "verdict.json")]
    assert left == []


@pytest.mark.slow
def test_wherever_memory_ends_nothing_is_judged(one: Ground) -> None:
    """It may end while what went wrong is being told. A library may then stop us by a signal."""
    for megabytes in (36, 38, 40, 43, 46, 50, 56, 65, 75, 85, 95):
        done = little_memory(one, megabytes)
        assert done.code in (3, -signal.SIGABRT), (megabytes, done)
        assert done.code != 3 or "gives Penstock no more" in done.err, (megabytes, done)
        assert "verdict" not in done.out
        assert list(one.place.rglob("verdict.json")) == []


def test_the_same_user_with_a_place_to_write_to_gets_to_a_good_verdict(one: Ground) -> None:
    """Or the rows about limits and rights show nothing."""
    done = as_somebody(one)
    assert done.code == 0, done.err
    assert Bundle(one.place / "tmp/out").verdict["verdict"] == "PASS"


@pytest.mark.parametrize("fault", rows(MOVED))
def test_what_changes_under_a_run_is_told_and_nothing_else(one: Ground, fault: str) -> None:
    row = MOVED[fault]
    assert missed(row.make(one)) == row.gaps


@pytest.mark.slow
@pytest.mark.parametrize("row", AGED, ids=lambda row: f"{row.stage}: {row.reason}")
def test_a_clock_that_is_years_off_makes_feeds_old_or_of_the_future(
    row: Aged, tmp_path: Path
) -> None:
    bench = Bench(tmp_path, row.stage)
    of_today(bench)
    bench.passes()
    with ground(bench) as one:
        assert missed(row.make(one)) == {(row.stage, None, row.reason)}
    bench.sound = False
    bench.passes()
