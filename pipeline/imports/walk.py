"""Objects and lists that are walked through member by member."""

from collections.abc import Iterator

import msgspec

from pipeline.imports.cursor import BAD, Cursor


def members(cursor: Cursor) -> Iterator[str]:
    """Yield the names of an object's members; whoever asks has to pass over each value."""
    cursor.take(b"{")
    if cursor.skip(b"}"):
        return
    seen: set[str] = set()
    while True:
        name = cursor.name()
        if name in seen:
            raise cursor.fault(f"the member {name[:40]!r} is given twice")
        seen.add(name)
        yield name
        if cursor.skip(b"}"):
            return
        cursor.take(b",")


def items(cursor: Cursor) -> Iterator[None]:
    """Yield once for each element of a list; whoever asks has to pass over each."""
    cursor.take(b"[")
    if cursor.skip(b"]"):
        return
    while True:
        yield
        if cursor.skip(b"]"):
            return
        cursor.take(b",")


def sound(cursor: Cursor) -> bytes:
    """Pass over a value that has to be one. Raises NotReadError."""
    raw = cursor.raw()
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except BAD as exc:
        raise cursor.fault(f"{exc},") from exc
    return raw
