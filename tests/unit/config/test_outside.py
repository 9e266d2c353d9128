"""What a change could have written, and what the base commit vouches for all the same."""

from pathlib import Path

import msgspec
import pytest

from pipeline.config import outside
from pipeline.config.base import Base, BaseError
from pipeline.config.outside import Outside
from pipeline.feeds import kev, lockfile
from pipeline.feeds.lockfile import LOCK, Lock, Locked
from pipeline.model.artifact import Feed
from pipeline.model.gap import GapReason, ToolError
from tests.support.enriching import kev_feed
from tests.unit.config.test_load import HEAD, settings

COMMIT = "a" * 40


class Held(Base, frozen=True, kw_only=True):
    """A base commit that holds these files."""

    files: dict[str, bytes]

    def read(self, path: str) -> bytes | None:
        if path.endswith("odd/feeds.lock"):
            raise BaseError("feeds.lock is a link")
        return self.files.get(path)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    return root


def holding(repository: Path, files: dict[str, bytes] | None = None) -> Held:
    held = files or {}
    return Held(commit=COMMIT, repository=repository, tree="t", committed=None, files=held)


def looked(repository: Path, base: Base | None, kev_at: str = "feeds/kev") -> Outside:
    (repository / "penstock.toml").write_text(f'{HEAD}[feeds]\nkev = "{kev_at}"\n')
    return outside.look(settings(repository, ci=True), base)


def noted(folder: Path) -> tuple[Feed, bytes]:
    """Put a feed in place, and return it with the lock that notes it."""
    feed = kev.open(kev_feed(folder))
    return feed, lockfile.text(Lock(feeds={"kev": Locked.of(feed)})).encode()


def test_a_feed_that_the_base_notes_is_the_base_s(repository: Path) -> None:
    feed, lock = noted(repository / "feeds/kev")
    found = looked(repository, holding(repository, {"feeds/feeds.lock": lock}))
    assert found.gaps == ()
    assert outside.feed_gaps(found.pins, {"kev": feed}) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("digest", "sha256:" + "0" * 64),
        ("updated", "2026-11-26T00:00:00Z"),
        ("records", 7),
        ("version", "another"),
        ("fetched", "2026-11-26T00:00:00Z"),
        ("excerpt", True),
    ],
)
def test_a_feed_that_is_another_in_anything_is_not(
    field: str, value: object, repository: Path
) -> None:
    feed, lock = noted(repository / "feeds/kev")
    found = looked(repository, holding(repository, {"feeds/feeds.lock": lock}))
    other = msgspec.structs.replace(feed, **{field: value})
    (gap,) = outside.feed_gaps(found.pins, {"kev": other})
    assert gap.reason is GapReason.POLICY_UNTRUSTED
    assert "not the one that feeds.lock of the base commit notes" in gap.detail


def test_a_feed_that_was_broken_or_taken_away_is_not_either(repository: Path) -> None:
    _, lock = noted(repository / "feeds/kev")
    pins = looked(repository, holding(repository, {"feeds/feeds.lock": lock})).pins
    broken = ToolError(GapReason.FEED_BROKEN, "its file is other")
    assert "its file is other" in outside.feed_gaps(pins, {"kev": broken})[0].detail
    assert "taken away" in outside.feed_gaps(pins, {})[0].detail


@pytest.mark.parametrize(
    ("kev_at", "files", "told"),
    [
        ("feeds/kev", {}, "does not note it"),
        ("feeds/kev", {"feeds/feeds.lock": b"schema = 3"}, "cannot be read"),
        ("feeds/kev", {"feeds/feeds.lock": b"\xff"}, "cannot be read"),
        ("feeds/kev", {"feeds/feeds.lock": b'schema = "penstock/feeds-lock@1"'}, "not note it"),
        ("feeds/odd/kev", {}, "is a link"),
        ("feeds/../feeds/kev", {}, "no feeds.lock can be beside it"),
    ],
)
def test_a_feed_that_no_lock_of_the_base_notes_is_the_change_s(
    kev_at: str, files: dict[str, bytes], told: str, repository: Path
) -> None:
    found = looked(repository, holding(repository, files), kev_at)
    assert found.pins == {}
    assert [gap.reason for gap in found.gaps] == [GapReason.POLICY_UNTRUSTED]
    assert found.gaps[0].detail.startswith("the feed kev lies inside the repository, and ")
    assert told in found.gaps[0].detail


def test_the_lock_of_the_change_itself_vouches_for_nothing(repository: Path) -> None:
    _, lock = noted(repository / "feeds/kev")
    (repository / "feeds" / LOCK).write_bytes(lock)
    assert len(looked(repository, holding(repository)).gaps) == 1
    told = " ".join(gap.detail for gap in looked(repository, None).gaps)
    assert "the feed kev lies inside the repository, and is not from a base commit" in told


def test_a_link_of_the_repository_that_leads_out_is_the_change_s(
    repository: Path, tmp_path: Path
) -> None:
    kev_feed(tmp_path / "old/kev")
    (repository / "feeds").symlink_to(tmp_path / "old")
    assert len(looked(repository, holding(repository)).gaps) == 1


def test_a_link_is_followed_as_the_kernel_does(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to(tmp_path / "repository")
    (tmp_path / "outside").mkdir()
    (repository / "deep").mkdir()
    (repository / "out").symlink_to("../outside")
    (tmp_path / "loop").symlink_to("loop")
    for led in ("a", "a/x", "outside/../repository/x", "repository/out", "repository/out/../x"):
        assert outside.crosses(tmp_path / led, repository), led
    assert outside.crosses(tmp_path / "loop/x", repository)
    for free in ("outside", "outside/x", "repository/deep/../../outside", "nothing/here"):
        assert not outside.crosses(tmp_path / free, repository), free
