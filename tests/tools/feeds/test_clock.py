"""A sync by a clock that is wrong: it loses nothing, and the next one by a right clock is whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.feeds import FEEDS, lockfile, places
from pipeline.feeds.base import Order
from pipeline.model.artifact import Feed
from pipeline.toolchain.http import Http
from pipeline.watch import Silent
from tests.support.feeding import PATHS, Publisher, issue, served

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NOW = datetime(2026, 11, 26, 18, tzinfo=UTC)


def sync(publisher: Publisher, folder: Path, http: Http, now: datetime) -> Feed:
    order = Order(mirror=publisher.mirror, now=now)
    return places.sync(publisher.name, folder, order, http=http, watcher=Silent())


@pytest.mark.parametrize("feed", PATHS)
def test_a_clock_that_is_behind_takes_no_newer_snapshot(
    feed: str, http: Http, tmp_path: Path
) -> None:
    publisher, server = served(feed, issue(feed, day=24))
    with server:
        held = sync(publisher, tmp_path, http, NOW)
        publisher.body = issue(feed, day=26)
        with pytest.raises(PenstockError, match="not taken") as caught:
            sync(publisher, tmp_path, http, NOW - timedelta(days=2))
        assert "set this machine's clock right" in caught.value.hint
        assert FEEDS[feed].open(tmp_path / feed) == held
        assert sync(publisher, tmp_path, http, NOW).updated.startswith("2026-11-26")


@pytest.mark.parametrize("feed", PATHS)
def test_a_clock_that_was_ahead_is_forgotten_at_the_next_sync(
    feed: str, http: Http, tmp_path: Path
) -> None:
    publisher, server = served(feed, issue(feed, day=24))
    with server:
        sync(publisher, tmp_path, http, NOW.replace(year=2036))
        assert lockfile.read(tmp_path).feeds[feed].fetched.startswith("2036")
        publisher.body = issue(feed, day=25)
        assert sync(publisher, tmp_path, http, NOW).updated.startswith("2026-11-25")
        assert lockfile.read(tmp_path).feeds[feed].fetched == "2026-11-26T18:00:00Z"
