"""Opens files that people name, without waiting for a pipe that nobody answers."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO


def read_some(path: Path, most: int) -> bytes:
    """Return a file's bytes: one more than it may have at the most, which its reader refuses.

    A pipe that somebody writes to is read to its end, any other one is empty. Raises OSError.
    """
    with open(path, "rb", opener=_at_once) as stream:
        os.set_blocking(stream.fileno(), True)
        return stream.read(most + 1)


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write a file, or a pipe that somebody reads. Raises OSError, also where nobody does."""
    stream: TextIO
    with open(path, "w", encoding="utf-8", opener=_at_once) as stream:
        os.set_blocking(stream.fileno(), True)
        stream.writelines(pieces)


def _at_once(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK, 0o666)
