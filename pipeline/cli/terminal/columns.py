"""Lays out what commands tell: a label and its text, folded where the terminal ends."""

import shutil
import textwrap
from collections.abc import Iterator
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
