"""Feeds and images that went wrong on disk, under an unmodified `penstock run`."""

import pytest

from tests.faults.bench import Bench
from tests.faults.tables import DAMAGES, Damage

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bench]:
    return {
        stage: Bench(tmp_path_factory.mktemp(stage), stage)
        for stage in {one.stage for one in DAMAGES}
    }


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(
            one,
            id=f"{one.stage}: {one.what}",
            marks=() if one.in_make_test else (pytest.mark.slow,),
        )
        for one in DAMAGES
    ],
)
def test_it_is_inconclusive_and_says_why(damage: Damage, benches: dict[str, Bench]) -> None:
    bench = benches[damage.stage]
    bench.passes()
    try:
        damage.make(bench.shop)
        missing = bench.misses()
    finally:
        bench.restore()
    assert {stage for stage, _, _ in missing} == {damage.stage}
    assert {reason for _, _, reason in missing} == damage.reasons
    bench.passes()
