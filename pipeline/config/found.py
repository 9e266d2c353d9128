"""Finds the configuration file that counts."""

import os
from pathlib import Path
from typing import Final

from pipeline.config.base import Base, repository_of
from pipeline.config.document import Document
from pipeline.config.toml import MAX_BYTES, line_of, read
from pipeline.errors import UsageError, Where

_OWN: Final = "penstock.toml"
NAMES: Final = (_OWN, "pyproject.toml")


class Found:
    """The configuration file that counts: its text, where it is, and what it says."""

    def __init__(self, name: str, data: bytes, home: Path, document: Document) -> None:
        self.name = name
        self.home = home
        self.document = document
        self._text = data.decode("utf-8", "replace")

    def origin(self, *keys: str) -> str:
        """Say which line of the file set something."""
        top = ("tool", "penstock") if self.name.endswith("pyproject.toml") else ()
        return f"{self.name}:{line_of(self._text, (*top, *keys))}"


def find(target: Path, base: Base | None) -> Found | None:
    """Find the nearest configuration from TARGET up to its git root.

    With a base commit the file is read there, so that a change cannot configure its own gate.
    Raises BaseError where the base has one that cannot be trusted, UsageError for one that a
    person can mend.
    """
    top = repository_of(target)
    for folder in (target, *target.parents):
        for name in NAMES:
            data = _bytes(folder / name, base, top or folder)
            if data is None:
                continue
            label = f"base:{base.commit[:12]}:{name}" if base else _short(folder / name)
            document = read(data, label)
            if document is not None:
                return Found(label, data, folder, document)
        if folder == top or top is None:
            return None
    return None


def _bytes(path: Path, base: Base | None, top: Path) -> bytes | None:
    if base is not None:
        return base.read(path.relative_to(base.repository).as_posix())
    try:
        if path.is_file() and path.resolve().is_relative_to(top):
            return _read(path)
        if path.name == _OWN and os.path.lexists(path):
            raise UsageError(
                f"{path} is no file of this repository",
                hint="put the file itself there",
                where=Where(_short(path)),
            )
    except OSError as exc:
        raise UsageError(
            f"cannot read {path}: {exc.strerror}",
            hint="check its permissions",
            where=Where(_short(path)),
        ) from exc
    return None


def _read(path: Path) -> bytes:
    """Read a file, and one that is too large just far enough to be refused."""
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _short(path: Path) -> str:
    """Name a file as people would type it from where they are."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("../..") else relative
