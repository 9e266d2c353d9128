"""Feeds about findings that went wrong on disk, under an unmodified `penstock run`."""

import pytest

from tests.faults.bench import Bench
from tests.faults.knowledge import FOLDERS, WRONG, Wrong

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("enriched"), "workflows", enriched=True)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(
            one, id=f"{one.feed}: {one.what}", marks=() if one.in_make_test else (pytest.mark.slow,)
        )
        for one in WRONG
    ],
)
def test_it_is_inconclusive_and_names_the_feed(wrong: Wrong, bench: Bench) -> None:
    bench.passes()
    try:
        wrong.make(bench.shop / FOLDERS[wrong.feed])
        missing = bench.misses()
    finally:
        bench.restore()
    assert missing == {(None, wrong.feed, wrong.reason)}
    bench.passes()
