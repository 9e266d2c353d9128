"""A tool that several stages share: all of them say that they miss it, and no other does."""

import pytest

from pipeline.stages import STAGES
from tests.faults.bench import Bench
from tests.faults.shared import SHARED

pytestmark = [pytest.mark.tools, pytest.mark.slow]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("all"), *STAGES)


@pytest.mark.parametrize("name", SHARED)
def test_a_crash_is_missed_by_every_stage_that_waited_for_it(name: str, bench: Bench) -> None:
    one = SHARED[name]
    bench.passes()
    try:
        bench.tools.wrap(one.tool, one.script)
        missing = bench.misses()
    finally:
        bench.mend()
    assert {stage for stage, _, _ in missing} == one.stages
    assert {reason for _, _, reason in missing} == {"tool_failed"}
    bench.passes()
