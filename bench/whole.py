"""Whole runs: what Penstock costs beside its scanners, and how well it fills the machine."""

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pieces
import walls
from measure import PENSTOCK, ROOT, Line, command

RUNS = 3
FILES = 2_000
BODY = '''
def total_{n}(rows: list[int]) -> int:
    """Add up rows."""
    result = 0
    for row in rows:
        result += row * {n}
    return result

'''


def lines() -> Iterator[Line]:
    """Measure the mended example, and a tree of 100,000 lines beside it."""
    yield from _run(ROOT / "examples" / "shop-fixed", "example", fixed=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "large"
        large(tree)
        yield from _run(tree, "100 kLOC", fixed=False)


class _Once(NamedTuple):
    """What one run cost, against what its own scanners took: a later run's are others."""

    own: float
    """Without scanners, the hashing of tools, and the walls: these have budgets of their own."""
    walls: float
    ratio: float


def _run(target: Path, name: str, *, fixed: bool) -> Iterator[Line]:
    runs = [_once(target) for _ in range(RUNS + 1)][1:]
    own = statistics.median(one.own for one in runs)
    if fixed:
        what = f"overhead of `run` beside scanners, hashing and sandbox, {name}, CPU"
        yield Line(what, own, 0.5, "s")
        held = statistics.median(one.walls for one in runs)
        print(f"| the sandbox of all its processes, CPU | {held:.3g} s | | |")
    else:
        print(f"| the same with 2,000 files to list and copy, {name}, CPU | {own:.3g} s | | |")
    ratio = statistics.median(one.ratio for one in runs)
    yield Line(f"wall ÷ max(critical path, ΣCPU ÷ cores), {name}", ratio, 1.15, "x")


def _once(target: Path) -> _Once:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bundle"
        cost = command(
            PENSTOCK, "run", target, "--out", out, "--progress", "none", runs=1, warm=False
        )
        stages = json.loads((out / "run.json").read_bytes())["stages"]
    processes = [one for stage in stages for one in stage["processes"]]
    scanners = sum(one["cpu_seconds"] for one in processes)
    ideal = max(_critical(processes), scanners / (os.cpu_count() or 1))
    held = len(processes) * walls.cpu_of_each()
    return _Once(cost.cpu - scanners - _hashing() - held, held, cost.wall / ideal)


def _hashing() -> float:
    """Return the CPU seconds of verifying the tools, which has a budget of its own."""
    begun = time.process_time()
    pieces.verify()
    return time.process_time() - begun


def _critical(processes: list[dict[str, float]]) -> float:
    return max(one["seconds"] for one in processes)


def large(tree: Path) -> None:
    """Write 2,000 Python files of 50 lines beside the mended example's other files."""
    shutil.copytree(
        ROOT / "examples" / "shop-fixed", tree, ignore=shutil.ignore_patterns(".penstock")
    )
    for number in range(FILES):
        path = tree / "big" / f"p{number % 40}" / f"m{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(BODY.format(n=one) for one in range(6)))
