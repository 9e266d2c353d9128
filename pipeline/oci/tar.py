"""A reader of tar streams that keeps almost nothing in memory.

The standard library's reads extended headers of any size into memory, and a layer is written by
whoever made the image.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NoReturn

import msgspec

from pipeline.model.gap import GapReason
from pipeline.oci import kept, locks, places, programs
from pipeline.oci.errors import ImageError

_BLOCK: Final = 512
_MAX_HEADER: Final = 1 << 20
_MAX_KEPT: Final = 64 << 20
_MAX_READ: Final = 128 << 20
"""Of one file, of which less is kept."""
_MAX_MEMBERS: Final = 5_000_000
_MAX_NOTED: Final = 200_000
"""Entries of one layer that matter."""
_REGULAR: Final = b"0\0"
_LINKS: Final = b"12"
_KINDS: Final = b"0123456\0"
"""Files, links, devices, folders, pipes. Any other is a file to one reader, nothing to another."""
_PAX_SPARSE: Final = "GNU.sparse."
_NOTHING_HIDDEN: Final = frozenset(places.WHITEOUT + name for name in ("", ".", ".."))


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a layer that matters to the question which system this is."""

    path: str
    """Relative, without `./`."""
    data: bytes | None
    """None for what is neither regular file nor folder, and for a whiteout. Empty for a file
    whose being there is all that matters."""
    link: str | None = None
    """Where a link leads, from the root of the image."""


class _Header(msgspec.Struct, frozen=True):
    name: str
    link: str
    size: int
    kind: bytes


def members(chunks: Iterator[bytes], what: str) -> Iterator[Member]:
    """Read a tar to its last byte and yield what is wanted; ImageError when it is broken."""
    reader = _Reader(chunks, what)
    held = noted = 0
    for header, path in _entries(reader):
        member = _member(reader, header, path)
        if member is not None:
            held += len(member.data or b"")
            noted += 1
            if held > _MAX_KEPT:
                reader.fail(GapReason.LIMIT, "has a package database that is too large")
            if noted > _MAX_NOTED:
                reader.fail(GapReason.LIMIT, f"describes over {_MAX_NOTED} packages")
            yield member
    reader.drain()


def pour(
    chunks: Iterator[bytes], what: str, take: Callable[[str, int], Callable[[bytes], None] | None]
) -> None:
    """Give each regular file's content, piece by piece, to what `take` returns for its path."""
    reader = _Reader(chunks, what)
    for header, path in _entries(reader):
        size = header.size if header.kind in _REGULAR else 0
        reader.pour(size, take(path, size) if size else None)


def _entries(reader: "_Reader") -> Iterator[tuple[_Header, str]]:
    """Yield each entry with its path; what extends the next one's header is read on the way."""
    long: dict[bytes, str] = {}
    extended: dict[str, str] = {}
    for _ in range(_MAX_MEMBERS):
        header = _header(reader)
        if header is None:
            return
        if header.kind in b"LKxg":
            data = reader.take(header.size, _MAX_HEADER)
            if header.kind == b"x":
                extended = _pax(data)
            elif header.kind != b"g":
                long[header.kind] = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
            continue
        size = extended.get("size", "")
        header = msgspec.structs.replace(
            header,
            name=extended.get("path") or long.get(b"L") or header.name,
            link=extended.get("linkpath") or long.get(b"K") or header.link,
            size=int(size) if size.isdecimal() else header.size,
        )
        path = _clean(header.name)
        _require_plain(reader, header, path, extended)
        yield header, path
        long, extended = {}, {}
    reader.fail(GapReason.LIMIT, "has too many entries")


def _require_plain(
    reader: "_Reader", header: _Header, path: str, extended: Mapping[str, str]
) -> None:
    """Refuse what a scanner and whoever unpacks the layer may understand in two ways."""
    if header.kind not in _KINDS or any(key.startswith(_PAX_SPARSE) for key in extended):
        reader.fail(GapReason.UNSUPPORTED, f"has an entry of an unusual type: {path[:120]!r}")
    parts = path.split("/")
    if ".." in parts or parts[-1] in _NOTHING_HIDDEN:
        reader.fail(
            GapReason.UNSUPPORTED, f"has an entry that leads out of its folder: {path[:120]!r}"
        )


def _member(reader: "_Reader", header: _Header, path: str) -> Member | None:
    """Read or skip one entry's content."""
    regular = header.kind in _REGULAR
    if regular and places.is_read(path):
        data = reader.take(header.size, _MAX_READ)
        return Member(path=path, data=kept.cut(path, data))
    if (regular or header.kind in _LINKS) and locks.ecosystem(path):
        return Member(path=path, data=_lock(reader, header, path))
    head = reader.head(header.size if regular else 0, programs.BEGINNING)
    if regular and (noted := _noted(path, head)) is not None:
        return Member(path=path, data=noted)
    if header.kind in _LINKS and places.may_describe(path):
        return Member(path=path, data=None, link=_target(header, path))
    if header.kind == b"5" or not places.hides(path):
        return None
    return Member(path=path, data=None)


def _noted(path: str, head: bytes) -> bytes | None:
    """Return what stands for a file whose being there matters; None for any other."""
    if programs.is_of_go(head) and places.may_be_of_go(path):
        return programs.OF_GO
    program = programs.is_program(head) and places.may_be_program(path)
    listed = places.is_elsewhere(path) and head != b""
    return b"" if program or listed or places.is_description(path) else None


def _lock(reader: "_Reader", header: _Header, path: str) -> bytes:
    if header.kind in _LINKS:
        return locks.THERE  # what it leads to may have any name
    size = header.size
    if size <= locks.MAX_READ and locks.is_read(path):
        return locks.cut(reader.take(size, size))
    reader.head(size, 0)
    return locks.THERE if size else locks.EMPTY


def _target(header: _Header, path: str) -> str:
    """Say where a link leads from the root; a hard link's target is written so already."""
    folder = "" if header.kind == b"1" else posixpath.dirname(path)
    return posixpath.normpath(posixpath.join("/", folder, header.link)).lstrip("/")


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
        block[157:257].partition(b"\0")[0].decode("utf-8", "surrogateescape"),
        _number(reader, block[124:136]),
        b"5" if kind == b"\0" and name.endswith(b"/") else kind,
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
        self._skip(-size % _BLOCK)
        return data

    def head(self, size: int, most: int) -> bytes:
        """Return how an entry's content begins, and pass over the rest and what pads it."""
        begun = self.exactly(min(size, most))
        self._skip(size + -size % _BLOCK - len(begun))
        return begun

    def drain(self) -> None:
        """Read the rest: it is part of what is hashed."""
        for _ in self._chunks:
            pass

    def fail(self, reason: GapReason, text: str) -> NoReturn:
        """Give up on this layer."""
        raise ImageError(reason, f"{self._what} {text}")

    def pour(self, size: int, use: Callable[[bytes], None] | None) -> None:
        """Hand an entry's content on, and pass over what pads it."""
        if use is not None:
            self._consume(size, use)
        self._skip(-size % _BLOCK if use else size + -size % _BLOCK)

    def _skip(self, size: int) -> None:
        self._consume(size, lambda _: None)

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
