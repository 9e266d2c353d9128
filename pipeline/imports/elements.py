"""The elements of a list of any length, decoded many at a time.

A window is cut behind what looks like the end of an element, and put in brackets. That parses only
if the cut was one: inside a text or a nested value something would stay open. So the guess checks
itself, and where it was wrong, elements are taken one by one.
"""

import re
from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec

from pipeline.imports.cursor import BAD, Cursor

T = TypeVar("T")

_CUT: Final = re.compile(rb"\}([ \t\r\n]*+,)[ \t\r\n]*+\{")
_BACK: Final = 1 << 16


def elements(cursor: Cursor, decoder: "msgspec.json.Decoder[list[T]]") -> Iterator[T]:
    """Yield every element of the list that is due. Raises NotReadError for one that is none."""
    cursor.take(b"[")
    if cursor.skip(b"]"):
        return
    alone = 0
    while True:
        cursor.fill()
        many = _many(cursor, decoder) if cursor.offset >= alone else None
        if many is not None:
            yield from many
            continue
        # Not tried again before the window is behind: else each element would cost a window.
        alone = max(alone, cursor.offset + len(cursor.buffer) - cursor.at)
        yield _one(cursor, decoder)
        if cursor.skip(b"]"):
            return
        cursor.take(b",")


def _many(cursor: Cursor, decoder: "msgspec.json.Decoder[list[T]]") -> list[T] | None:
    cut = None
    start = max(cursor.at, len(cursor.buffer) - _BACK)
    for cut in _CUT.finditer(cursor.buffer, start):  # noqa: B007 -- the last one is wanted
        pass
    if cut is None:
        return None
    try:
        found = decoder.decode(b"[" + cursor.buffer[cursor.at : cut.start() + 1] + b"]")
    except BAD:
        return None
    cursor.at = cut.end(1)
    return found


def _one(cursor: Cursor, decoder: "msgspec.json.Decoder[list[T]]") -> T:
    cursor.peek()
    place = cursor.offset
    raw = cursor.raw()
    try:
        (found,) = decoder.decode(b"[" + raw + b"]")
    except (*BAD, ValueError) as exc:
        raise cursor.fault(f"the element at byte {place:,} is none that is due ({exc}),") from exc
    return found
