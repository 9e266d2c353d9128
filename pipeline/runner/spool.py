"""Findings in the order of their ids, in as much memory as a part of them takes."""

import contextlib
import heapq
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.finding import Finding

_HELD: Final = 16 << 20
"""Bytes of findings that are sorted at once."""
_BUFFER: Final = 1 << 18


class Spool:
    """Takes findings in any order. Each is written as its id and what it says."""

    def __init__(self, folder: Path, *, held: int = _HELD) -> None:
        self._folder = folder
        self._most = held
        self._held = 0
        self._lines: list[bytes] = []
        self._parts: list[IO[bytes]] = []
        self._encode = msgspec.json.Encoder().encode
        self.count = 0

    def add(self, finding: Finding) -> None:
        """Take a finding. Its id comes first, so that lines are sorted as they are."""
        line = self._encode(finding)
        self._lines.append(line + b"\n")
        self._held += len(line)
        self.count += 1
        if self._held >= self._most:
            self._put()

    def _put(self) -> None:
        self._lines.sort()
        try:
            part = tempfile.TemporaryFile(dir=self._folder, buffering=_BUFFER)  # noqa: SIM115 -- read later
            self._parts.append(part)
            part.writelines(self._lines)
            part.flush()
        except OSError as exc:
            raise no_room(self._folder, exc) from exc
        self._lines, self._held = [], 0

    def sorted(self) -> Iterator[bytes]:
        """Yield every line, in order."""
        self._lines.sort()
        for part in self._parts:
            part.seek(0)
        return heapq.merge(*self._parts, self._lines)

    def close(self) -> None:
        """Let go of what is on the disk."""
        for part in self._parts:
            with contextlib.suppress(OSError):  # what could not be written is not wanted any more
                part.close()


def no_room(folder: Path, error: OSError) -> PenstockError:
    """Return the error of a place that takes nothing more."""
    return PenstockError(
        f"cannot write to {folder}: {error.strerror or error}",
        hint="nothing that was there has been changed; free some space, or choose another place",
    )
