"""The advisories that the examples stand on, and the feeds that are made from them."""

import gzip
import hashlib
import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from examples.support import osv, trivy_db
from examples.support.trivy_db import Detail, Source

FOLDER: Final = Path(__file__).parents[1] / "feeds-source"


class _Part(msgspec.Struct, frozen=True):
    file: str
    sha256: str
    attribution: str


class _Metadata(msgspec.Struct, frozen=True):
    updated: datetime
    licence: str
    sources: list[_Part]


class _Synthetic(msgspec.Struct, frozen=True):
    source: list[Source]
    details: dict[str, Detail]


class Advisories(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in feeds-source, checked against its digests."""

    records: tuple[bytes, ...]
    """OSV records as their files have them, sorted by id."""
    synthetic: tuple[Source, ...]
    details: dict[str, Detail]
    """Of the synthetic ones."""
    updated: datetime
    licence: str
    attribution: str


def read() -> Advisories:
    """Read all sources, refusing a file that is not the one the metadata speaks of."""
    content = (FOLDER / "metadata.json").read_bytes()
    metadata = msgspec.json.decode(content, type=_Metadata)
    written = tomllib.loads((FOLDER / "synthetic.toml").read_text())
    synthetic = msgspec.convert(written, type=_Synthetic)
    lines = [line for part in metadata.sources for line in _unpacked(part).splitlines()]
    return Advisories(
        records=tuple(sorted(lines, key=lambda line: str(json.loads(line)["id"]))),
        synthetic=tuple(synthetic.source),
        details=synthetic.details,
        updated=metadata.updated,
        licence=metadata.licence,
        attribution=" ".join(part.attribution for part in metadata.sources),
    )


def write_osv(folder: Path, advisories: Advisories) -> None:
    """Write an OSV snapshot as `penstock feeds sync` lays it out, marked as an excerpt."""
    folder.mkdir(parents=True, exist_ok=True)
    content = b"".join(line + b"\n" for line in advisories.records)
    (folder / "records.ndjson").write_bytes(content)
    metadata = {
        "schema": "penstock/osv-snapshot@1",
        "ecosystems": ["PyPI"],
        "updated": _moment(advisories.updated),
        "excerpt": True,
        "records": len(advisories.records),
        "sha256": digest(content),
        "licence": advisories.licence,
        "attribution": advisories.attribution,
    }
    _write_json(folder / "metadata.json", metadata)


def write_trivy(folder: Path, advisories: Advisories) -> None:
    """Write a Trivy database of the same records and the synthetic ones, marked as an excerpt."""
    python, details = osv.convert(advisories.records)
    sources = (python, *advisories.synthetic)
    known = details | advisories.details
    database = trivy_db.write(folder, sources, known, updated=advisories.updated)
    metadata = {
        "schema": "penstock/trivy-db@1",
        "sha256": digest(database.read_bytes()),
        "updated": _moment(advisories.updated),
        "excerpt": True,
        "records": sum(len(found) for each in sources for found in each.advisories.values()),
        "licence": advisories.licence,
        "attribution": advisories.attribution,
    }
    _write_json(folder / "penstock.json", metadata)


def digest(content: bytes) -> str:
    """Return `sha256:` and the hexadecimal digest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _unpacked(part: _Part) -> bytes:
    content = gzip.decompress((FOLDER / part.file).read_bytes())
    if digest(content) != part.sha256:
        raise ValueError(f"{part.file} is not what metadata.json says")
    return content


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
