"""The fault table: each fault of a tool for each stage, between two runs without it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.stages import STAGES
from tests.faults import doc
from tests.faults.altered import FAKED, WHOLE, ends
from tests.faults.bench import TOOL, Bench
from tests.faults.faults import FAULTS

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Bench]:
    """One bench for each stage: what passed after one fault passed before the next."""
    benches: dict[str, Bench] = {}

    def of(stage: str) -> Bench:
        if stage not in benches:
            benches[stage] = Bench(tmp_path_factory.mktemp(stage), stage)
        return benches[stage]

    return of


def cells() -> list[object]:
    return [
        pytest.param(
            stage,
            name,
            id=f"{stage}: {name}",
            marks=() if stage in fault.in_make_test else (pytest.mark.slow,),
        )
        for stage in TOOL
        for name, fault in FAULTS.items()
        if stage in fault.only
    ]


def test_every_stage_is_in_the_table_and_in_make_test() -> None:
    assert list(TOOL) == list(STAGES)
    assert all(TOOL[name] in stage.TOOLS for name, stage in STAGES.items())
    assert {stage for fault in FAULTS.values() for stage in fault.in_make_test} == set(TOOL)


@pytest.mark.parametrize(("stage", "fault"), cells())
def test_a_fault_is_never_a_pass_and_names_its_stage_and_its_reason(
    stage: str, fault: str, bench: Callable[[str], Bench]
) -> None:
    here = bench(stage)
    here.passes()
    try:
        FAULTS[fault].make(here, TOOL[stage])
        missing = here.misses()
    finally:
        here.mend()
    assert {name for name, _, _ in missing} == {stage}
    assert {reason for _, _, reason in missing} == FAULTS[fault].of(stage)
    here.passes()


@pytest.mark.parametrize(
    "stage", [pytest.param(one, marks=() if one == "sbom" else pytest.mark.slow) for one in FAKED]
)
def test_a_fake_that_says_what_was_said_as_of_this_run_passes(
    stage: str, bench: Callable[[str], Bench]
) -> None:
    """Or the cells of altered reports could show nothing but that."""
    here = bench(stage)
    here.passes()
    try:
        ends(WHOLE)(here, TOOL[stage])
        here.sound = False
        here.passes()
    finally:
        here.mend()


def test_the_page_says_what_is_tried() -> None:
    assert doc.PAGE.read_text(encoding="utf-8") == doc.text(), "python -m tests.faults.doc"


def test_a_bench_without_a_fault_is_not_inconclusive(tmp_path: Path) -> None:
    """The cells could not fail otherwise: a bench that never passes would please all of them."""
    here = Bench(tmp_path, "workflows")
    here.passes()
    with pytest.raises(AssertionError):
        here.misses()
