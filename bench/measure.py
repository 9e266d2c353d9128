"""Measures whole commands: CPU and wall seconds of a process and all it started."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
PENSTOCK: Final = Path(sys.executable).parent / "penstock"


class Cost(NamedTuple):
    """What a command cost: medians over its runs, in seconds."""

    cpu: float
    wall: float
    code: int


def command(
    *argv: str | Path,
    runs: int = 10,
    extra: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    warm: bool = True,
) -> Cost:
    """Run a command several times, after one run that warms the caches."""
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "GITHUB_ACTIONS")}
    times = runs + warm
    costs = [_once(argv, {**environment, **(extra or {})}, cwd) for _ in range(times)][int(warm) :]
    return Cost(
        statistics.median(one.cpu for one in costs),
        statistics.median(one.wall for one in costs),
        costs[-1].code,
    )


def _once(argv: Sequence[str | Path], environment: Mapping[str, str], cwd: Path) -> Cost:
    begun = time.perf_counter()
    process = subprocess.Popen(
        argv,
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(usage.ru_utime + usage.ru_stime, wall, process.returncode)


class Line(NamedTuple):
    """One measured figure beside its budget."""

    what: str
    value: float
    budget: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether the figure is within the budget."""
        return self.value <= self.budget

    def __str__(self) -> str:
        word = "ok" if self.kept else "OVER"
        return (
            f"| {self.what} | {self.value:.3g} {self.unit} | {self.budget:g} {self.unit} | {word} |"
        )
