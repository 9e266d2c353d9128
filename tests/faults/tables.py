"""Damage to feeds and images, made in the folder of an example."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from examples.support import oci_image, trivy_db
from examples.support.oci_image import Deb
from examples.support.oci_image import Image as Built
from pipeline.feeds import osv_files
from pipeline.feeds import trivy_db as databases
from tests.faults.bench import MENDED
from tests.support.dependencies import record

OSV: Final = "feeds/osv"
TRIVY: Final = "feeds/trivy-db"
LAYOUT: Final = "image/layout"
_MOMENT: Final = datetime(2026, 11, 1, tzinfo=UTC)
_FUTURE: Final = "2999-01-01T00:00:00Z"
_PAST: Final = "2020-01-01T00:00:00Z"

Make = Callable[[Path], object]


class Damage(NamedTuple):
    """One thing that went wrong on disk, and what the missing answer is called."""

    stage: str
    what: str
    make: Make
    reasons: frozenset[str]
    in_make_test: bool = False


def _edit(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def _byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _refuse_excerpts(shop: Path) -> None:
    policy = shop / "policies/gate.yaml"
    policy.write_text(policy.read_text().replace("excerpts: accept", "excerpts: refuse"))


def whole_osv(shop: Path, updated: str) -> None:
    """Call the excerpt a whole snapshot of that day."""
    _refuse_excerpts(shop)
    _edit(shop / OSV / "metadata.json", excerpt=False, updated=updated)


def whole_trivy(shop: Path, *, excerpt: bool, updated: str) -> None:
    """Call the database whole, or an excerpt, of that day."""
    _refuse_excerpts(shop)
    _edit(shop / TRIVY / "penstock.json", excerpt=excerpt, updated=updated)
    _edit(shop / TRIVY / "db/metadata.json", UpdatedAt=updated)


def today() -> str:
    """Return a moment just gone: real runs are judged by the real clock."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    return now.isoformat(timespec="seconds").replace("+00:00", "Z")


def _young_excerpt(shop: Path) -> None:
    _refuse_excerpts(shop)
    _edit(shop / OSV / "metadata.json", updated=today())


def hollow(folder: Path) -> Path:
    """Write a whole snapshot in which every digest is right, and which knows next to nothing."""
    osv_files.write(folder, [record("X-1", "demo")], updated=today(), excerpt=False)
    return folder


def _hollow_osv(shop: Path) -> None:
    shutil.rmtree(shop / OSV)
    hollow(shop / OSV)


def _database(shop: Path, *sources: trivy_db.Source) -> None:
    """Write a whole database of these advisories, noted as such."""
    shutil.rmtree(shop / TRIVY)
    trivy_db.write(shop / TRIVY, sources, {}, updated=_MOMENT)
    databases.note(shop / TRIVY, excerpt=True, records=0)


def _swapped(shop: Path) -> None:
    """Put another database in the place of the one that was noted."""
    _database(shop)
    note = MENDED / TRIVY / "penstock.json"
    shutil.copyfile(note, shop / TRIVY / "penstock.json")
    shutil.copyfile(MENDED / TRIVY / "db/metadata.json", shop / TRIVY / "db/metadata.json")


def _checks_of_its_own(shop: Path) -> None:
    (shop / TRIVY / "policy").mkdir()


def _layer(shop: Path) -> Path:
    blobs = shop / LAYOUT / "blobs/sha256"
    return max(blobs.iterdir(), key=lambda path: path.stat().st_size)


def _twice(shop: Path) -> None:
    """Put the other shop's image into the same layout."""
    other = MENDED.parent / "shop" / LAYOUT
    shutil.copytree(other / "blobs", shop / LAYOUT / "blobs", dirs_exist_ok=True)
    path = shop / LAYOUT / "index.json"
    index = json.loads(path.read_text())
    index["manifests"] += json.loads((other / "index.json").read_text())["manifests"]
    path.write_text(json.dumps(index))


def _named(shop: Path, ref: str) -> None:
    file = shop / "penstock.toml"
    file.write_text(file.read_text().replace("oci:image/layout", ref))


def _image(shop: Path, *layers: oci_image.Layer) -> None:
    """Put another image in its place, whole and well digested."""
    shutil.rmtree(shop / LAYOUT)
    oci_image.write_layout(shop / LAYOUT, Built(layers=layers))


def _debian(*packages: Deb, release: str = "12") -> oci_image.Layer:
    return oci_image.os_release("debian", release) | oci_image.dpkg(*packages)


def _archive(shop: Path) -> None:
    image = Built(layers=(_debian(Deb("tzdata", "2024a-0+deb12u1")),))
    oci_image.write_docker_archive(shop / "saved.tar", image)
    _halve(shop / "saved.tar")
    _named(shop, "archive:saved.tar")


def _damages() -> list[Damage]:
    return [
        *(Damage("pip-audit", what, make, frozenset(reasons)) for what, make, reasons in _OSV),
        *(
            Damage(stage, what, make, frozenset(reasons))
            for stage in ("packages", "image")
            for what, make, reasons in _TRIVY_DB
        ),
        *(Damage("image", what, make, frozenset(reasons)) for what, make, reasons in _IMAGES),
    ]


_Rows = tuple[tuple[str, Make, set[str]], ...]
_OSV: Final[_Rows] = (
    ("no snapshot", lambda s: shutil.rmtree(s / OSV), {"feed_missing"}),
    ("a truncated snapshot", lambda s: _halve(s / OSV / "records.ndjson"), {"feed_broken"}),
    ("one byte changed", lambda s: _byte(s / OSV / "records.ndjson"), {"feed_broken"}),
    ("an empty snapshot", lambda s: (s / OSV / "records.ndjson").write_bytes(b""), {"feed_broken"}),
    ("no description", lambda s: (s / OSV / "metadata.json").write_bytes(b"{}"), {"feed_broken"}),
    ("an index that leaves names out",
     lambda s: (s / OSV / "index.json").write_bytes(b'{"packages":{}}\n'), {"feed_broken"}),
    ("a snapshot that knows nothing", _hollow_osv, {"canary_missed"}),
    ("an excerpt that is refused", _young_excerpt, {"feed_excerpt"}),
    ("an old snapshot", lambda s: whole_osv(s, _PAST), {"feed_stale"}),
    ("a snapshot of the future", lambda s: whole_osv(s, _FUTURE), {"feed_future"}),
)  # fmt: skip
_TRIVY_DB: Final[_Rows] = (
    ("no database", lambda s: shutil.rmtree(s / TRIVY), {"feed_missing"}),
    ("a truncated database", lambda s: _halve(s / TRIVY / "db/trivy.db"), {"feed_broken"}),
    ("one byte of the database changed", lambda s: _byte(s / TRIVY / "db/trivy.db"),
     {"feed_broken"}),
    ("an empty database file", lambda s: (s / TRIVY / "db/trivy.db").write_bytes(b""),
     {"feed_broken"}),
    ("another database than was noted", _swapped, {"feed_broken"}),
    ("another date than was noted",
     lambda s: _edit(s / TRIVY / "db/metadata.json", UpdatedAt="2026-11-24T00:00:00Z"),
     {"feed_broken"}),
    ("a database that would replace Trivy's checks", _checks_of_its_own, {"feed_broken"}),
    ("a database without advisories", _database, {"canary_missed", "unsupported"}),
    ("an excerpt that is refused", lambda s: whole_trivy(s, excerpt=True, updated=today()),
     {"feed_excerpt"}),
    ("an old database", lambda s: whole_trivy(s, excerpt=False, updated=_PAST), {"feed_stale"}),
    ("a database of the future", lambda s: whole_trivy(s, excerpt=False, updated=_FUTURE),
     {"feed_future"}),
)  # fmt: skip
_IMAGES: Final[_Rows] = (
    ("no image", lambda s: shutil.rmtree(s / LAYOUT), {"not_read"}),
    ("an image without an index", lambda s: (s / LAYOUT / "index.json").unlink(), {"not_read"}),
    ("a truncated layer", lambda s: _halve(_layer(s)), {"digest_mismatch"}),
    ("a layer that is not there", lambda s: _layer(s).unlink(), {"not_read"}),
    ("a swapped layer", lambda s: _byte(_layer(s)), {"digest_mismatch"}),
    ("a truncated archive", _archive, {"not_read"}),
    ("two manifests", _twice, {"ambiguous_image"}),
    ("a digest that is not there",
     lambda s: _named(s, "oci:image/layout@sha256:" + "0" * 64), {"not_read"}),
    ("a registry that does not answer", lambda s: _named(s, "127.0.0.1:1/a:1"), {"not_read"}),
    ("no operating system", lambda s: _image(s, oci_image.text("app", "hello\n")),
     {"unsupported", "no_packages"}),
    ("a system without its packages", lambda s: _image(s, oci_image.os_release("debian", "12")),
     {"no_packages"}),
    ("a release that the database does not know",
     lambda s: _image(s, _debian(Deb("tzdata", "1"), release="99")), {"unsupported"}),
    ("a package of a third party",
     lambda s: _image(s, _debian(Deb("tzdata", "1"),
                                 Deb("x", "1", maintainer="D <support@docker.com>"))),
     {"third_party"}),
)  # fmt: skip
_IN_MAKE_TEST: Final = {
    ("pip-audit", "a truncated snapshot"),
    ("pip-audit", "a snapshot that knows nothing"),
    ("image", "a swapped layer"),
    ("image", "no operating system"),
}
DAMAGES: Final = [
    one._replace(in_make_test=(one.stage, one.what) in _IN_MAKE_TEST) for one in _damages()
]
