"""Where snapshots are, and how a new one gets there: whole, or not at all."""

import secrets
import shutil
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from pipeline.errors import PenstockError
from pipeline.feeds import FEEDS, noted
from pipeline.feeds.base import Order, instant
from pipeline.model.artifact import Feed
from pipeline.model.gap import ToolError
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

LOCK: Final = "feeds.lock"
LIVE: Final = "live"
"""In place of a folder: the public service is asked at each run."""
_ABANDONED: Final = timedelta(days=1)
_LEAST: Final = 0.9
"""Of the records in place. What is published grows; a file that shrinks by more was cut."""
_HEX: Final = 16
"""Digits of a digest in a folder's name; the whole digest is in the lock."""


class Locked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `feeds.lock` notes about one feed."""

    digest: str
    records: int
    updated: str
    source: str
    fetched: str
    version: str = ""


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """The file beside the snapshots that says which ones they should be."""

    schema: Literal["penstock/feeds-lock@1"] = "penstock/feeds-lock@1"
    feeds: dict[str, Locked] = {}


def place(name: str, *, configured: str | None, home: Path, cache: Path) -> Path:
    """Return the folder of a feed: as configured, relative to `home`, else in the cache."""
    if configured is None:
        return cache / "feeds" / name
    return home / configured


def open_all(paths: Mapping[str, Path]) -> dict[str, Feed | ToolError]:
    """Open feeds; one that cannot be used does not keep the others from being used."""
    return {name: _opened(name, path) for name, path in paths.items()}


def _opened(name: str, path: Path) -> Feed | ToolError:
    try:
        return FEEDS[name].open(path)
    except ToolError as error:
        return error


def read_lock(folder: Path) -> Lock:
    """Read `feeds.lock`; an empty one where there is none."""
    path = folder / LOCK
    if not path.exists():
        return Lock()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Lock)
    except (OSError, msgspec.DecodeError) as error:
        raise PenstockError(
            f"{path} cannot be read: {error}", hint="remove it, and run: penstock feeds sync"
        ) from error


def sync(name: str, folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> Feed:
    """Fetch a feed beside the present one, prove it, and put it in place by a rename."""
    began = time.monotonic()
    watcher.started(name)
    try:
        feed = _synced(name, folder, order, http=http, watcher=watcher)
    except OSError as error:
        raise PenstockError(
            f"{folder} cannot hold the {name} feed: {error}",
            hint="choose another folder with --to, or another cache with PENSTOCK_CACHE",
        ) from error
    seconds = time.monotonic() - began
    watcher.ended(name, f"{feed.records} records of {feed.updated}", seconds)
    return feed


def _synced(name: str, folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> Feed:
    lock = read_lock(folder)
    known = lock.feeds.get(name)
    order = msgspec.structs.replace(order, before=known.version if known else "")
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(name, folder, order.now)
    draft = folder / f".{name}-{secrets.token_hex(6)}"
    try:
        fetched = FEEDS[name].sync(draft, order, http=http, watcher=watcher)
        if known is not None:
            _refuse_less(fetched, known, order)
        final = folder / f"{name}-{fetched.digest.removeprefix('sha256:')[:_HEX]}"
        feed = _settle(name, draft, final)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _point(folder / name, final.name)
    _note(folder, lock, name, feed, order)
    return feed


def _refuse_less(fetched: Feed, known: Locked, order: Order) -> None:
    """Raise PenstockError for a snapshot that goes back behind the one in place, or is cut."""
    then, now = instant(known.updated), instant(fetched.updated)
    if then is not None and now is not None and now < then:
        why = f"is of {fetched.updated}, older than the one in place ({known.updated})"
    elif fetched.records < known.records * _LEAST:
        why = f"has {fetched.records} records, and the one in place {known.records}"
    else:
        return
    if not order.anyway:
        raise PenstockError(
            f"the {fetched.name} feed that was fetched {why}: it was not taken",
            hint="check its source; to take it all the same: "
            f"penstock feeds sync {fetched.name} --anyway",
        )


def _sweep(name: str, folder: Path, now: datetime) -> None:
    """Remove what a sync that was killed left behind, a day later."""
    for left in folder.glob(f".{name}-*"):
        if left.lstat().st_mtime < (now - _ABANDONED).timestamp():
            shutil.rmtree(left, ignore_errors=True)


def _settle(name: str, draft: Path, final: Path) -> Feed:
    """Rename into place, unless the same snapshot is there already and whole.

    That it was asked for anew is noted all the same: the newest issue may be days old.
    """
    present = _opened(name, final)
    if isinstance(present, Feed):
        if present.fetched:
            (draft / noted.NOTE).replace(final / noted.NOTE)
        return FEEDS[name].open(final)
    if final.exists():
        shutil.rmtree(final)
    draft.rename(final)
    return FEEDS[name].open(final)


def _point(link: Path, target: str) -> None:
    """Let the feed's plain name mean this snapshot from one moment to the next."""
    if link.exists() and not link.is_symlink():
        raise PenstockError(
            f"{link} is there and was not put there by `feeds sync`",
            hint="move it away, or sync to another folder with --to",
        )
    draft = link.with_name(f".{link.name}-{secrets.token_hex(6)}")
    draft.symlink_to(target, target_is_directory=True)
    draft.replace(link)


def _note(folder: Path, lock: Lock, name: str, feed: Feed, order: Order) -> None:
    entry = Locked(
        digest=feed.digest,
        records=feed.records,
        updated=feed.updated,
        version=feed.version,
        source=order.mirror or FEEDS[name].SOURCE,
        fetched=order.now.isoformat().replace("+00:00", "Z"),
    )
    whole = msgspec.structs.replace(lock, feeds=dict(sorted({**lock.feeds, name: entry}.items())))
    text = msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"
    draft = folder / f".{LOCK}-{secrets.token_hex(6)}"
    draft.write_bytes(text)
    draft.replace(folder / LOCK)
