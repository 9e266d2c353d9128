"""Abuse 44: the database is of another year, of another ecosystem, or empty."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from pipeline.feeds import osv_files
from tests.faults.bench import MENDED
from tests.support.liars import Liar

pytestmark = pytest.mark.tools

OSV: Final = MENDED / "feeds" / "osv"


def day(days: int) -> str:
    moment = datetime.now(UTC) + timedelta(days=days)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def dated(days: int) -> Callable[[Path], object]:
    """Call the example's snapshot a whole one of that day."""

    def lay(folder: Path) -> None:
        shutil.copytree(OSV, folder)
        path = folder / "metadata.json"
        said = json.loads(path.read_text())
        path.write_text(json.dumps({**said, "excerpt": False, "updated": day(days)}))

    return lay


def written(*records: bytes) -> Callable[[Path], object]:
    return lambda folder: osv_files.write(folder, records, updated=day(-1), excerpt=False)


def of_npm() -> tuple[bytes, ...]:
    """The example's own records, told of packages of another ecosystem."""
    lines = (OSV / "records.ndjson").read_bytes().splitlines()
    return tuple(line.replace(b'"PyPI"', b'"npm"') for line in lines)


SNAPSHOTS: Final = {
    "400 days old": (dated(-400), {"feed_stale"}),
    "dated next year": (dated(366), {"feed_future"}),
    "of tomorrow": (dated(1), {"feed_future"}),
    "of another ecosystem": (written(*of_npm()), {"canary_missed", "feed_broken"}),
    "without a record": (written(), {"canary_missed", "feed_broken"}),
    "an empty folder": (lambda folder: folder.mkdir(), {"feed_missing", "feed_broken"}),
    "a file": (lambda folder: folder.write_text("{}"), {"feed_missing", "feed_broken"}),
}  # fmt: skip


@pytest.mark.parametrize("what", SNAPSHOTS)
def test_it_clears_nobody(what: str, tmp_path: Path) -> None:
    liar = Liar(tmp_path, "pip-audit")
    lay, reasons = SNAPSHOTS[what]
    lay(tmp_path / "osv")
    (liar.folder / "penstock.toml").write_text(
        f'schema = "penstock/config@1"\n[feeds]\nosv = "{tmp_path / "osv"}"\n'
    )
    found = liar.reasons()
    assert len(found) == 1
    assert found <= reasons


def test_a_snapshot_of_yesterday_answers(tmp_path: Path) -> None:
    """Or the test above could not fail."""
    liar = Liar(tmp_path, "pip-audit")
    dated(-1)(tmp_path / "osv")
    (liar.folder / "penstock.toml").write_text(
        f'schema = "penstock/config@1"\n[feeds]\nosv = "{tmp_path / "osv"}"\n'
    )
    liar.passes()


@pytest.mark.parametrize("days", [-400, 366])
def test_nor_does_an_old_database_of_trivy(days: int, tmp_path: Path) -> None:
    liar = Liar(tmp_path, "pip-audit")
    shutil.copytree(MENDED / "feeds" / "trivy-db", tmp_path / "db")
    for name, field in (("db/metadata.json", "UpdatedAt"), ("penstock.json", "updated")):
        path = tmp_path / "db" / name
        said = json.loads(path.read_text())
        path.write_text(json.dumps({**said, field: day(days)} | (
            {"excerpt": False} if name == "penstock.json" else {}
        )))  # fmt: skip
    policy = liar.folder / "policies" / "gate.yaml"
    policy.write_text(
        policy.read_text()
        .replace("pip-audit: {required: always}", "pip-audit: {required: no}")
        .replace("packages: {required: no}", "packages: {required: always}")
    )
    (liar.folder / "penstock.toml").write_text(
        f'schema = "penstock/config@1"\n[feeds]\ntrivy_db = "{tmp_path / "db"}"\n'
    )
    (liar.folder / "package-lock.json").write_text(
        '{"name": "e", "lockfileVersion": 3, "packages": {"": {"name": "e"}}}'
    )
    liar.stage = "packages"
    assert liar.reasons() == {"feed_stale" if days < 0 else "feed_future"}
