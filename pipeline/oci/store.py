"""Where the blobs of an image come from: a folder or a tar archive, read and never trusted."""

import gzip
import os
import posixpath
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

from pipeline.model.gap import GapReason
from pipeline.oci.errors import ImageError

MAX_UNPACKED: Final = 32 << 30
"""Bytes of one archive after decompression."""
MAX_MEMBERS: Final = 10_000
_CHUNK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"


class Store(Protocol):
    """Named files."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file, or raise ImageError: NOT_READ when it is not there."""

    def has(self, name: str) -> bool:
        """Say whether there is such a file."""


class FolderStore:
    """A layout on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, name: str) -> bool:
        """Say whether there is such a file."""
        return (self._folder / name).is_file()

    def open(self, name: str) -> IO[bytes]:
        """Open a regular file; a pipe or a device is refused before it can block."""
        return open_regular(self._folder / name, name)


class TarStore:
    """A tar archive whose links are followed only to members of the same archive."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members: dict[str, tarfile.TarInfo] = {}
        for member in archive:
            name = posixpath.normpath(member.name.lstrip("/"))
            if len(self._members) >= MAX_MEMBERS:
                raise ImageError(GapReason.LIMIT, f"the archive has over {MAX_MEMBERS} members")
            if name in self._members and not member.isdir():
                raise ImageError(GapReason.AMBIGUOUS_IMAGE, f"the archive holds {name} twice")
            self._members[name] = member

    def has(self, name: str) -> bool:
        """Say whether there is such a file."""
        return self._regular(name) is not None

    def open(self, name: str) -> IO[bytes]:
        """Open a member."""
        member = self._regular(name)
        stream = None if member is None else self._archive.extractfile(member)
        if stream is None:
            raise ImageError(GapReason.NOT_READ, f"{name} is missing from the archive")
        return stream

    def _regular(self, name: str) -> tarfile.TarInfo | None:
        """Find a file, through at most eight links (`docker save` links equal layers)."""
        for _ in range(8):
            member = self._members.get(name)
            if member is None or member.isreg():
                return member
            if member.issym():
                name = posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname))
            elif member.islnk():
                name = posixpath.normpath(member.linkname)
            else:
                return None
        return None


def open_regular(path: Path, name: str) -> IO[bytes]:
    """Open a regular file for reading, or raise ImageError that calls it `name`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        why = "is missing" if isinstance(exc, FileNotFoundError) else f"cannot be read: {exc}"
        raise ImageError(GapReason.NOT_READ, f"{name} {why}") from exc
    stream = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise ImageError(GapReason.NOT_READ, f"{name} is not a regular file")
    return stream


@contextmanager
def open_archive(path: Path, *, scratch: Path) -> Iterator[TarStore]:
    """Open a tar, gzipped or not; what gzip hides is written to `scratch` first."""
    try:
        with open_regular(path, path.name) as stream:
            packed = stream.read(2) == _GZIP
            stream.seek(0)
            plain = _unpacked(stream, scratch) if packed else stream
            with plain, tarfile.open(fileobj=plain, mode="r:") as archive:
                yield TarStore(archive)
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as exc:
        raise ImageError(GapReason.NOT_READ, f"{path.name} is no whole tar archive: {exc}") from exc
    finally:
        scratch.unlink(missing_ok=True)


def _unpacked(stream: IO[bytes], scratch: Path) -> IO[bytes]:
    total = 0
    with gzip.open(stream) as source, scratch.open("xb") as out:
        while chunk := source.read(_CHUNK):
            total += len(chunk)
            if total > MAX_UNPACKED:
                raise ImageError(GapReason.LIMIT, "the archive is too large when unpacked")
            out.write(chunk)
    return scratch.open("rb")
