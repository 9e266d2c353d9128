"""What comes into a bundle after its run: statements, signatures, the journal of signing."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import PenstockError


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes out, until this one ends in whatever way. Raises PenstockError."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise PenstockError(f"{folder} cannot be opened: {error.strerror or error}") from error
    try:
        # Not every file system can lock. Two signers there write whole files, and compare the
        # registry's list: at worst a signature of one is refused to the other at its next --resume.
        with contextlib.suppress(OSError):
            _locked(handle, folder)
        yield
    finally:
        os.close(handle)


def _locked(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise PenstockError(
            f"another process is signing {folder}",
            hint="wait until it has ended; what is missing then is done by --resume",
        ) from error


def put(path: Path, data: bytes) -> None:
    """Write a file whole and onto the disk, or leave what was there. Raises PenstockError."""
    try:
        if path.parent.is_symlink() or path.is_symlink():
            raise PenstockError(f"{path} leads out of the bundle", hint="put no links there")
        path.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        try:
            with open(handle, "wb") as stream:  # noqa: PTH123 -- a descriptor has no path
                stream.write(data)
                stream.flush()
                os.fsync(handle)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as error:
        raise PenstockError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="nothing that was there has been changed; free some space or check the folder",
        ) from error


def take(path: Path, *, limit: int) -> bytes | None:
    """Read such a file; None where there is none. Raises PenstockError for what is no file."""
    if not path.exists() and not path.is_symlink():
        return None
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > limit:
            raise PenstockError(f"{path} is no file of up to {limit} bytes", hint="look at it")
        return path.read_bytes()
    except OSError as error:
        raise PenstockError(f"{path} cannot be read: {error.strerror or error}") from error
