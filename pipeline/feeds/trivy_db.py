"""Trivy's vulnerability database, as a folder that Trivy takes for its cache."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from pipeline.feeds import bodies
from pipeline.feeds.base import Order, broken, instant, missing
from pipeline.model.artifact import Feed, sha256_file
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

NAME: Final = "trivy_db"
SOURCE: Final = "ghcr.io/aquasecurity/trivy-db:2"

SCHEMA: Final = "penstock/trivy-db@1"
NOTE: Final = "penstock.json"
DATABASE: Final = "db/trivy.db"
METADATA: Final = "db/metadata.json"
VERSION: Final = 2
_KNOWN: Final = frozenset({"db", NOTE})
_IN_DB: Final = frozenset({"trivy.db", "metadata.json"})


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What Penstock notes about a database when it puts one in place."""

    schema: Literal["penstock/trivy-db@1"]
    sha256: str
    """`sha256:…` of the database."""
    updated: str
    excerpt: bool
    records: int


class Metadata(msgspec.Struct, frozen=True):
    """What Trivy itself notes about it."""

    version: int = msgspec.field(name="Version")
    updated: str = msgspec.field(name="UpdatedAt")


def open(path: Path) -> Feed:  # noqa: A001 -- the word of the protocol
    """Verify a database: its digest, its dates, and that Trivy will take it for one."""
    if not (path / DATABASE).is_file() and not (path / NOTE).is_file():
        raise missing(NAME, path)
    try:
        note = _verified(path)
    except (OSError, ValueError, RecursionError) as error:
        raise broken(NAME, path, str(error)) from error
    return Feed(
        name=NAME,
        path=str(path.resolve()),
        digest=note.sha256,
        updated=note.updated,
        excerpt=note.excerpt,
        records=note.records,
    )


def _verified(path: Path) -> Note:
    _refuse_more(path)
    note = msgspec.json.decode((path / NOTE).read_bytes(), type=Note)
    metadata = msgspec.json.decode((path / METADATA).read_bytes(), type=Metadata)
    if metadata.version != VERSION:
        raise ValueError(f"its schema is {metadata.version}, and Trivy reads {VERSION}")
    if instant(note.updated) is None:
        raise ValueError(f"its date is none: {note.updated!r}")
    # Trivy's own date must agree, or a stale database could be noted as a new one.
    if instant(note.updated) != instant(metadata.updated):
        raise ValueError(f"it is of {metadata.updated}, and noted as of {note.updated}")
    found = sha256_file(path / DATABASE)
    if found != note.sha256:
        raise ValueError(f"it is {found}, and should be {note.sha256}")
    return note


def _refuse_more(path: Path) -> None:
    """Raise ValueError for what is neither the database nor about it.

    Trivy takes this folder for its cache: checks, a Java database or results of earlier scans
    beside the database would be believed, and no digest is over them.
    """
    for folder, known in ((path, _KNOWN), ((path / DATABASE).parent, _IN_DB)):
        for name in sorted({one.name for one in folder.iterdir()} - known):
            raise ValueError(f"it holds {name!a}, which is no part of it and which Trivy may read")


def note(folder: Path, *, excerpt: bool, records: int) -> None:
    """Write down what a database is, where it is and as it is."""
    metadata = msgspec.json.decode((folder / METADATA).read_bytes(), type=Metadata)
    said = Note(
        schema=SCHEMA,
        sha256=sha256_file(folder / DATABASE),
        updated=metadata.updated,
        excerpt=excerpt,
        records=records,
    )
    text = msgspec.json.format(msgspec.json.encode(said), indent=2)
    (folder / NOTE).write_bytes(text + b"\n")


def sync(folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> Feed:
    """Fetch the database as the artefact of a registry, every byte checked by its digest."""
    from pipeline.feeds import trivy_artifact

    packed = bodies.place(order, folder, "db.tar.gz.part")
    trivy_artifact.fetch(order.mirror or SOURCE, folder, packed, http=http, watcher=watcher)
    records = trivy_artifact.count(folder / DATABASE)
    try:
        note(folder, excerpt=False, records=records)
    except (ValueError, RecursionError) as error:
        raise broken(NAME, folder, str(error)) from error
    return open(folder)
