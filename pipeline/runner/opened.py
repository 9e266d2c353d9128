"""Opens a report that was made elsewhere: a file, or what comes out of a pipe."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from pipeline.imports.base import NotReadError
from pipeline.model.imported import ImportedFile
from pipeline.model.record import readable
from pipeline.runner.spool import no_room

STDIN: Final = "-"
_PIECE: Final = 1 << 20


@contextmanager
def opened(name: str, most: int) -> Iterator[IO[bytes]]:
    """Open a file, or keep what comes out of a pipe in one that has no name."""
    with open(_descriptor(name), "rb") as stream:
        begun = os.fstat(stream.fileno())
        if name != STDIN and not (stat.S_ISREG(begun.st_mode) or stat.S_ISFIFO(begun.st_mode)):
            raise NotReadError("it is no file and no pipe", hint="name the report itself")
        if stat.S_ISREG(begun.st_mode):
            _refuse_more(begun.st_size, most)
            stream.seek(0)
            yield stream
            ended = os.fstat(stream.fileno())
            if (begun.st_size, begun.st_mtime_ns) != (ended.st_size, ended.st_mtime_ns):
                raise NotReadError("it was written to while it was read", hint="import it again")
            return
        with tempfile.TemporaryFile(prefix="penstock-") as kept:
            _keep(stream, kept, most)
            kept.seek(0)
            yield kept


def _descriptor(name: str) -> int:
    """Open a report. A pipe into which nobody writes is empty: nobody waits for it."""
    if name == STDIN:
        return os.dup(0)
    number = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    os.set_blocking(number, True)
    return number


def _keep(stream: IO[bytes], kept: IO[bytes], most: int) -> None:
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        _refuse_more(size, most)
        try:
            kept.write(piece)
            kept.flush()
        except OSError as exc:
            raise no_room(Path(tempfile.gettempdir()), exc) from exc


def _refuse_more(size: int, most: int) -> None:
    if size > most:
        raise NotReadError(
            f"it is larger than {most >> 20} MiB",
            hint="evidence.limits.max_report_mb is the limit; beyond it nothing is read",
        )


def described(name: str, stream: IO[bytes], form: str) -> ImportedFile:
    """Say which bytes were read."""
    stream.seek(0)
    digest = hashlib.sha256()
    while piece := stream.read(_PIECE):
        digest.update(piece)
    return ImportedFile(
        name=readable(name),
        format=form,
        sha256=f"sha256:{digest.hexdigest()}",
        size=stream.tell(),
    )
