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
from pipeline.feeds import epss, kev, noted, osv_files, vulnrichment
from pipeline.feeds import trivy_db as databases
from pipeline.feeds.base import Order

FOLDER: Final = Path(__file__).parents[1] / "feeds-source"


class _Part(msgspec.Struct, frozen=True):
    file: str
    sha256: str
    attribution: str


class _Metadata(msgspec.Struct, frozen=True):
    updated: str
    sources: list[_Part]
    kev: _Part
    epss: _Part
    vulnrichment: _Part


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
    updated: str
    kev: bytes
    epss: bytes
    """SYNTHETIC scores."""
    vulnrichment: bytes
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
        kev=_checked(metadata.kev, (FOLDER / metadata.kev.file).read_bytes()),
        epss=_checked(metadata.epss, (FOLDER / metadata.epss.file).read_bytes()),
        vulnrichment=_checked(
            metadata.vulnrichment, (FOLDER / metadata.vulnrichment.file).read_bytes()
        ),
        attribution="\n\n".join(
            part.attribution
            for part in (*metadata.sources, metadata.kev, metadata.epss, metadata.vulnrichment)
        ),
    )


def write(folder: Path, advisories: Advisories) -> None:
    """Write all feeds, marked as excerpts, as `penstock feeds sync` lays them out."""
    _write_osv(folder / "osv", advisories)
    _write_trivy(folder / "trivy-db", advisories)
    order = Order(mirror=None, now=datetime.fromisoformat(advisories.updated))
    noted.put(kev.KIND, folder / "kev", advisories.kev, order, excerpt=True)
    # Packed without compression: its bytes differ from one zlib to the next.
    packed = gzip.compress(advisories.epss, compresslevel=0, mtime=0)
    noted.put(epss.KIND, folder / "epss", packed, order, excerpt=True)
    assessed = advisories.vulnrichment
    noted.put(vulnrichment.KIND, folder / "vulnrichment", assessed, order, excerpt=True)
    (folder / "ATTRIBUTION.txt").write_text(f"{advisories.attribution}\n")


def _write_osv(folder: Path, advisories: Advisories) -> None:
    osv_files.write(folder, advisories.records, updated=advisories.updated, excerpt=True)


def _write_trivy(folder: Path, advisories: Advisories) -> None:
    python, details = osv.convert(advisories.records)
    sources = (python, *advisories.synthetic)
    known = details | advisories.details
    moment = datetime.fromisoformat(advisories.updated)
    trivy_db.write(folder, sources, known, updated=moment)
    records = sum(len(found) for each in sources for found in each.advisories.values())
    databases.note(folder, excerpt=True, records=records)


def _unpacked(part: _Part) -> bytes:
    return _checked(part, gzip.decompress((FOLDER / part.file).read_bytes()))


def _checked(part: _Part, content: bytes) -> bytes:
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != part.sha256:
        raise ValueError(f"{part.file} is not what metadata.json says")
    return content
