"""Lines for people, in the style of the screen that they are read on."""

import re
from collections.abc import Iterable
from textwrap import wrap
from typing import Final

from pipeline.report.base import Style
from pipeline.report.escape import terminal

BOLD, DIM, RED, GREEN, YELLOW, MAGENTA = "1", "2", "31", "32", "33", "35"
WIDEST: Final = 30
"""Characters of a column; what is wider stands out of line."""
_LINES: Final = 3
_RESET: Final = "\x1b[0m"
_ASCII: Final = str.maketrans({"→": ">", "·": "-", "…": "~", "│": "|"})
_PAINT: Final = re.compile(r"\x1b\[[0-9;]*m")
_BELOW: Final = f"{' ' * 6}│ "
"""Wrapped text is fenced: no line of it may begin with what a CI service takes for a command."""


def column(texts: Iterable[str], *, least: int = 0) -> int:
    """Return how wide a column of these has to be."""
    return max(least, min(WIDEST, max(map(len, texts), default=0)))


class Page:
    """Lines of a report in a reader's style."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._lines: list[str] = []

    def paint(self, text: str, code: str) -> str:
        """Colour text, where the reader sees colours."""
        return f"\x1b[{code}m{text}{_RESET}" if self.style.color and text else text

    def line(self, text: str = "") -> None:
        """Write a line. It has to be escaped already."""
        self._lines.append(text if self.style.unicode else text.translate(_ASCII))

    def heading(self, text: str) -> None:
        """Write a heading below an empty line."""
        self.line()
        self.line(self.paint(text, BOLD))

    def wrapped(self, text: str, *, first: str, rest: str) -> None:
        """Write text over as many lines as it needs, within reason."""
        lines = wrap(
            terminal(text),
            width=max(self.style.width, 40) - len(rest),
            max_lines=_LINES,
            placeholder=" …",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, line in enumerate(lines):
            self.line(f"{rest if number else first}{line}")

    def entry(self, head: str, text: str) -> None:
        """Write text behind its head where both fit in a line, else below it."""
        if shown(head) + 2 + len(terminal(text)) <= self.style.width:
            self.line(f"{head}  {terminal(text)}".rstrip())
            return
        self.line(head.rstrip())
        self.wrapped(text, first=_BELOW, rest=_BELOW)

    def cut(self, text: str, width: int) -> str:
        """Escape text, and cut it to a width."""
        text = terminal(text)
        return text if len(text) <= width else text[: max(width - 1, 1)] + "…"

    def whole(self) -> str:
        """Return everything that was written."""
        text = "\n".join(self._lines) + "\n"
        return text if self.style.unicode else text.encode("ascii", "backslashreplace").decode()


def shown(text: str) -> int:
    """Return how many characters of a line the reader sees."""
    return len(_PAINT.sub("", text))
