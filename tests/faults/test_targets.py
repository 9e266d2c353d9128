"""What a tool does not speak of is a gap of exactly that name."""

from pathlib import Path

import pytest

from pipeline.stages import STAGES
from tests.faults.bench import Bench
from tests.faults.targets import SKIPS, Skip

pytestmark = pytest.mark.tools


_SLOW = {"semgrep", "image", "config", "secrets", "packages", "sbom"}
"""What their tools pass over is tried in tests/failopen too, by `make test` once a stage."""


def test_every_stage_is_tried() -> None:
    assert [one.stage for one in SKIPS] == list(STAGES)


@pytest.mark.parametrize(
    "skip",
    [
        pytest.param(
            one,
            id=f"{one.stage}: {one.what}",
            marks=(pytest.mark.slow,) if one.stage in _SLOW else (),
        )
        for one in SKIPS
    ],
)
def test_what_the_real_tool_passes_over_is_exactly_that_gap(skip: Skip, tmp_path: Path) -> None:
    bench = Bench(tmp_path, skip.stage)
    bench.passes()
    skip.make(bench)
    assert bench.misses() == {(skip.stage, skip.target, skip.reason)}
