"""Looks at what running tools complain of, so that slow stages say what they do."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pipeline.toolchain.folder import end_of
from pipeline.toolchain.status import tail

_EVERY: Final = 1.0
_LONGEST: Final = 200


class Pulse:
    """Tells the last line of each process's standard error, as often as it changes."""

    def __init__(self, tell: Callable[[str, str], None], *, every: float = _EVERY) -> None:
        self._tell = tell
        self._every = every
        self._running: dict[str, Path] = {}
        self._told: dict[str, str] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def begin(self, label: str, stderr: Path) -> None:
        """Look at this process from now on."""
        self._running[label] = stderr

    def end(self, label: str) -> None:
        """Look at it no more."""
        self._running.pop(label, None)

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            # What there is no room to tell now is told later. That the run lacks room, it says.
            with suppress(MemoryError):
                self._look()

    def _look(self) -> None:
        for label, stderr in list(self._running.items()):
            line = last_line(end_of(stderr))
            if line and line != self._told.get(label):
                self._tell(label, line)
                self._told[label] = line


def last_line(stderr: bytes) -> str:
    """Return the last line of a complaint, escaped and no longer than is read at a glance."""
    lines = tail(stderr).splitlines()
    return lines[-1].strip()[:_LONGEST] if lines else ""
