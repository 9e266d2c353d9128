"""Lays out what commands tell: tables, and labels with their text folded where the screen ends."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

_LABEL: Final = 14
_NARROWEST: Final = 60
_WIDEST: Final = 240


def width() -> int:
    """Return how wide the reader's screen is, within reason."""
    return max(min(shutil.get_terminal_size((100, 24)).columns, _WIDEST), _NARROWEST)


def block(label: str, text: str, *, indent: int = 2, label_width: int = _LABEL) -> Iterator[str]:
    """Yield a label with its text beside it, each further line below the text's beginning."""
    room = width() - indent - label_width
    lines = textwrap.wrap(text, room, break_long_words=True, break_on_hyphens=False)
    first, *more = lines or [""]
    yield f"{' ' * indent}{label:<{label_width}}{first}".rstrip()
    yield from (f"{' ' * (indent + label_width)}{line}" for line in more)


def below(text: str) -> Iterator[str]:
    """Yield what a table says below one of its rows; a path stays whole, to be copied."""
    before = " " * 4
    yield from textwrap.wrap(
        text,
        width(),
        initial_indent=before,
        subsequent_indent=before,
        break_long_words=False,
        break_on_hyphens=False,
    )


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table: each column as wide as the widest of its cells."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(room) for cell, room in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
