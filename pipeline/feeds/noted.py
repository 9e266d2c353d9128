"""A feed that is one file as its publisher wrote it, beside a note of what it is."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from pipeline.feeds.base import Order, broken, instant, missing
from pipeline.model.artifact import Feed, sha256_file

NOTE: Final = "metadata.json"
UNREADABLE: Final = (OSError, ValueError, EOFError, RecursionError, zlib.error)
"""Everything by which a file says that it is not what it should be; msgspec's errors among it."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says about itself, once all of it was read."""

    version: str
    updated: str
    records: int


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What Penstock notes about a file when it puts one in place."""

    schema: Literal["penstock/feed-snapshot@1"] = "penstock/feed-snapshot@1"
    name: str
    version: str
    updated: str
    before: str = ""
    """The version that it took the place of."""
    fetched: str
    excerpt: bool
    records: int
    sha256: str
    """`sha256:…` of the file."""
    attribution: str


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What tells one such feed from another."""

    name: str
    file: str
    attribution: str
    read: Callable[[Path], Said]
    """Reads the whole file. Raises one of UNREADABLE where anything in it is not in order."""


def opened(kind: Kind, path: Path) -> Feed:
    """Verify a snapshot: its digest, and that the file still says what was noted about it."""
    if not (path / NOTE).is_file():
        raise missing(kind.name, path)
    try:
        note = _verified(kind, path)
    except UNREADABLE as error:
        raise broken(kind.name, path, str(error)) from error
    return Feed(
        name=kind.name,
        path=str(path.resolve()),
        digest=note.sha256,
        updated=note.updated,
        excerpt=note.excerpt,
        records=note.records,
        version=note.version,
        before=note.before,
        fetched=note.fetched,
    )


def _verified(kind: Kind, path: Path) -> Note:
    note = msgspec.json.decode((path / NOTE).read_bytes(), type=Note)
    if note.name != kind.name:
        raise ValueError(f"it is a snapshot of {note.name!r}")
    if instant(note.fetched) is None:
        raise ValueError(f"it says that it was fetched at {note.fetched!r}")
    found = sha256_file(path / kind.file)
    if found != note.sha256:
        raise ValueError(f"its file is {found}, and should be {note.sha256}")
    said = kind.read(path / kind.file)
    noted = Said(version=note.version, updated=note.updated, records=note.records)
    if said != noted:
        raise ValueError(f"it is {_words(said)}, and noted as {_words(noted)}")
    return note


def _words(said: Said) -> str:
    return f"{said.version} of {said.updated} with {said.records} records"


def proven(kind: Kind, feed: Feed) -> Path:
    """Return the file of a feed that was opened. Raises ToolError where it is another by now."""
    path = Path(feed.path)
    try:
        found = sha256_file(path / kind.file)
    except OSError as error:
        raise broken(kind.name, path, str(error)) from error
    if found != feed.digest:
        raise broken(kind.name, path, f"it changed during the run, to {found}")
    return path / kind.file


def put(
    kind: Kind, folder: Path, data: bytes, order: Order, *, source: str = "", excerpt: bool = False
) -> None:
    """Write a file and its note. Raises ToolError for data that cannot be believed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / kind.file).write_bytes(data)
    try:
        said = kind.read(folder / kind.file)
    except UNREADABLE as error:
        raise broken(kind.name, source or folder, str(error)) from error
    note = Note(
        name=kind.name,
        version=said.version,
        updated=said.updated,
        before=order.before,
        fetched=utc(order.now),
        excerpt=excerpt,
        records=said.records,
        sha256=sha256_file(folder / kind.file),
        attribution=kind.attribution,
    )
    text = msgspec.json.format(msgspec.json.encode(note), indent=2)
    (folder / NOTE).write_bytes(text + b"\n")


def utc(when: datetime) -> str:
    """Write an instant in whole seconds of UTC."""
    return when.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def dated(text: str) -> str:
    """Return an instant as we write it. Raises ValueError for what is none."""
    when = instant(text)
    if when is None:
        raise ValueError(f"its date is none: {text!r}")
    return utc(when)
