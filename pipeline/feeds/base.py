"""What every feed is: it can be opened, which proves it, and fetched anew."""

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from pipeline.model.artifact import Feed
from pipeline.model.gap import GapReason, ToolError
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed is to be fetched."""

    mirror: str | None
    """Where to fetch it from in place of its home."""
    now: datetime
    before: str = ""
    """The version of the snapshot that is in place; empty where there is none or it has none."""
    parts: Path | None = None
    """Where a body lies until it is whole, from one sync to the next; else beside its feed."""


class FeedKind(Protocol):
    """A feed, as functions. A module is one: self is ignored (PEP 544)."""

    SOURCE: str
    """Where it is fetched from when no mirror is named."""

    def open(self, path: Path) -> Feed:
        """Verify a snapshot's digest, date and count, or raise the ToolError that says why not."""

    def sync(self, folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> Feed:
        """Fetch a snapshot into an empty folder, and open it there."""


class EnrichingKind(FeedKind, Protocol):
    """A feed about findings: what it knows is the field of its name in `Knowledge`."""

    def told(self, feed: Feed, wanted: Collection[str]) -> Mapping[str, object]:
        """Return what it says, by CVE, of some of them at least.

        Raises ToolError where the snapshot is not the one that was opened.
        """


def missing(name: str, path: Path) -> ToolError:
    """Say that there is no snapshot, and how to get one."""
    return ToolError(
        GapReason.FEED_MISSING,
        f"there is no {name} feed at {path}",
        hint=f"fetch it with: penstock feeds sync {name}",
    )


def broken(name: str, path: Path | str, why: str) -> ToolError:
    """Say that a snapshot cannot be believed, and how to replace it."""
    return ToolError(
        GapReason.FEED_BROKEN,
        f"the {name} feed at {path} cannot be used: {why}",
        hint=f"fetch it again with: penstock feeds sync {name}",
    )


def instant(text: str) -> datetime | None:
    """Read a date of RFC 3339 with its time zone; None when it is none."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else None
