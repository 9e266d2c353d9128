"""The private folder of one process, and what it may know of the world."""

import os
import stat
from pathlib import Path
from typing import Final

import msgspec

from pipeline.toolchain.command import Command

PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_TAIL: Final = 16 << 10
"""More than is shown: what is secret in it is seen by what stands before it."""


class Folder(msgspec.Struct, frozen=True):
    """The private folder of one process."""

    root: Path

    @property
    def home(self) -> Path:
        """Where the process may keep what it likes."""
        return self.root / "home"

    @property
    def tmp(self) -> Path:
        """Where it may keep what nobody will ask for."""
        return self.root / "tmp"

    @property
    def stdout(self) -> Path:
        """What it wrote to standard output."""
        return self.root / "stdout"

    @property
    def stderr(self) -> Path:
        """What it wrote to standard error."""
        return self.root / "stderr"

    @property
    def log(self) -> Path:
        """What its supervisor complained of."""
        return self.root / "supervisor"

    def environment(self, command: Command) -> dict[str, str]:
        """Return everything that the process may know of the world."""
        home = self.home
        return {
            "PATH": PATH,
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "TMPDIR": str(self.tmp),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_STATE_HOME": str(home / ".local" / "state"),
            "XDG_RUNTIME_DIR": str(self.tmp),
            **dict(command.env),
        }

    def prepare(self, command: Command) -> None:
        """Make the folder, and see that no report of before can be taken for this one's."""
        for own in (self.home, self.tmp, *command.writes):
            own.mkdir(mode=0o700, parents=True, exist_ok=True)
        for stale in (self.stdout, self.stderr, self.log):
            stale.unlink(missing_ok=True)
        if command.report is not None:
            command.report.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            command.report.unlink(missing_ok=True)


def read(path: Path, limit: int, *, end: bool = False) -> bytes:
    """Read so much of a regular file; the tool had a say in what stands at the path."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as file:
        now = os.fstat(number)
        if not stat.S_ISREG(now.st_mode):
            raise OSError
        if end:
            file.seek(max(0, now.st_size - limit))
        return file.read(limit)


def end_of(path: Path) -> bytes:
    """Return the last bytes of a file, or none where it cannot be read."""
    try:
        return read(path, _TAIL, end=True)
    except OSError:
        return b""
