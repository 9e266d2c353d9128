"""Refuses text that reads differently to a person than to a program."""

import re
import unicodedata
from typing import Final

from pipeline.errors import UsageError, Where

_SUSPECT: Final = re.compile(r"[^\n\r\t\x20-\x7e]")
_WIDEST: Final = 200
_ALLOWED: Final = frozenset("\n\r\t")
_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE: Final = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")
"""Letters and marks by category that nobody can see."""


def hidden(character: str) -> bool:
    """Say whether a character is a control, steers direction, or takes no room at all."""
    if character in _ALLOWED:
        return False
    return character in _INVISIBLE or unicodedata.category(character) in _CATEGORIES


def line_of(text: str, number: int) -> str:
    """Return a line, counted from 1, cut to what fits a message; nothing where there is none."""
    lines = text.split("\n", number)
    return lines[number - 1].rstrip("\r")[:_WIDEST] if 0 < number <= len(lines) else ""


def refuse_hidden(text: str, path: str) -> None:
    """Raise UsageError at the first character that a reviewer would not see."""
    for found in _SUSPECT.finditer(text):
        if hidden(found[0]):
            raise UsageError(
                f"the character U+{ord(found[0]):04X} ({_name(found[0])}) cannot be seen",
                hint="a reviewer would read something else than the program does; remove it",
                where=where_at(text, found.start(), path),
            )


def _name(character: str) -> str:
    return unicodedata.name(character, "a control character").lower()


def where_at(text: str, place: int, path: str) -> Where:
    """Name the line and column of an offset."""
    before = text[:place]
    line = before.count("\n") + 1
    column = place - (before.rfind("\n") + 1) + 1
    return Where(path, line, column, line_of(text, line))
