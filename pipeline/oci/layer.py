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
_BOMB: Final = 1 << 30
_MAX_RATIO: Final = 200
"""How much longer a layer of over a gigabyte may be when unpacked: zeros give a thousand."""
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


def copy(
    source: IO[bytes], target: Path, *, gzipped: bool, limit: int, what: str, promised: str = ""
) -> Copied:
    """Copy a layer of at most `limit` packed bytes, hashing it both ways and reading its tar.

    Where it breaks off, the rest is hashed before anything is said: a layer that is another
    than `promised` is that first, and broken second.
    """
    layer = _Layer(source, limit, what)
    try:
        found = tuple(members(layer.unpacked(target, gzipped=gzipped), what))
    except ImageError as error:
        if error.reason is GapReason.NOT_READ and promised and layer.rest() != promised:
            _fail(GapReason.DIGEST_MISMATCH, what, f"should have digest {promised}, and has not")
        raise
    return Copied(
        digest=layer.digest,
        diff_id=f"sha256:{layer.plain.hexdigest()}",
        size=layer.size,
        members=found,
    )


def unpacked(blob: Path, what: str) -> Iterator[bytes]:
    """Read a layer again that was copied: what is gzip is known by now."""
    with blob.open("rb") as stream:
        gzipped = stream.read(len(_MAGIC)) == _MAGIC
        stream.seek(0)
        chunks = iter(lambda: stream.read(_CHUNK), b"")
        yield from _inflate(chunks, what) if gzipped else chunks


class _Layer:
    """A layer on its way through: what was read so far, packed and unpacked."""

    def __init__(self, source: IO[bytes], limit: int, what: str) -> None:
        self._source = source
        self._limit = limit
        self._what = what
        self._packed = hashlib.sha256()
        self.plain = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        """Digest of the packed bytes read so far."""
        return f"sha256:{self._packed.hexdigest()}"

    def rest(self) -> str:
        """Read to the end without copying, and return the digest of the whole."""
        while chunk := self._source.read(_CHUNK):
            self._packed.update(chunk)
        return self.digest

    def unpacked(self, target: Path, *, gzipped: bool) -> Iterator[bytes]:
        """Yield the unpacked bytes while the packed ones are copied to `target`."""
        total = 0
        unpack = _inflate if gzipped else _not_gzip
        for chunk in unpack(self._copied(target), self._what):
            total += len(chunk)
            if total > MAX_UNPACKED:
                _fail(GapReason.LIMIT, self._what, f"unpacks to over {MAX_UNPACKED >> 30} GiB")
            if total > _BOMB and total > self.size * _MAX_RATIO:
                _fail(GapReason.LIMIT, self._what, f"unpacks to over {_MAX_RATIO} times its size")
            self.plain.update(chunk)
            yield chunk

    def _copied(self, target: Path) -> Iterator[bytes]:
        with target.open("wb") as out:
            while chunk := self._source.read(_CHUNK):
                self.size += len(chunk)
                self._packed.update(chunk)
                if self.size > self._limit:
                    said = f"is longer than the {self._limit} bytes that are due"
                    _fail(GapReason.DIGEST_MISMATCH, self._what, said)
                out.write(chunk)
                yield chunk


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
