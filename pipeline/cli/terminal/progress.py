"""Shows on stderr how a run goes on: live lines for people, plain or JSON lines for logs."""

import json
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Protocol, Self, TextIO

from pipeline.cli.options import unknown
from pipeline.model import quiet
from pipeline.report.escape import json_text, terminal
from pipeline.watch import Silent, Watcher

MODES: Final = ("auto", "tty", "plain", "json", "none")
_HEARTBEAT: Final = 30.0


class Progress(Watcher, Protocol):
    """A watcher that is switched on for the length of a run."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""


def choose(mode: str, environment: Mapping[str, str], stream: TextIO | None = None) -> Progress:
    """Return the watcher for --progress. Raises UsageError for a mode that is none."""
    stream = stream or sys.stderr
    if mode not in MODES:
        raise unknown("progress", mode, MODES)
    if mode == "auto":
        mode = "tty" if stream.isatty() and environment.get("TERM") != "dumb" else "plain"
    match mode:
        case "tty":
            from pipeline.cli.terminal.live import Live

            return Live(stream)
        case "plain":
            return Plain(stream)
        case "json":
            return Lines(stream)
        case _:
            return Nothing()


class _Switch:
    """The part of a watcher that has nothing to switch on or off."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return


class Nothing(_Switch, Silent):
    """Says nothing."""


class Plain(_Switch):
    """One line when a stage starts, one when it ends, and a sign of life in between."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}
        self._at: dict[str, str] = {}
        self._over = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()

    def started(self, name: str) -> None:
        """Print that it began."""
        self._running[name] = time.monotonic()
        self._say(f"{name}: started")

    def noted(self, name: str, text: str) -> None:
        """Print the note."""
        self._say(f"{name}: {terminal(quiet.line(text))}")

    def doing(self, name: str, text: str) -> None:
        """Keep it for the next sign of life."""
        self._at[name] = terminal(quiet.line(text))

    def ended(self, name: str, summary: str, seconds: float) -> None:
        """Print how it ended and how long it took."""
        self._running.pop(name, None)
        self._say(f"{name}: {terminal(quiet.line(summary))} ({seconds:.1f} s)")

    def _beat(self) -> None:
        while not self._over.wait(_HEARTBEAT):
            # A sign of life that there is no room for is left out: the run says what it lacks.
            with suppress(MemoryError, OSError):
                self._signs()

    def _signs(self) -> None:
        for name, begun in sorted(self._running.copy().items()):
            at = f": {self._at[name]}" if name in self._at else ""
            self._say(f"{name}: still running ({time.monotonic() - begun:.0f} s){at}")

    def _say(self, text: str) -> None:
        with self._lock:
            print(text, file=self._stream, flush=True)


class Lines(_Switch):
    """One JSON object a line, for programs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def started(self, name: str) -> None:
        """Print the event."""
        self._say({"event": "started", "name": name})

    def noted(self, name: str, text: str) -> None:
        """Print the event."""
        self._say({"event": "noted", "name": name, "text": text})

    def doing(self, name: str, text: str) -> None:
        """Print the event."""
        self._say({"event": "doing", "name": name, "text": text})

    def ended(self, name: str, summary: str, seconds: float) -> None:
        """Print the event."""
        self._say(
            {"event": "ended", "name": name, "summary": summary, "seconds": round(seconds, 3)}
        )

    def _say(self, event: Mapping[str, object]) -> None:
        with self._lock:
            told = {
                name: quiet.line(one) if isinstance(one, str) else one
                for name, one in event.items()
            }
            line = json.dumps({"schema": "penstock/progress@1", **told})
            print(json_text(line), file=self._stream, flush=True)
