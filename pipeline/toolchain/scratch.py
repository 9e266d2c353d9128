"""Private folders that whoever comes next removes, when the one who made them was killed.

A folder belongs to the process that holds its lock; the kernel lets go of it with the process.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path


class Lock(Enum):
    """Whose a folder is."""

    OURS = auto()
    TAKEN = auto()
    UNKNOWN = auto()
    """The file system has no locks: nothing of it is ever taken for left behind."""


@contextmanager
def held(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder for as long as it is needed. Raises OSError where that is not possible."""
    sweep(parent, prefix)
    folder, number = _made(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(number)


def sweep(parent: Path, prefix: str) -> None:
    """Remove the folders of this name that no living process holds."""
    with contextlib.suppress(OSError):
        for path in list(parent.iterdir()):
            if path.name.startswith(prefix):
                _remove(path)


def _made(parent: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder and hold it: who sweeps between the two would take it for left behind."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with contextlib.suppress(FileNotFoundError):
            number = _opened(folder)
            if _lock(number) is not Lock.TAKEN and _is_at(folder, number):
                return folder, number
            os.close(number)


def _remove(path: Path) -> None:
    """Remove a folder of our own user; a link or what somebody else holds stays."""
    with contextlib.suppress(OSError):
        number = _opened(path)
        try:
            mine = os.fstat(number).st_uid == os.geteuid()
            if mine and _lock(number) is Lock.OURS and _is_at(path, number):
                shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(number)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _lock(number: int) -> Lock:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return Lock.TAKEN
    except OSError:
        return Lock.UNKNOWN
    return Lock.OURS


def _is_at(path: Path, number: int) -> bool:
    there, here = os.lstat(path), os.fstat(number)
    return stat.S_ISDIR(there.st_mode) and (there.st_dev, there.st_ino) == (
        here.st_dev,
        here.st_ino,
    )
