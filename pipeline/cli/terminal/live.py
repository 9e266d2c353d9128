"""Draws the running stages on a terminal. The only file that imports rich."""

import re
import threading
from types import TracebackType
from typing import Final, Self, TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from pipeline.model import quiet
from pipeline.report.escape import terminal

_STAMP: Final = re.compile(r"\A\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?\s+")


def _rest() -> Column:
    """Return what is left of a line: what does not fit is cut here, and no name for it."""
    return Column(ratio=1, no_wrap=True, overflow="ellipsis")


def _line(text: str) -> str:
    """Escape what a scanner prints; tabs and the like are only room between words."""
    return terminal(" ".join(text.split()))


class Live:
    """One line a stage: a spinner while it runs, then how it ended."""

    def __init__(self, stream: TextIO) -> None:
        console = Console(file=stream, highlight=False)
        self._progress = Progress(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description:<11}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[said]}", markup=False, table_column=_rest()),
            console=console,
            expand=True,
            refresh_per_second=4,  # 10 Hz costs 6 % of a core
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._told = threading.excepthook

    def __enter__(self) -> Self:
        self._told, threading.excepthook = threading.excepthook, self._failed
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
        threading.excepthook = self._told

    def _failed(self, what: threading.ExceptHookArgs) -> None:
        """Let the lines stand where there is no memory to draw them: the run says what it lacks."""
        if not isinstance(what.exc_value, MemoryError):
            self._told(what)

    def started(self, name: str) -> None:
        """Draw its line."""
        self._tasks[name] = self._progress.add_task(name, total=1, said="")

    def noted(self, name: str, text: str) -> None:
        """Show the note behind its name."""
        if name not in self._tasks:
            self.started(name)
        self._progress.update(self._tasks[name], said=_line(quiet.line(text)))

    def doing(self, name: str, text: str) -> None:
        """Show behind its name what it is at, without the time: the line has its own."""
        self.noted(name, _STAMP.sub("", text))

    def ended(self, name: str, summary: str, seconds: float) -> None:  # noqa: ARG002 -- the column shows its own
        """Stop its spinner and say how it ended."""
        if name not in self._tasks:
            self.started(name)
        self._progress.update(self._tasks[name], completed=1, said=_line(quiet.line(summary)))
