"""Snapshots on disk: what is believed of them, and what is not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.feeds import FEEDS, osv_files, places, trivy_db
from pipeline.feeds.base import instant
from pipeline.model.artifact import Feed
from pipeline.model.gap import GapReason, ToolError
from tests.support.artefacts import GOOD, METADATA, bolt
from tests.support.dependencies import record, recorded_records, snapshot
from tests.support.enriching import epss_feed, kev_feed, vulnrichment_feed
from tests.support.saying import UNREADABLE


def osv(folder: Path) -> Path:
    snapshot(folder, recorded_records())
    return folder


def trivy(folder: Path) -> Path:
    (folder / "db").mkdir(parents=True)
    for name, data in GOOD.items():
        (folder / "db" / name).write_bytes(data)
    trivy_db.note(folder, excerpt=False, records=3)
    return folder


MAKERS: dict[str, Callable[[Path], Path]] = {
    "osv": osv,
    "trivy_db": trivy,
    "kev": kev_feed,
    "epss": epss_feed,
    "vulnrichment": vulnrichment_feed,
}


def edit(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}))


def refused(name: str, path: Path) -> ToolError:
    with pytest.raises(ToolError) as caught:
        FEEDS[name].open(path)
    return caught.value


def test_every_feed_has_a_maker_here() -> None:
    assert MAKERS.keys() == FEEDS.keys()


@pytest.mark.parametrize("name", FEEDS)
def test_a_whole_snapshot_opens_and_says_what_it_is(name: str, tmp_path: Path) -> None:
    feed = FEEDS[name].open(MAKERS[name](tmp_path / "feed"))
    assert feed.name == name
    assert feed.digest.startswith("sha256:")
    assert feed.records > 0
    assert instant(feed.updated) is not None
    assert Path(feed.path).is_absolute()


@pytest.mark.parametrize("name", FEEDS)
def test_equal_snapshots_are_equal_bytes(name: str, tmp_path: Path) -> None:
    first, second = (MAKERS[name](tmp_path / which) for which in ("a", "b"))
    for path in first.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


@pytest.mark.parametrize("name", FEEDS)
def test_a_missing_feed_says_how_to_get_it(name: str, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        error = refused(name, path)
        assert error.reason is GapReason.FEED_MISSING
        assert error.hint == f"fetch it with: penstock feeds sync {name}"


@pytest.mark.parametrize("name", FEEDS)
def test_any_file_that_is_cut_or_altered_breaks_it(name: str, tmp_path: Path) -> None:
    good = MAKERS[name](tmp_path / "good")
    names = [path.relative_to(good) for path in good.rglob("*") if path.is_file()]
    assert len(names) > 1
    for file in names:
        data = (good / file).read_bytes()
        odd = (b'{"x": %s}' % one for one in UNREADABLE.values())
        for harmed in (data[: len(data) // 2], b"", b"{}", *odd):
            bad = tmp_path / "bad"
            shutil.copytree(good, bad)
            (bad / file).write_bytes(harmed)
            assert refused(name, bad).reason is GapReason.FEED_BROKEN
            shutil.rmtree(bad)


def test_one_flipped_bit_breaks_the_digest(tmp_path: Path) -> None:
    path = osv(tmp_path / "feed") / osv_files.RECORDS
    data = bytearray(path.read_bytes())
    at = data.index(b"2.20.0")
    data[at] = ord("3")
    path.write_bytes(data)
    assert "should be sha256:" in refused("osv", tmp_path / "feed").message


@pytest.mark.parametrize(
    "fields",
    [
        {"records": 21},
        {"records": "22"},
        {"updated": "soon"},
        {"updated": "2024-10-10"},
        {"updated": "2024-10-10T00:00:00"},
        {"ecosystems": ["npm"]},
        {"schema": "penstock/osv-snapshot@2"},
        {"excerpt": None},
    ],
    ids=str,
)
def test_what_a_snapshot_says_of_itself_must_hold(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    edit(osv(tmp_path / "feed") / osv_files.METADATA, **fields)
    assert refused("osv", tmp_path / "feed").reason is GapReason.FEED_BROKEN


def test_an_index_that_hides_a_package_breaks_it(tmp_path: Path) -> None:
    """The digest does not cover the index: without this check a name could be made flawless."""
    path = osv(tmp_path / "feed") / osv_files.INDEX
    index = json.loads(path.read_bytes())
    del index["packages"]["requests"]
    path.write_text(json.dumps(index))
    assert "index" in refused("osv", tmp_path / "feed").message


def test_an_index_is_no_must(tmp_path: Path) -> None:
    (osv(tmp_path / "feed") / osv_files.INDEX).unlink()
    assert FEEDS["osv"].open(tmp_path / "feed").records == 22


def test_an_empty_snapshot_is_none(tmp_path: Path) -> None:
    osv_files.write(tmp_path, [], updated="2024-10-10T00:00:00Z", excerpt=False)
    assert refused("osv", tmp_path).reason is GapReason.FEED_BROKEN


def test_records_must_be_sorted_and_unique(tmp_path: Path) -> None:
    twice = [record("A", "demo"), record("A", "demo")]
    with pytest.raises(ValueError, match="not sorted"):
        osv_files.write(tmp_path, twice, updated=None, excerpt=False)


@pytest.mark.parametrize(
    "fields",
    [{"Version": 1}, {"UpdatedAt": "2020-01-01T00:00:00Z"}, {"UpdatedAt": "soon"}],
    ids=str,
)
def test_what_trivy_says_of_its_database_must_agree(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    edit(trivy(tmp_path / "feed") / trivy_db.METADATA, **fields)
    assert refused("trivy_db", tmp_path / "feed").reason is GapReason.FEED_BROKEN


def test_another_database_is_not_the_noted_one(tmp_path: Path) -> None:
    (trivy(tmp_path / "feed") / trivy_db.DATABASE).write_bytes(bolt(9))
    assert "should be sha256:" in refused("trivy_db", tmp_path / "feed").message


@pytest.mark.parametrize(
    "more", ["policy", "java-db/trivy-java.db", "fanal/fanal.db", "vex", "db/other.db", ".x", "é"]
)
def test_what_lies_beside_a_database_would_be_read_by_trivy_and_breaks_it(
    more: str, tmp_path: Path
) -> None:
    path = trivy(tmp_path / "feed") / more
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    error = refused("trivy_db", tmp_path / "feed")
    assert error.reason is GapReason.FEED_BROKEN
    assert "no part of it" in error.message


def test_one_bad_feed_does_not_keep_the_other_from_opening(tmp_path: Path) -> None:
    opened = places.open_all({"osv": osv(tmp_path / "osv"), "trivy_db": tmp_path / "none"})
    assert isinstance(opened["osv"], Feed)
    assert isinstance(opened["trivy_db"], ToolError)


def test_feeds_are_in_the_cache_unless_configured(tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    assert places.place("osv", configured=None, home=home, cache=cache) == cache / "feeds" / "osv"
    assert places.place("osv", configured="f/osv", home=home, cache=cache) == home / "f" / "osv"
    assert places.place("osv", configured="/f", home=home, cache=cache) == Path("/f")


def test_trivys_dates_are_read() -> None:
    assert instant(METADATA["UpdatedAt"]) is not None  # type: ignore[arg-type]
    assert instant("2024-10-10T06:12:47.123456789Z") is not None
