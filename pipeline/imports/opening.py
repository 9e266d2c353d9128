"""Which format a file is of, told by what is in it."""

from collections.abc import Mapping
from typing import IO, Final

import msgspec

from pipeline.imports import FORMATS
from pipeline.imports.base import NotReadError, Reader
from pipeline.imports.cursor import Cursor
from pipeline.imports.walk import members
from pipeline.model import strict

_SMALL: Final = 16 << 20
"""Up to this size every member of every object is held against its neighbours."""
_HEAD: Final = 4
_OTHERS: Final[Mapping[bytes, str]] = {
    b"\x1f\x8b": "it is compressed by gzip: unpack it first",
    b"PK": "it is a zip archive: unpack it first",
    b"\xef\xbb\xbf": "it begins with a byte order mark: write it as UTF-8 without one",
    b"\xff\xfe": "it is UTF-16: write it as UTF-8",
    b"\xfe\xff": "it is UTF-16: write it as UTF-8",
    b"<": "it is XML or HTML, and a JSON report is due",
}
_DECIDES: Final = "runs"
"""A list that may be long: what stands before it is enough."""


def reader_of(stream: IO[bytes]) -> Reader:
    """Return the format of a file, and leave the stream at its beginning. Raises NotReadError."""
    head = stream.read(_HEAD)
    if not head.strip():
        raise NotReadError("it is empty", hint="a report without a word proves nothing")
    for mark, why in _OTHERS.items():
        if head.startswith(mark):
            raise NotReadError(f"no report that can be read: {why}")
    _once(stream)
    stream.seek(0)
    names = _names(stream)
    stream.seek(0)
    for one in FORMATS.values():
        if one.is_it(names):
            return one
    known = ", ".join(one.TITLE for one in FORMATS.values())
    raise NotReadError(
        "it is JSON, and none of the reports that can be imported", hint=f"known are {known}"
    )


def _once(stream: IO[bytes]) -> None:
    """Refuse a small document in which a member is given twice, wherever that is."""
    stream.seek(0)
    data = stream.read(_SMALL + 1)
    if len(data) <= _SMALL:
        try:
            strict.decode(data, msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise NotReadError(f"no JSON document that can be read: {exc}") from exc


def _names(stream: IO[bytes]) -> frozenset[str]:
    cursor = Cursor(stream)
    found: set[str] = set()
    for name in members(cursor):
        found.add(name)
        if name == _DECIDES:
            break
        cursor.raw()
    return frozenset(found)
