"""A reader of tar streams that keeps almost nothing in memory.

The standard library's reads extended headers of any size into memory, and a layer is written by
whoever made the image.
"""

from collections.abc import Callable, Iterator
from typing import Final, NoReturn

import msgspec

from pipeline.model.gap import GapReason
from pipeline.oci.errors import ImageError

_BLOCK: Final = 512
_MAX_HEADER: Final = 1 << 20
_MAX_KEPT: Final = 64 << 20
_MAX_MEMBERS: Final = 5_000_000
WHITEOUT: Final = ".wh."
_WANTED: Final = frozenset({
    "etc/os-release",
    "usr/lib/os-release",
    "var/lib/dpkg/status",
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
})  # fmt: skip
STATUS_D: Final = "var/lib/dpkg/status.d/"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a layer that matters to the question which system this is."""

    path: str
    """Relative, without `./`."""
    data: bytes | None
    """None for what is neither regular file nor folder, and for a whiteout."""


class _Header(msgspec.Struct, frozen=True):
    name: str
    size: int
    kind: bytes
    sparse: bool


def members(chunks: Iterator[bytes], what: str) -> Iterator[Member]:
    """Read a tar to its last byte and yield what is wanted; ImageError when it is broken."""
    reader = _Reader(chunks, what)
    long_name = ""
    extended: dict[str, str] = {}
    kept = 0
    for count in range(_MAX_MEMBERS + 1):
        header = _header(reader)
        if header is None:
            break
        if count == _MAX_MEMBERS:
            reader.fail(GapReason.LIMIT, "has too many entries")
        if header.kind in b"LKxg":
            data = reader.take(header.size, _MAX_HEADER)
            if header.kind == b"L":
                long_name = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
            elif header.kind == b"x":
                extended = _pax(data)
            continue
        path = _clean(extended.get("path") or long_name or header.name)
        size = int(extended["size"]) if extended.get("size", "").isdecimal() else header.size
        long_name, extended = "", {}
        member = _member(reader, header, path, size)
        if member is not None:
            kept += len(member.data or b"")
            if kept > _MAX_KEPT:
                reader.fail(GapReason.LIMIT, "has a package database that is too large")
            yield member
    reader.drain()


def _member(reader: "_Reader", header: _Header, path: str, size: int) -> Member | None:
    """Read or skip one entry's content."""
    if header.sparse:
        while reader.exactly(_BLOCK)[504]:
            pass
    stored = size if header.kind in b"07S\0" else 0
    wanted = path in _WANTED or path.startswith(STATUS_D)
    if wanted and header.kind in b"07\0":
        return Member(path=path, data=reader.take(stored, _MAX_KEPT))
    reader.skip(stored)
    if header.kind == b"5":
        return None
    base = path.rpartition("/")[2]
    hides = any(want.startswith(f"{path}/") for want in (*_WANTED, STATUS_D))
    if wanted or hides or base.startswith(WHITEOUT):
        return Member(path=path, data=None)
    return None


def _header(reader: "_Reader") -> _Header | None:
    """Read the next header; None at the archive's end mark or the end of the stream."""
    block = reader.block()
    if block is None or not block.strip(b"\0"):
        return None
    name = block[:100].partition(b"\0")[0]
    if block[257:263] == b"ustar\0" and (prefix := block[345:500].partition(b"\0")[0]):
        name = prefix + b"/" + name
    kind = block[156:157]
    return _Header(
        name.decode("utf-8", "surrogateescape"),
        _number(reader, block[124:136]),
        kind,
        kind == b"S" and bool(block[482]),
    )


def _number(reader: "_Reader", field: bytes) -> int:
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        reader.fail(GapReason.NOT_READ, "is not a tar archive")
    return int(digits, 8) if digits else 0


def _pax(data: bytes) -> dict[str, str]:
    """Read the records of an extended header: `LENGTH KEY=VALUE` and a line feed, each."""
    records: dict[str, str] = {}
    while data:
        length, _, _ = data.partition(b" ")
        size = int(length) if length.isdigit() else 0
        if size <= len(length) or size > len(data):
            break
        key, _, value = data[len(length) + 1 : size - 1].partition(b"=")
        records[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        data = data[size:]
    return records


def _clean(name: str) -> str:
    parts = [part for part in name.split("/") if part not in {"", "."}]
    return "/".join(parts)


class _Reader:
    """Bytes in the sizes that are asked for."""

    def __init__(self, chunks: Iterator[bytes], what: str) -> None:
        self._chunks = chunks
        self._what = what
        self._held = b""
        self._at = 0

    def block(self) -> bytes | None:
        """Return the next block, or None at the end of the stream."""
        if self._at == len(self._held):
            self._held, self._at = next(self._chunks, b""), 0
            if not self._held:
                return None
        return self.exactly(_BLOCK)

    def exactly(self, size: int) -> bytes:
        """Return so many bytes, or fail."""
        parts: list[bytes] = []
        self._consume(size, parts.append)
        return b"".join(parts)

    def take(self, size: int, limit: int) -> bytes:
        """Return an entry's content and pass over what pads it."""
        if size > limit:
            self.fail(GapReason.LIMIT, f"has an entry of {size} bytes where few are due")
        data = self.exactly(size)
        self.skip(-size % _BLOCK, padded=True)
        return data

    def skip(self, size: int, *, padded: bool = False) -> None:
        """Pass over an entry's content and what pads it."""
        self._consume(size if padded else size + -size % _BLOCK, lambda _: None)

    def drain(self) -> None:
        """Read the rest: it is part of what is hashed."""
        for _ in self._chunks:
            pass

    def fail(self, reason: GapReason, text: str) -> NoReturn:
        """Give up on this layer."""
        raise ImageError(reason, f"{self._what} {text}")

    def _consume(self, size: int, use: Callable[[bytes], object]) -> None:
        while size > 0:
            if self._at == len(self._held):
                self._held, self._at = next(self._chunks, b""), 0
                if not self._held:
                    self.fail(GapReason.NOT_READ, "ends in the middle of its tar archive")
            piece = self._held[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            use(piece)
