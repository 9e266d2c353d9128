"""Where snapshots are, and how a new one gets there: whole, or not at all."""

import secrets
import shlex
import shutil
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.feeds import FEEDS, bodies, lockfile, noted
from pipeline.feeds.base import Order
from pipeline.feeds.lockfile import Locked
from pipeline.feeds.refusals import refuse
from pipeline.model.artifact import Feed
from pipeline.model.gap import ToolError
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

LIVE: Final = "live"
"""In place of a folder: the public service is asked at each run."""
_ABANDONED: Final = timedelta(days=1)
_HEX: Final = 16
"""Digits of a digest in a folder's name; the whole digest is in the lock."""


def place(name: str, *, configured: str | None, home: Path, cache: Path) -> Path:
    """Return the folder of a feed: as configured, relative to `home`, else in the cache."""
    if configured is None:
        return cache / "feeds" / name
    return home / configured


def command(name: str, folder: Path | None = None) -> str:
    """Return what fetches a feed into a folder that holds feeds; without one, into the cache."""
    where = "" if folder is None else f" --to {shlex.quote(str(folder))}"
    return f"penstock feeds sync {name}{where}"


def remedy(name: str, *, configured: str | None, home: Path) -> str:
    """Return what fetches a feed to where it is read, and what else that needs."""
    if configured is None or configured == LIVE:
        return command(name)
    path = home / configured
    fetch = command(name, path.parent)
    if path.name == name:
        return fetch
    return f"{fetch}, and name {path.parent / name} in penstock.toml in place of {configured}"


def open_all(
    paths: Mapping[str, Path], remedies: Mapping[str, str] | None = None
) -> dict[str, Feed | ToolError]:
    """Open feeds; one that cannot be used does not keep the others from being used."""
    told = remedies or {}
    return {name: opened(name, path, told.get(name, "")) for name, path in paths.items()}


def opened(name: str, path: Path, remedy: str = "") -> Feed | ToolError:
    """Open a feed, or say why it cannot be used and, where that is told, what mends it."""
    try:
        return FEEDS[name].open(path)
    except ToolError as error:
        if not remedy:
            return error
        return ToolError(error.reason, error.message, hint=f"fetch it with: {remedy}")


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
    known = lockfile.read(folder).feeds.get(name)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(name, folder, order.now)
    draft = folder / f".{name}-{secrets.token_hex(6)}"
    try:
        with bodies.parts(folder, name, draft) as parts:
            order = msgspec.structs.replace(
                order, before=known.version if known else "", parts=parts
            )
            fetched = FEEDS[name].sync(draft, order, http=http, watcher=watcher)
        with lockfile.alone(folder):
            return _put(fetched, draft, folder, order)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put(fetched: Feed, draft: Path, folder: Path, order: Order) -> Feed:
    """Let a draft take the place of what is held, unless that would be a loss."""
    name, lock = fetched.name, lockfile.read(folder)
    present = opened(name, folder / name)
    held = [lock.feeds[name]] if name in lock.feeds else []
    if isinstance(present, Feed):
        held.append(Locked.of(present))
    refuse(fetched, held, folder, order.now)
    final = folder / f"{name}-{fetched.digest.removeprefix('sha256:')[:_HEX]}"
    feed = _settle(name, draft, final)
    _point(folder / name, final.name)
    source = order.mirror or FEEDS[name].SOURCE
    entry = Locked.of(feed, source=source, fetched=noted.utc(order.now))
    lockfile.write(folder, msgspec.structs.replace(lock, feeds={**lock.feeds, name: entry}))
    return feed


def _sweep(name: str, folder: Path, now: datetime) -> None:
    """Remove what a sync that was killed left behind, a day later."""
    for left in folder.glob(f".{name}-*"):
        if left.lstat().st_mtime < (now - _ABANDONED).timestamp():
            shutil.rmtree(left, ignore_errors=True)


def _settle(name: str, draft: Path, final: Path) -> Feed:
    """Rename into place, unless the same snapshot is there already and whole.

    That it was asked for anew is noted all the same: the newest issue may be days old.
    """
    present = opened(name, final)
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
