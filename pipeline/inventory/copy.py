"""Copies what is listed into a private tree, neutralised, and hashes the original on the way."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.inventory import escaped, languages, names
from pipeline.inventory.neutralise import neutralise, readable
from pipeline.inventory.respelt import respelt
from pipeline.model.gap import GapReason
from pipeline.model.inventory import SourceFile, Stamp, Suppression, Unread

LARGEST: Final = 200 << 20
"""Bytes of a file that is still copied."""
PIECE: Final = 8 << 20
_SEARCHED: Final = 16 << 20
"""Bytes of a binary file in which secrets are looked for: it may be a text that only looks so."""
_SNIFFED: Final = 8 << 10
_POINTERS: Final = {b"version https://git-lfs.github.com/spec/": "lfs", b"/annex/objects/": "annex"}
_POINTER_SIZE: Final = 1024
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the private tree."""

    file: SourceFile
    suppressions: tuple[Suppression, ...]
    head: bytes
    """Its first 8 MiB as they were, and all that is needed to tell what it is: mostly all of it."""
    stamp: Stamp


class Copier:
    """Copies files one by one, and makes each folder once."""

    def __init__(self, root: Path, destination: Path) -> None:
        # Strings: joining paths by pathlib would cost as much as hashing the files.
        self._root = f"{root}/"
        self._destination = f"{destination}/"
        self._made: set[str] = {""}
        self._straight: dict[str, bool] = {"": True}

    def copy(self, source: str, link: str | None = None) -> Copied | Unread:
        """Copy a listed file, under its own name or under that of a link to it."""
        name = names.copied(link or source)
        language = languages.by_name(link or source)
        try:
            if not self._is_straight(source.rpartition("/")[0]):
                return unread(name, GapReason.LINK_OUTSIDE, "lies below a link", language)
            with os.fdopen(os.open(self._root + source, _READ), "rb", buffering=0) as stream:
                status = os.fstat(stream.fileno())
                refusal = _refusal(status)
                if refusal:
                    return unread(name, GapReason.NOT_READ, refusal, language)
                stamp = stamp_of(name, source, status)
                return self._read(_pieces(stream, status.st_size), stamp, language)
        except OSError as exc:
            return unread(name, GapReason.NOT_READ, f"cannot be read: {exc.strerror}", language)

    def read(self, name: str) -> bytes:
        """Return what was copied under a name."""
        return Path(self._destination, name).read_bytes()

    def _read(self, pieces: Iterator[bytes], stamp: Stamp, language: str | None) -> Copied | Unread:
        head, name = next(pieces, b""), stamp.path
        if kind := _pointer(head):
            detail = f"a git-{kind} pointer: the file itself is not here"
            return unread(name, GapReason.LFS_POINTER, detail, language)
        script = languages.of_script(language, head)
        spoken = script or language
        if spoken in escaped.LANGUAGES:
            head = b"".join((head, *pieces))
            if told := escaped.hidden(spoken, head):
                return unread(name, GapReason.NOT_READ, told, spoken)
        elif spoken is None:
            head = _begun(head, pieces)
        # semgrep looks at the first line of a file only where it may be run.
        with self._written(name, 0o600 if script is None else 0o700) as copy:
            if copy is None:
                return unread(name, GapReason.NOT_READ, "its name is too long to copy", language)
            spoken = spoken or languages.by_instructions(name, head)
            return _stream(head, pieces, copy, stamp, spoken)

    def _written(self, name: str, mode: int) -> "_Writer":
        folder = name.rpartition("/")[0]
        if folder not in self._made:
            self._made.add(folder)
            _make(Path(self._destination, folder))
        return _Writer(self._destination + name, mode)

    def _is_straight(self, folder: str) -> bool:
        """Say whether no part of a folder's path is a link."""
        if folder not in self._straight:
            path = self._root + folder
            self._straight[folder] = os.path.realpath(path) == path
        return self._straight[folder]


class _Writer:
    """A file of the copy. That it cannot be written is our failure, not the file's."""

    def __init__(self, path: str, mode: int) -> None:
        self._path = path
        self._mode = mode
        self._descriptor = -1

    def __enter__(self) -> "_Writer | None":
        try:
            self._descriptor = os.open(self._path, _WRITE, self._mode)
        except OSError as exc:
            if exc.errno in (errno.ENAMETOOLONG, errno.ENOENT):
                return None
            raise _unwritable(Path(self._path), exc) from exc
        return self

    def write(self, data: bytes) -> None:
        """Write all of it."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as exc:
            raise _unwritable(Path(self._path), exc) from exc

    def begin(self, data: bytes) -> None:
        """Write these bytes over as many at the beginning."""
        try:
            os.pwrite(self._descriptor, data, 0)
        except OSError as exc:
            raise _unwritable(Path(self._path), exc) from exc

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._descriptor < 0:
            return
        os.close(self._descriptor)
        if kind is not None:
            os.unlink(self._path)  # noqa: PTH108 -- a string, as above


def unread(path: str, reason: GapReason, detail: str, language: str | None) -> Unread:
    """Say why a listed file is not in the copy."""
    return Unread(path=path, reason=reason, detail=detail, language=language)


def stamp_of(path: str, place: str, status: os.stat_result) -> Stamp:
    """Note by what a later look at a file tells whether it is the same."""
    return Stamp(
        path=path,
        place=os.fsencode(place),
        modified=status.st_mtime_ns,
        size=status.st_size,
        number=status.st_ino,
    )


def _stream(
    head: bytes, pieces: Iterator[bytes], copy: _Writer, stamp: Stamp, language: str | None
) -> Copied:
    digest, size, lines = hashlib.sha256(), 0, 0
    binary = b"\0" in head[:_SNIFFED]
    suppressions: list[Suppression] = []
    piece, beginning = head, b""
    while piece:
        digest.update(piece)
        binary = binary or not _is_text(piece)
        neutral = neutralise(piece if size else respelt(language, piece))
        beginning = beginning or neutral.data[:_SNIFFED]
        copy.write(neutral.data)
        suppressions.extend(
            Suppression(path=stamp.path, line=lines + line, marker=marker)
            for line, marker in neutral.found
        )
        size += len(piece)
        piece = next(pieces, b"")
        lines += neutral.data.count(b"\n") if piece else 0
    if binary and stamp.size <= _SEARCHED:  # which the last piece may have told
        copy.begin(readable(beginning))
    file = SourceFile(
        path=stamp.path, size=size, language=language, binary=binary, sha256=digest.hexdigest()
    )
    return Copied(file=file, suppressions=tuple(suppressions), head=head, stamp=stamp)


def _pieces(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Read a file in pieces that end where a line ends; most files are one."""
    carried: list[bytes] = []
    step = min(size + 1, PIECE)
    block = stream.read(step)
    while block:
        following = stream.read(step)
        cut = block.rfind(b"\n") + 1 if following else len(block)
        if cut:
            yield b"".join((*carried, block[:cut]))
            carried.clear()
        carried.append(block[cut:])
        block = following


def _pointer(head: bytes) -> str:
    """Say which program keeps the file elsewhere; empty where it is here."""
    if len(head) > _POINTER_SIZE:
        return ""
    return next((by for mark, by in _POINTERS.items() if head.startswith(mark)), "")


def _begun(head: bytes, pieces: Iterator[bytes]) -> bytes:
    """Read on behind comments, however long: what a file is may stand below them."""
    read = [head]
    while languages.is_untold(read[-1]) and (piece := next(pieces, b"")):
        read.append(piece)
    return b"".join(read)


def _is_text(piece: bytes) -> bool:
    if piece.isascii():
        return True
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refusal(status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size > LARGEST:
        return f"larger than {LARGEST >> 20} MiB"
    return ""


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        if exc.errno != errno.ENAMETOOLONG:
            raise _unwritable(folder, exc) from exc


def _unwritable(path: Path, error: OSError) -> PenstockError:
    return PenstockError(
        f"the private copy of the source cannot be written: {error.strerror}: {path.name}",
        hint="free some space, or let TMPDIR name a folder on a larger disk",
    )
