"""Findings in the order of their ids, in as much memory as a part of them takes."""

import heapq
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

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
        part = tempfile.TemporaryFile(dir=self._folder, buffering=_BUFFER)  # noqa: SIM115 -- read later
        part.writelines(self._lines)
        self._parts.append(part)
        self._lines, self._held = [], 0

    def sorted(self) -> Iterator[bytes]:
        """Yield every line, in order."""
        self._lines.sort()
        for part in self._parts:
            part.flush()
            part.seek(0)
        return heapq.merge(*self._parts, self._lines)

    def close(self) -> None:
        """Let go of what is on the disk."""
        for part in self._parts:
            part.close()
