"""Puts files where people's work stands: whole or not at all, and over nothing of theirs."""

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError, UsageError, Where

_MAX: Final = 64 << 20
_MODE: Final = 0o644
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS})
"""What a file system says that has no hard links."""


class TakenError(PenstockError):
    """Somebody else has just written a file of this name."""


class ChangedError(PenstockError):
    """A file is not what it was when it was shown."""


def read(path: Path) -> bytes:
    """Return a regular file's bytes. Raises UsageError for a link and for what is no file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as exc:
        what = "it is a link" if exc.errno == errno.ELOOP else exc.strerror or "it is no file"
        raise _unreadable(path, what) from exc
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _unreadable(path, "it is no regular file")
    with open(handle, "rb") as stream:  # noqa: PTH123 -- a descriptor has no path
        data = stream.read(_MAX + 1)
    if len(data) > _MAX:
        raise _unreadable(path, f"it has more than {_MAX} bytes")
    return data


def _unreadable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} cannot be read: {why}",
        hint="put a regular file there, no link and no folder",
        where=Where(str(path)),
    )


def folder(path: Path) -> None:
    """Make a folder where there is none. Raises UsageError where it cannot be written to."""
    if path.is_symlink():
        raise UsageError(
            f"{path} is a link; nothing is written through it", hint="put the folder itself there"
        )
    try:
        path.mkdir(exist_ok=True)
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be made: {exc.strerror}", hint="name another folder with --out"
        ) from exc


def create(path: Path, data: bytes) -> None:
    """Write a new file. Raises TakenError where that name is taken, be it by a dangling link."""
    try:
        fresh = _beside(path, data, _MODE)
        try:
            _settle(fresh, path, data)
        finally:
            fresh.unlink(missing_ok=True)
    except FileExistsError as exc:
        raise TakenError(f"{path} is already there", hint="it is left as it is") from exc
    except OSError as exc:
        raise _refused(path, exc) from exc


def _settle(fresh: Path, path: Path, data: bytes) -> None:
    try:
        os.link(fresh, path, follow_symlinks=False)
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        with path.open("xb") as stream:
            try:
                stream.write(data)
                stream.flush()
            except OSError:
                path.unlink(missing_ok=True)  # ours: it was not there a moment ago
                raise


def replace(path: Path, data: bytes, *, shown: bytes) -> None:
    """Write over a file that still is what it was when it was shown. Raises ChangedError."""
    if read(path) != shown:
        raise _changed(path)
    try:
        fresh = _beside(path, data, stat.S_IMODE(path.stat().st_mode))
        try:
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as exc:
        raise _refused(path, exc) from exc


def remove(path: Path, *, shown: bytes) -> None:
    """Remove a file that still is what it was when it was shown. Raises ChangedError."""
    if read(path) != shown:
        raise _changed(path)
    try:
        path.unlink()
    except OSError as exc:
        raise PenstockError(
            f"{path} cannot be removed: {exc.strerror}", hint="check the permissions of its folder"
        ) from exc


def _beside(path: Path, data: bytes, mode: int) -> Path:
    """Write a hidden file into the same folder, whole and on the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with open(handle, "wb") as stream:  # noqa: PTH123 -- a descriptor has no path
            stream.write(data)
            stream.flush()
            os.fsync(handle)
        Path(name).chmod(mode)
    except OSError:
        # Why it failed is what is told; a hidden draft that stays is nobody's work.
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return Path(name)


def _changed(path: Path) -> ChangedError:
    return ChangedError(
        f"{path} has changed since it was read", hint="nothing was written; look at it again"
    )


def _refused(path: Path, exc: OSError) -> PenstockError:
    return PenstockError(
        f"{path} cannot be written: {exc.strerror or exc}",
        hint="nothing that was there has been changed",
    )
