"""What this machine offers: memory, disk, and walls around processes."""

import shutil
import sys
import threading
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.toolchain import process
from pipeline.toolchain.command import Command

_MEGA: Final = 1 << 20
_CGROUP: Final = Path("/sys/fs/cgroup/memory.max")
_MEMORY: Final = Path("/proc/meminfo")


def memory_mb(*, cgroup: Path = _CGROUP, meminfo: Path = _MEMORY) -> int | None:
    """Return how much memory this process may have: the machine's, or its control group's."""
    found = [n for n in (_limit(cgroup), available_mb(meminfo)) if n is not None]
    return min(found, default=None)


def available_mb(meminfo: Path = _MEMORY) -> int | None:
    """Return how much memory is free for the asking; None where the system does not say."""
    try:
        lines = meminfo.read_text("utf-8").splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if "MemAvailable" in line)
    except (OSError, ValueError, StopIteration):
        return None


def _limit(cgroup: Path) -> int | None:
    try:
        return int(cgroup.read_text("utf-8")) // _MEGA
    except (OSError, ValueError):
        return None


def disk_mb(folder: Path) -> int:
    """Return how much room there is where a folder is, or will be."""
    present = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(present).free // _MEGA


def sandbox(private: Path) -> str:
    """Return how strictly a process can be walled in here, by starting one that does nothing."""
    command = Command(
        label="sandbox",
        tool="python",
        argv=(sys.executable, "-I", "-S", "-c", ""),
        cwd=private,
        env=(),
        answers=frozenset({0}),
        timeout=20,
    )
    return process.run(command, private=private, stop=threading.Event()).usage.sandbox


def git_version() -> str | None:
    """Return what git says it is; None where there is no git."""
    try:
        said = process.capture(
            ("git", "--version"),
            cwd=Path("/"),
            env={"PATH": process.PATH, "LC_ALL": "C"},
            timeout=20,
            limit=4096,
        )
    except PenstockError:
        return None
    return said.decode("utf-8", "replace").strip().removeprefix("git version ")
