"""What is remembered of one defect on one branch, and what of that may be believed."""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import msgspec

Fix: TypeAlias = Literal["none", "some", "unknown"]
MEMORY_DAYS: Final = 90
"""For so long a defect that is gone keeps its age, should it come back."""
KEPT_DAYS: Final = 400
"""For so long one that is gone is kept at all: a year that an auditor asks about, and a month."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A defect of one target. Days are dates, instants RFC 3339; all in UTC."""

    tracks: tuple[str, ...]
    target: str
    sources: tuple[str, ...]
    """The stages that reported it: what all of them prove to be absent is gone."""
    subjects: tuple[str, ...]
    """What told its findings apart when it was last seen: a package version, or an id."""
    since: str | None
    """The day before which it was proven absent; None where it was never seen to appear."""
    known: str
    """The first day on which it is on record."""
    last: str | None
    """When it was last seen; None while it is there, and where nobody looked before it was gone."""
    gone: str | None
    """The instant of the first run that proved it absent; None while it is there."""
    fix: Fix
    fix_since: str | None
    """The last day on which there was proof of no fix."""


def merged(rows: Iterable[Row]) -> Row:
    """Join rows that turn out to be one defect: the oldest counts, an unknown start being that."""
    first, *others = rows
    if not others:
        return first
    every = (first, *others)
    return Row(
        tracks=_union(one.tracks for one in every),
        target=first.target,
        sources=_union(one.sources for one in every),
        subjects=_union(one.subjects for one in every),
        since=earliest(one.since for one in every),
        known=min(one.known for one in every),
        last=None,
        gone=None,
        fix=first.fix if len({one.fix for one in every}) == 1 else "unknown",
        fix_since=earliest(one.fix_since for one in every),
    )


def earliest(days: Iterable[str | None]) -> str | None:
    """Return the earliest day, None where one of them is not known."""
    known = list(days)
    return None if None in known else min((day for day in known if day is not None), default=None)


def doubted(row: Row) -> Row:
    """Keep of a row that somebody may have altered only what can make a finding older."""
    return msgspec.structs.replace(row, since=None, fix="unknown", fix_since=None)


def _union(words: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({word for some in words for word in some}))
