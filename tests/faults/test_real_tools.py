"""Every class of fault with a real scanner: each between two runs that pass."""

import pytest

from tests.faults import altered, machine
from tests.faults.bench import TOOL, Bench
from tests.faults.faults import FAULTS
from tests.faults.real import CLASSES, ELSEWHERE, REAL, STAGE
from tests.faults.tables import DAMAGES

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("real"), STAGE)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            name,
            id=f"{TOOL[STAGE]} itself: {name}",
            marks=() if row.in_make_test else (pytest.mark.slow,),
        )
        for name, row in REAL.items()
    ],
)
def test_a_fault_of_the_real_scanner_is_never_a_pass_and_names_its_reason(
    fault: str, bench: Bench
) -> None:
    row = REAL[fault]
    bench.passes()
    try:
        row.make(bench)
        missing = bench.misses()
        details = [one["detail"] for one in bench.left.verdict["unanswered"]]
    finally:
        bench.mend()
    assert {stage for stage, _, _ in missing} == {STAGE}
    assert {reason for _, _, reason in missing} == row.reasons
    assert any(row.said in detail for detail in details), details
    bench.passes()


def test_every_class_of_fault_is_shown_with_a_real_scanner() -> None:
    assert sorted(CLASSES) == sorted([*REAL, *ELSEWHERE])


def test_what_is_shown_elsewhere_is_a_cell_there() -> None:
    """A cell of the table of tools counts where no fake says again what was said once."""
    assert TOOL[STAGE] in altered.REAL
    cells = {
        "test_table.py": {f"{STAGE}: {name}" for name in FAULTS},
        "test_feeds_and_images.py": {f"{one.stage}: {one.what}" for one in DAMAGES},
        "test_machine.py": {*machine.REFUSED, *machine.MOVED},
    }
    assert {name: one for name, one in ELSEWHERE.items() if one.cell not in cells[one.file]} == {}
