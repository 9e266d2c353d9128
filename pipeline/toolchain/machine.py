"""What this machine offers: disk, git, and walls around processes."""

import shutil
import sys
import threading
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.toolchain import process
from pipeline.toolchain.command import Command

_MEGA: Final = 1 << 20


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
