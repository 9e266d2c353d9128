"""Every feed is fetched from a server that misbehaves; only a whole newer one takes its place."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.feeds import places
from pipeline.feeds.base import Order
from pipeline.model.artifact import Feed
from pipeline.toolchain.http import Http
from pipeline.watch import Silent
from tests.faults import fetching_doc
from tests.faults.fetching import FAULTS, FEEDS, REFUSED, Fault, Scene
from tests.support.feeding import Publisher, issue, ranged, served
from tests.support.loopback import Loopback

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NOW = datetime(2026, 11, 26, 18, tzinfo=UTC)
TOLD: Mapping[str, tuple[str, ...]] = {
    **{feed: (f"the {feed} feed", f"archive of {feed}") for feed in FEEDS},
    "osv": ("the osv feed", "the OSV dump"),
    "trivy_db": ("the trivy_db feed", "the Trivy database"),
}
"""By which words an error says which feed it is about."""


@pytest.fixture
def http(waits: list[float]) -> Iterator[Http]:
    with Http(timeout=0.3, patience=0.6, tries=3, sleep=waits.append) as client:
        yield client


def sync(publisher: Publisher, folder: Path, http: Http) -> Feed:
    order = Order(mirror=publisher.mirror, now=NOW)
    return places.sync(publisher.name, folder, order, http=http, watcher=Silent())


def contents(folder: Path) -> Mapping[str, bytes]:
    """Read everything in a folder, but for the beginnings of bodies."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "-part" not in path.parent.name
    }


CELLS = [
    pytest.param(feed, fault, id=f"{feed}: {name}", marks=[pytest.mark.slow] if fault.slow else [])
    for name, fault in FAULTS.items()
    for feed in FEEDS
    if fault.of(feed) is not None
]


@pytest.mark.parametrize(("feed", "fault"), CELLS)
def test_a_fault_leaves_what_is_held_or_passes_and_the_next_sync_is_whole(
    http: Http, tmp_path: Path, feed: str, fault: Fault
) -> None:
    folder = tmp_path / "a" / "feeds"
    publisher, server = served(feed, issue(feed, day=24))
    newer = issue(feed, day=25)
    with server, Loopback(lambda request: ranged(request, newer)) as other:
        held = sync(publisher, folder, http)
        before = contents(tmp_path)
        publisher.body = newer
        fault.make(Scene(publisher, server, other))
        if fault.of(feed) == REFUSED:
            with pytest.raises(PenstockError) as caught:
                sync(publisher, folder, http)
            assert any(word in caught.value.message for word in (*TOLD[feed], server.url))
            assert contents(tmp_path) == before
            assert places.opened(feed, folder / feed) == held
        else:
            assert sync(publisher, folder, http).digest != held.digest
        if fault.resumes:
            assert "range" in server.requests[-1].headers
        assert not (tmp_path / "evil.json").exists()
        server.heal()
        publisher.body = issue(feed, day=26, count=22)
        whole = sync(publisher, folder, http)
    assert whole.updated.startswith("2026-11-26")
    assert not list(folder.glob(".*"))


def test_the_page_is_made_from_the_table() -> None:
    assert fetching_doc.PAGE.read_text(encoding="utf-8") == fetching_doc.text(), (
        "python -m tests.faults.doc"
    )
