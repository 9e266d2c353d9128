"""Damage to feeds and images, made in the folder of an example."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from tests.faults.bench import MENDED

OSV = "feeds/osv"
TRIVY = "feeds/trivy-db"
LAYOUT = "image/layout"


def edit(shop: Path, name: str, **fields: object) -> None:
    path = shop / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def refuse_excerpts(shop: Path) -> None:
    policy = shop / "policies/gate.yaml"
    policy.write_text(policy.read_text().replace("excerpts: accept", "excerpts: refuse"))


def whole_but(shop: Path, **fields: object) -> None:
    refuse_excerpts(shop)
    edit(shop, f"{OSV}/metadata.json", excerpt=False, **fields)


def layer(shop: Path) -> Path:
    blobs = shop / LAYOUT / "blobs/sha256"
    return max(blobs.iterdir(), key=lambda path: path.stat().st_size)


def twice(shop: Path) -> None:
    """Put the other shop's image into the same layout."""
    other = MENDED.parent / "shop" / LAYOUT
    shutil.copytree(other / "blobs", shop / LAYOUT / "blobs", dirs_exist_ok=True)
    path = shop / LAYOUT / "index.json"
    index = json.loads(path.read_text())
    index["manifests"] += json.loads((other / "index.json").read_text())["manifests"]
    path.write_text(json.dumps(index))


def named(shop: Path, ref: str) -> None:
    file = shop / "penstock.toml"
    file.write_text(file.read_text().replace("oci:image/layout", ref))


class Damage(NamedTuple):
    """One thing that went wrong on disk, and what the missing answer may be called."""

    stage: str
    what: str
    make: Callable[[Path], object]
    reasons: frozenset[str]


DAMAGES: Final = [
    Damage(stage, what, make, frozenset(reasons))
    for stage, what, make, reasons in (
    ("pip-audit", "no snapshot", lambda s: shutil.rmtree(s / OSV), {"feed_missing"}),
    ("pip-audit", "a truncated snapshot", lambda s: halve(s / OSV / "records.ndjson"),
     {"feed_broken"}),
    ("pip-audit", "one byte changed", lambda s: byte(s / OSV / "records.ndjson"), {"feed_broken"}),
    ("pip-audit", "an empty snapshot", lambda s: (s / OSV / "records.ndjson").write_bytes(b""),
     {"feed_broken"}),
    ("pip-audit", "no description", lambda s: (s / OSV / "metadata.json").write_bytes(b"{}"),
     {"feed_broken"}),
    ("pip-audit", "an excerpt that is refused", refuse_excerpts, {"feed_excerpt", "feed_stale"}),
    ("pip-audit", "an old snapshot", whole_but, {"feed_stale"}),
    ("pip-audit", "a snapshot of the future",
     lambda s: whole_but(s, updated="2999-01-01T00:00:00Z"), {"feed_future"}),
    ("packages", "no database", lambda s: shutil.rmtree(s / TRIVY), {"feed_missing"}),
    ("packages", "a truncated database", lambda s: halve(s / TRIVY / "db/trivy.db"),
     {"feed_broken"}),
    ("packages", "one byte of the database changed", lambda s: byte(s / TRIVY / "db/trivy.db"),
     {"feed_broken"}),
    ("packages", "another date in the database's own description",
     lambda s: edit(s, f"{TRIVY}/db/metadata.json", UpdatedAt="2026-11-24T00:00:00Z"),
     {"feed_broken"}),
    ("image", "no database", lambda s: shutil.rmtree(s / TRIVY), {"feed_missing"}),
    ("image", "no image", lambda s: shutil.rmtree(s / LAYOUT), {"not_read"}),
    ("image", "a truncated layer", lambda s: halve(layer(s)), {"digest_mismatch"}),
    ("image", "a swapped layer", lambda s: byte(layer(s)), {"digest_mismatch"}),
    ("image", "two manifests", twice, {"ambiguous_image"}),
    ("image", "a digest that is not there",
     lambda s: named(s, "oci:image/layout@sha256:" + "0" * 64), {"not_read", "digest_mismatch"}),
    ("image", "a registry reference", lambda s: named(s, "registry.example.com/a:1"),
     {"unsupported"}),
    )
]  # fmt: skip
