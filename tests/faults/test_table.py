"""The fault table: each fault of a tool for each stage, between two runs without it."""

from collections.abc import Iterator

import pytest

from pipeline.stages import STAGES
from tests.faults.bench import TOOL, Bench
from tests.faults.faults import CELLS, FAULTS
from tests.support.command import Bundle, Ran

pytestmark = pytest.mark.tools
BENCHES: dict[str, Bench] = {}


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bench]]:
    yield BENCHES
    BENCHES.clear()


def bench_of(stage: str, benches: dict[str, Bench], factory: pytest.TempPathFactory) -> Bench:
    """Return the stage's bench, which has passed once with the real tool."""
    if stage not in benches:
        made = Bench(factory.mktemp(stage), stage)
        passes(*made.run())
        benches[stage] = made
    return benches[stage]


def passes(done: Ran, bundle: Bundle) -> None:
    assert (done.code, bundle.verdict["verdict"]) == (0, "PASS"), done.out


def cells() -> list[object]:
    return [
        pytest.param(
            stage,
            fault,
            id=f"{stage}: {fault}",
            marks=() if FAULTS[fault].in_make_test else (pytest.mark.slow,),
        )
        for stage, fault in CELLS
    ]


def test_every_stage_is_in_the_table() -> None:
    assert list(TOOL) == list(STAGES)
    assert len(FAULTS) > 9
    assert len(CELLS) == len(STAGES) * len(FAULTS)


@pytest.mark.parametrize(("stage", "fault"), cells())
def test_a_fault_is_never_a_pass_and_names_its_stage(
    stage: str,
    fault: str,
    benches: dict[str, Bench],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bench = bench_of(stage, benches, tmp_path_factory)
    tool = TOOL[stage]
    FAULTS[fault].make(bench, tool)
    try:
        done, bundle = bench.run()
    finally:
        bench.mend(tool)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE"), done.out
    unanswered = bundle.unanswered()
    assert {name for name, _, _ in unanswered} == {stage}
    assert {reason for _, _, reason in unanswered} <= FAULTS[fault].reasons, unanswered


@pytest.mark.parametrize("stage", TOOL)
def test_with_the_fault_gone_it_passes_again(
    stage: str, benches: dict[str, Bench], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench = bench_of(stage, benches, tmp_path_factory)
    FAULTS["crash"].make(bench, TOOL[stage])
    assert bench.run()[0].code == 3
    bench.mend(TOOL[stage])
    passes(*bench.run())
