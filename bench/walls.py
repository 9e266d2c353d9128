"""What the walls around a scanner cost each process: no more than starting an interpreter."""

import os
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from measure import Line

from pipeline.model.walls import Sandbox
from pipeline.toolchain import process
from pipeline.toolchain.command import Command
from pipeline.toolchain.locate import default_root
from pipeline.toolchain.process import Ended

RUNS: Final = 41
_TRUE: Final = "/usr/bin/true"


def lines() -> Iterator[Line]:
    """Measure what each process costs beyond its own start, and what of it are the walls."""
    level, took = _taken(RUNS)
    for number, clock in enumerate(("wall", "CPU")):
        bare, off, walled = (1000 * one[number] for one in took)
        what = f"sandbox ({level}): each process, beyond its own start, {clock}"
        yield Line(what, walled - bare, 50.0, "ms")
        yield Line(f"of it, the supervisor without any walls, {clock}", off - bare, 50.0, "ms")


def cpu_of_each() -> float:
    """Return the seconds of CPU that holding a process costs, however long it takes."""
    bare, _, walled = _taken(RUNS // 4)[1]
    return walled[1] - bare[1]


def _taken(runs: int) -> tuple[str, list[tuple[float, float]]]:
    """Start a program that does nothing, in turns: by itself, held without walls, and with them.

    Returns the level, and for each way the medians of wall and CPU in seconds. What it may see
    are all installed tools: about as many folders as the largest stage is shown.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        ways: tuple[Callable[[], object], ...] = (
            lambda: subprocess.run([_TRUE], check=True),
            lambda: _held(folder, "off"),
            lambda: _held(folder, "preferred"),
        )
        level = str(_held(folder, "preferred").usage.sandbox)
        rounds = [[_clocked(start) for start in ways] for _ in range(runs)]
    return level, [
        (statistics.median(wall for wall, _ in way), statistics.median(cpu for _, cpu in way))
        for way in zip(*rounds, strict=True)
    ]


def _clocked(start: Callable[[], object]) -> tuple[float, float]:
    began = time.perf_counter(), _cpu()
    start()
    return time.perf_counter() - began[0], _cpu() - began[1]


def _cpu() -> float:
    """Return the seconds of this process and of all of its children that have ended."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _held(folder: Path, sandbox: Sandbox) -> Ended:
    tools = tuple(sorted(default_root(os.environ).iterdir()))
    command = Command(
        label="nothing",
        tool="true",
        argv=(_TRUE,),
        cwd=folder,
        env=(),
        answers=frozenset({0}),
        reads=tools,
    )
    return process.run(command, private=folder, stop=threading.Event(), sandbox=sandbox)


if __name__ == "__main__":
    for line in lines():
        print(line)
