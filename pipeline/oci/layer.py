"""A layer, hashed packed and unpacked while it is copied: what is scanned is what was verified."""

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NoReturn

import msgspec

from pipeline.model.gap import GapReason
from pipeline.oci.errors import ImageError
from pipeline.oci.tar import Member, members

MAX_UNPACKED: Final = 32 << 30
"""Bytes of one layer when unpacked."""
_CHUNK: Final = 1 << 18
_MAGIC: Final = b"\x1f\x8b"
GZIPPED: Final = frozenset({
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
})  # fmt: skip
PLAIN: Final = frozenset({
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar",
})  # fmt: skip


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer turned out to be."""

    digest: str
    diff_id: str
    size: int
    members: tuple[Member, ...]
    """The few entries that say which system this is, in their order."""


def copy(source: IO[bytes], target: Path, *, gzipped: bool, limit: int, what: str) -> Copied:
    """Copy a layer of at most `limit` packed bytes, hashing it both ways and reading its tar."""
    packed, plain = hashlib.sha256(), hashlib.sha256()
    size = 0

    def chunks() -> Iterator[bytes]:
        nonlocal size
        with target.open("wb") as out:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    _fail(GapReason.DIGEST_MISMATCH, what, f"is longer than {limit} bytes")
                packed.update(chunk)
                out.write(chunk)
                yield chunk

    def unpacked() -> Iterator[bytes]:
        total = 0
        for chunk in _inflate(chunks(), what) if gzipped else _not_gzip(chunks(), what):
            total += len(chunk)
            if total > MAX_UNPACKED:
                _fail(GapReason.LIMIT, what, f"unpacks to over {MAX_UNPACKED >> 30} GiB")
            plain.update(chunk)
            yield chunk

    found = tuple(members(unpacked(), what))
    return Copied(
        digest=f"sha256:{packed.hexdigest()}",
        diff_id=f"sha256:{plain.hexdigest()}",
        size=size,
        members=found,
    )


def _not_gzip(chunks: Iterator[bytes], what: str) -> Iterator[bytes]:
    """Refuse what a scanner would unpack although its media type says it is plain."""
    first = True
    for chunk in chunks:
        if first and chunk.startswith(_MAGIC):
            _fail(GapReason.UNSUPPORTED, what, "is gzipped, and its media type says it is not")
        first = False
        yield chunk


def _inflate(chunks: Iterator[bytes], what: str) -> Iterator[bytes]:
    """Unpack gzip of one or several members, in pieces of bounded size."""
    engine = zlib.decompressobj(wbits=31)
    begun = False
    for chunk in chunks:
        rest = chunk
        while rest:
            if engine.eof:
                if not rest.strip(b"\0"):
                    break
                engine, begun = zlib.decompressobj(wbits=31), False
            begun = True
            try:
                plain = engine.decompress(rest, _CHUNK)
            except zlib.error as exc:
                _fail(GapReason.NOT_READ, what, f"is not gzip as its media type says: {exc}")
            if plain:
                yield plain
            rest = engine.unused_data if engine.eof else engine.unconsumed_tail
    if not begun or not engine.eof:
        _fail(GapReason.NOT_READ, what, "ends before its gzip stream does")


def _fail(reason: GapReason, what: str, text: str) -> NoReturn:
    raise ImageError(reason, f"{what} {text}")
