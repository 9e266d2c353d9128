"""The table `Packages` of an SQLite database, read from its pages.

An image's database is never opened by a library: whoever made it may have meant that.
"""

from collections.abc import Iterator
from struct import unpack_from
from typing import Final

from pipeline.oci.rpm.errors import UnreadableError
from pipeline.oci.rpm.pages import Pages

MAGIC: Final = b"SQLite format 3\0"
_LEAF, _INTERIOR = 13, 5
_FIRST: Final = 100
"""Bytes of the first page before its tree begins."""
_MOST: Final = 1 << 30
_BLOB: Final = 12
"""Kinds of values from here on have a length; the even ones are bytes, the odd ones text."""
_SIZES: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)


def blobs(data: bytes) -> Iterator[bytes]:
    """Yield the header of each package."""
    (size,) = unpack_from(">H", data, 16)
    reserved = data[20]
    pages = Pages(data, 1 << 16 if size == 1 else size)
    usable = (1 << 16 if size == 1 else size) - reserved
    roots = [
        int.from_bytes(row[3], "big")
        for row in _rows(pages, 1, usable)
        if row[0] == b"table" and row[1] == b"Packages"
    ]
    if len(roots) != 1:
        raise UnreadableError("it has no table of packages, or two")
    for row in _rows(pages, roots[0], usable):
        yield row[-1]


def _rows(pages: Pages, root: int, usable: int) -> Iterator[list[bytes]]:
    waiting = [root]
    while waiting:
        number = waiting.pop()
        page = pages.take(number - 1)
        at = _FIRST if number == 1 else 0
        kind, count = page[at], unpack_from(">H", page, at + 3)[0]
        cells = at + (12 if kind == _INTERIOR else 8)
        places = unpack_from(f">{count}H", page, cells)
        if kind == _INTERIOR:
            waiting += (unpack_from(">I", page, place)[0] for place in places)
            waiting += unpack_from(">I", page, at + 8)
        elif kind == _LEAF:
            for place in places:
                yield _record(_payload(pages, page, place, usable))
        else:
            raise UnreadableError(f"page {number} is no part of a table")


def _payload(pages: Pages, page: memoryview, at: int, usable: int) -> bytes:
    """Return a cell's content, from the pages that it overflows into too."""
    length, at = _varint(page, at)
    _, at = _varint(page, at)
    if length > _MOST:
        raise UnreadableError("a row of over a gigabyte")
    local = length
    if length > usable - 35:
        least = (usable - 12) * 32 // 255 - 23
        fitting = least + (length - least) % (usable - 4)
        local = fitting if fitting <= usable - 35 else least
    parts = [bytes(page[at : at + local])]
    have = local
    (following,) = unpack_from(">I", page, at + local) if local < length else (0,)
    while have < length:
        more = pages.take(following - 1)
        (following,) = unpack_from(">I", more, 0)
        parts.append(bytes(more[4 : 4 + min(usable - 4, length - have)]))
        have += len(parts[-1])
    return b"".join(parts)


def _record(payload: bytes) -> list[bytes]:
    """Return a row's values as they are stored."""
    view = memoryview(payload)
    end, at = _varint(view, 0)
    body, values = end, []
    while at < end:
        kind, at = _varint(view, at)
        size = (kind - _BLOB) // 2 if kind >= _BLOB else _SIZES[min(kind, 9)]
        values.append(b"\1" if kind == 9 else payload[body : body + size])  # noqa: PLR2004 -- the number 1
        body += size
    if body > len(payload) or not values:
        raise UnreadableError("a row is cut")
    return values


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for number in range(9):
        if at >= len(data):
            raise UnreadableError("a number is cut")
        byte = data[at]
        at += 1
        if number == 8:  # noqa: PLR2004 -- the ninth byte counts whole
            return value << 8 | byte, at
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 -- the highest bit says that there is more
            break
    return value, at
