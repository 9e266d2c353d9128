"""Write a small, real Trivy database (schema 2) from readable advisories.

Trivy reads two files: `trivy.db` and `metadata.json`. With these any test, and the demo, has a
real scanner with known answers and no network.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from examples.support import bolt

SCHEMA: Final = 2
NEVER: Final = "2099-01-01T00:00:00Z"
STATUSES: Final = (
    "unknown",
    "not_affected",
    "affected",
    "fixed",
    "under_investigation",
    "will_not_fix",
    "fix_deferred",
    "end_of_life",
)
SEVERITIES: Final = ("UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL")


@dataclass(frozen=True, kw_only=True)
class Advisory:
    """What one source says of one package: ranges (languages) or a fixed version (Debian)."""

    fixed: str = ""
    status: str = ""
    """One of STATUSES; Debian only."""
    vulnerable: tuple[str, ...] = ()
    """Alternatives such as `>= 1.0, < 1.2`; languages only."""
    patched: tuple[str, ...] = ()
    vendor_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Detail:
    """What is known of a vulnerability itself; without one Trivy calls its severity UNKNOWN."""

    title: str = ""
    description: str = ""
    severity: Mapping[str, str] = field(default_factory=dict)
    """Source (`nvd`, `ghsa`, `debian`) to one of SEVERITIES."""
    vectors: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    """Source to a CVSS 3 vector and its score."""
    cwes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    published: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One bucket of advisories: `debian 12`, `pip::NAME`, `npm::NAME`."""

    bucket: str
    id: str
    name: str
    advisories: Mapping[str, Mapping[str, Advisory]]
    """Package to vulnerability id to advisory. Debian: the source package's name; pip: lower case
    with hyphens."""
    url: str = ""


def write(
    folder: Path,
    sources: Sequence[Source],
    details: Mapping[str, Detail],
    *,
    updated: datetime,
) -> Path:
    """Write `db/` into a Trivy cache folder and return the database's path."""
    place = folder / "db"
    place.mkdir(parents=True, exist_ok=True)
    bolt.write(place / "trivy.db", tree(sources, details))
    moment = updated.strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata = {
        "Version": SCHEMA,
        "NextUpdate": NEVER,
        "UpdatedAt": moment,
        "DownloadedAt": moment,
    }
    (place / "metadata.json").write_bytes(_json(metadata))
    return place / "trivy.db"


def tree(sources: Sequence[Source], details: Mapping[str, Detail]) -> dict[str, bolt.Bucket]:
    """Return the buckets; `vulnerability` is always there, since Trivy panics without it."""
    buckets: dict[str, bolt.Bucket] = {
        "data-source": {source.bucket: _source(source) for source in sources},
        "vulnerability": {name: _detail(detail) for name, detail in details.items()},
    }
    for source in sources:
        buckets[source.bucket] = {
            package: {name: _advisory(advisory) for name, advisory in found.items()}
            for package, found in source.advisories.items()
        }
    return buckets


def _source(source: Source) -> bytes:
    return _json({"ID": source.id, "Name": source.name, "URL": source.url})


def _advisory(advisory: Advisory) -> bytes:
    return _record(
        FixedVersion=advisory.fixed,
        Status=STATUSES.index(advisory.status) if advisory.status else None,
        VulnerableVersions=advisory.vulnerable,
        PatchedVersions=advisory.patched,
        VendorIDs=advisory.vendor_ids,
    )


def _detail(detail: Detail) -> bytes:
    return _record(
        Title=detail.title,
        Description=detail.description,
        VendorSeverity={name: SEVERITIES.index(word) for name, word in detail.severity.items()},
        CVSS={
            name: {"V3Vector": vector, "V3Score": score}
            for name, (vector, score) in detail.vectors.items()
        },
        CweIDs=detail.cwes,
        References=detail.references,
        PublishedDate=detail.published,
    )


def _record(**values: object) -> bytes:
    """Leave out what is empty, as trivy-db does; a status of 0 is not empty."""
    return _json({name: value for name, value in values.items() if value == 0 or value})


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
