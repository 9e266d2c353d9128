"""A snapshot of OSV records on disk: only the records of the packages asked for are read.

Imported by `osv_audit.py`, whose interpreter has the standard library and `packaging` alone.
"""

import bisect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, Self

from pipeline.programs import osv_match
from pipeline.programs.osv_match import Json

RECORDS: Final = "records.ndjson"
INDEX: Final = "index.json"


class BrokenSnapshotError(ValueError):
    """The folder holds no snapshot that can be read."""


class Snapshot:
    """OSV records, found by package name and by id."""

    def __init__(self, folder: Path, extra: Json) -> None:
        """Open a snapshot; `extra` is one more record, served beside it."""
        self._stream: BinaryIO = (folder / RECORDS).open("rb")
        self._index = _index(folder)
        self._offsets = sorted({at for places in self._index.values() for at in places})
        self._extra = extra
        self._held: dict[str, list[Json]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def held(self, name: str) -> list[Json]:
        """Return every record that speaks of a package, by its canonical name."""
        if name not in self._held:
            records = [self._at(offset) for offset in self._index.get(name, ())]
            if name in osv_match.packages(self._extra):
                records.append(self._extra)
            self._held[name] = records
        return self._held[name]

    def query(self, name: str, version: str) -> list[Json]:
        """Return the records that affect this version of this package, sorted by id."""
        hits = [r for r in self.held(name) if osv_match.affects(r, name, version)]
        return sorted(hits, key=_id)

    def kin(self, name: str, found: list[Json]) -> list[Json]:
        """Return the package's records that share an alias with what was found, transitively.

        A record of another database may rate the same advisory and differ about the versions.
        """
        known = {i for record in found for i in osv_match.ids_of(record)}
        rest = [r for r in self.held(name) if not r.get("withdrawn") and r not in found]
        kin: list[Json] = []
        while more := [r for r in rest if osv_match.ids_of(r) & known]:
            kin.extend(more)
            known.update(i for record in more for i in osv_match.ids_of(record))
            rest = [r for r in rest if r not in more]
        return kin

    def withdrawn(self, name: str, version: str) -> list[Json]:
        """Return the withdrawn records of a version, sorted by id.

        Not those of a defect that another record of the package still stands for: what it says
        of the versions counts.
        """
        held = self.held(name)
        standing = {i for r in held if not r.get("withdrawn") for i in osv_match.ids_of(r)}
        gone = (r for r in held if r.get("withdrawn") and not osv_match.ids_of(r) & standing)
        return sorted((r for r in gone if osv_match.covers(r, name, version)), key=_id)

    def by_id(self, identifier: str) -> Json | None:
        """Find one record by its id; the file is sorted by it."""
        if identifier == _id(self._extra):
            return self._extra
        place = bisect.bisect_left(self._offsets, identifier, key=lambda at: _id(self._at(at)))
        if place == len(self._offsets):
            return None
        record = self._at(self._offsets[place])
        return record if _id(record) == identifier else None

    def _at(self, offset: int) -> Json:
        self._stream.seek(offset)
        return _record(self._stream.readline())


def _id(record: Json) -> str:
    return str(record["id"])


def _record(line: bytes) -> Json:
    record = json.loads(line)
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise BrokenSnapshotError(f"{RECORDS} holds a line that is no OSV record")
    return record


def _index(folder: Path) -> Mapping[str, list[int]]:
    """Read the index; a small snapshot made by hand may come without one."""
    path = folder / INDEX
    if not path.exists():
        return _indexed(folder)
    index = json.loads(path.read_bytes())
    if not isinstance(index, dict) or not isinstance(index.get("packages"), dict):
        raise BrokenSnapshotError(f"{INDEX} is not an index of OSV records")
    found: dict[str, list[int]] = index["packages"]
    return found


def _indexed(folder: Path) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for offset, record in _lines(folder / RECORDS):
        for name in osv_match.packages(record):
            found.setdefault(name, []).append(offset)
    return found


def _lines(path: Path) -> Iterator[tuple[int, Json]]:
    offset = 0
    with path.open("rb") as stream:
        for line in stream:
            yield offset, _record(line)
            offset += len(line)
