"""Lays out what commands tell: a label and its text, folded where the terminal ends."""

import shutil
import textwrap
from collections.abc import Iterator
from typing import Final

_LABEL: Final = 14
_NARROWEST: Final = 60


def width() -> int:
    """Return how wide the reader's screen is, within reason."""
    return max(min(shutil.get_terminal_size((100, 24)).columns, 140), _NARROWEST)


def block(label: str, text: str, *, indent: int = 2) -> Iterator[str]:
    """Yield a label with its text beside it, each further line below the text's beginning."""
    room = width() - indent - _LABEL
    lines = textwrap.wrap(
        text, room, break_long_words=True, break_on_hyphens=False, replace_whitespace=False
    )
    first, *more = lines or [""]
    yield f"{' ' * indent}{label:<{_LABEL}}{first}".rstrip()
    yield from (f"{' ' * (indent + _LABEL)}{line}" for line in more)
