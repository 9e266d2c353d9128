"""What this machine offers: disk, git, and walls around processes."""

import shutil
import sys
import threading
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.walls import Level
from pipeline.toolchain import process
from pipeline.toolchain.command import Command

_MEGA: Final = 1 << 20


class Walled(msgspec.Struct, frozen=True, kw_only=True):
    """What a process was left of the machine when it was tried."""

    level: Level | None
    """None where not even this process could be started."""
    refused: str
    """What the kernel refused of stricter levels, each the step and its errno."""


def disk_mb(folder: Path) -> int:
    """Return how much room there is where a folder is, or will be."""
    present = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(present).free // _MEGA


def sandbox(private: Path) -> Walled:
    """Find out how strictly a process can be walled in, by starting one that does nothing."""
    command = Command(
        label="sandbox",
        tool="python",
        argv=(sys.executable, "-I", "-S", "-c", ""),
        cwd=private,
        env=(),
        answers=frozenset({0}),
        timeout=20,
    )
    ended = process.run(command, private=private, stop=threading.Event())
    return Walled(level=ended.usage.sandbox, refused=ended.refused)


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
