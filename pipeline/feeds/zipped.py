"""A zip that somebody else made, read file by file within limits. Nothing is laid on disk."""

import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, RuntimeError)
"""RuntimeError is what zipfile says of a password and of a method that it does not know."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a zip may hold."""

    files: int
    each: int
    total: int


_END: Final = struct.Struct("<4s4H2LH")


def refuse_cut(path: Path, archive: zipfile.ZipFile) -> None:
    """Raise ValueError where a zip breaks off within its last words, which zipfile lets pass."""
    with path.open("rb") as stream:
        stream.seek(-_END.size - len(archive.comment), os.SEEK_END)
        mark, *_, length = _END.unpack(stream.read(_END.size))
    if mark != b"PK\x05\x06" or length != len(archive.comment):
        raise ValueError("it breaks off before its end")


def contents(
    archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo], limits: Limits
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of these members. Raises ValueError beyond the limits."""
    chosen = list(members)
    if not chosen or len(chosen) > limits.files:
        raise ValueError(f"it holds {len(chosen)} records")
    total = 0
    for member in chosen:
        with archive.open(member) as stream:
            data = stream.read(limits.each + 1)
        total += len(data)
        if len(data) > limits.each or total > limits.total:
            raise ValueError(f"{member.filename} makes it larger than it may be")
        yield member.filename, data
