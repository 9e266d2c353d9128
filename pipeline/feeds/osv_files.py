"""An OSV snapshot as a folder: records in one file, an index into it, and what vouches for both."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

import msgspec

from pipeline.model.artifact import sha256_file

SCHEMA: Final = "penstock/osv-snapshot@1"
METADATA: Final = "metadata.json"
RECORDS: Final = "records.ndjson"
INDEX: Final = "index.json"
ECOSYSTEM: Final = "PyPI"

LICENCE: Final = "CC-BY-4.0"
ATTRIBUTION: Final = (
    "Python Packaging Advisory Database, GitHub Advisory Database and the other sources of OSV, "
    "each under its own licence (CC BY 4.0 and others, see https://google.github.io/osv.dev/data/)"
)


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot says about itself."""

    schema: Literal["penstock/osv-snapshot@1"]
    ecosystems: tuple[str, ...]
    updated: str
    excerpt: bool
    records: int
    sha256: str
    """`sha256:…` of the records."""
    licence: str = ""
    attribution: str = ""


class _Package(msgspec.Struct, frozen=True):
    name: str = ""
    ecosystem: str = ""


class _Affected(msgspec.Struct, frozen=True):
    package: _Package | None = None


class Head(msgspec.Struct, frozen=True):
    """The fields of a record that the index is made of."""

    id: str
    modified: str
    affected: tuple[_Affected, ...] | None = ()

    def packages(self) -> frozenset[str]:
        """Return the canonical names of its packages."""
        from packaging.utils import canonicalize_name

        return frozenset(
            canonicalize_name(entry.package.name)
            for entry in self.affected or ()
            if entry.package is not None and entry.package.ecosystem == ECOSYSTEM
        )


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What is found by reading all records once."""

    records: int
    newest: str
    packages: dict[str, list[int]]
    """By package: where its records begin."""


def survey(path: Path) -> Contents:
    """Read every record; they must be sorted by id, each id once.

    Raises msgspec.DecodeError or ValueError where the file is not that.
    """
    packages: dict[str, list[int]] = {}
    count, newest, last, offset = 0, "", "", 0
    decoder = msgspec.json.Decoder(Head)
    with path.open("rb") as stream:
        for line in stream:
            head = decoder.decode(line)
            if head.id <= last:
                raise ValueError(f"the records are not sorted by id: {head.id} after {last}")
            for name in head.packages():
                packages.setdefault(name, []).append(offset)
            count, newest, last = count + 1, max(newest, head.modified), head.id
            offset += len(line)
    return Contents(records=count, newest=newest, packages=packages)


def write(folder: Path, records: Iterable[bytes], *, updated: str | None, excerpt: bool) -> None:
    """Write a snapshot of records that come sorted by id; without `updated`, the newest change."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / RECORDS).open("wb") as stream:
        for record in records:
            stream.write(record.strip() + b"\n")
    contents = survey(folder / RECORDS)
    metadata = Metadata(
        schema=SCHEMA,
        ecosystems=(ECOSYSTEM,),
        updated=updated or contents.newest,
        excerpt=excerpt,
        records=contents.records,
        sha256=sha256_file(folder / RECORDS),
        licence=LICENCE,
        attribution=ATTRIBUTION,
    )
    (folder / INDEX).write_bytes(index(contents))
    text = msgspec.json.format(msgspec.json.encode(metadata), indent=2)
    (folder / METADATA).write_bytes(text + b"\n")


def index(contents: Contents) -> bytes:
    """Write the index: equal records give equal bytes."""
    found = {"packages": dict(sorted(contents.packages.items()))}
    return msgspec.json.encode(found) + b"\n"
