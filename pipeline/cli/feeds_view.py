"""Writes lists of feeds for people and for programs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from pipeline.cli import options
from pipeline.cli.terminal.columns import aligned, below
from pipeline.feeds import FEEDS, ON_REQUEST
from pipeline.feeds.base import instant
from pipeline.model.artifact import Feed
from pipeline.model.gap import GapReason, ToolError
from pipeline.report.escape import terminal

VERIFIED: Final = "verified"
_SCHEMA: Final = "penstock/feeds@1"
_HEAD: Final = ("FEED", "STATE", "RECORDS", "UPDATED", "AGE", "VERSION", "SHA256")
_DIGEST: Final = 8
_VERSION: Final = 12
_DAY: Final = len("2026-11-25")
"""The document for programs has the instant, the whole of a commit and of a digest."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A feed, as every list shows it."""

    name: str
    state: str
    """`verified`, or a gap's reason."""
    path: str
    records: int = 0
    updated: str = ""
    version: str = ""
    age_hours: float | None = None
    excerpt: bool = False
    digest: str = ""
    message: str = ""
    hint: str = ""
    source: str = ""
    """Where it was fetched from just now, and who named that."""


View: TypeAlias = Callable[[tuple[Row, ...]], str]


def wanted(names: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Return the feeds that were named, each once; else those that are usual or in the folder.

    Raises UsageError for an unknown one.
    """
    for name in names:
        if name not in FEEDS:
            raise options.unknown("feed", name, tuple(FEEDS))
    usual = (name for name in FEEDS if name not in ON_REQUEST or (folder / name).exists())
    return tuple(dict.fromkeys(names)) or tuple(usual)


def usable(rows: Sequence[Row]) -> bool:
    """Say whether every feed can be used that somebody wants."""
    missing = GapReason.FEED_MISSING.value
    return all(
        one.state == VERIFIED or (one.name in ON_REQUEST and one.state == missing) for one in rows
    )


def row(name: str, path: Path, one: Feed | ToolError, now: datetime, *, source: str = "") -> Row:
    """Return the row of a feed that was opened, or could not be."""
    if isinstance(one, ToolError):
        return Row(
            name=name,
            state=one.reason.value,
            path=str(path),
            message=one.message,
            hint=one.hint,
        )
    when = instant(one.updated)
    return Row(
        name=name,
        state=VERIFIED,
        path=one.path,
        records=one.records,
        updated=one.updated,
        version=one.version,
        age_hours=None if when is None else round((now - when) / timedelta(hours=1), 1),
        excerpt=one.excerpt,
        digest=one.digest,
        source=source,
    )


def choose(format_name: str) -> View:
    """Return how to write a list. Raises UsageError for a format that is none."""
    if format_name not in _VIEWS:
        raise options.unknown("format", format_name, tuple(_VIEWS))
    return _VIEWS[format_name]


def as_text(rows: tuple[Row, ...]) -> str:
    """Write a table; a feed that cannot be used is followed by the reason and what to do."""
    return "".join(f"{terminal(line)}\n" for line in _lines(rows))


def _lines(rows: tuple[Row, ...]) -> Iterator[str]:
    head, *lines = aligned([_HEAD, *map(_cells, rows)])
    yield head
    for line, one in zip(lines, rows, strict=True):
        yield line
        if one.source:
            yield from below(f"from {terminal(one.source)}")
        if one.message:
            yield from below(terminal(one.message))
            yield from below(f"help: {terminal(one.hint)}")


def _cells(one: Row) -> tuple[str, ...]:
    age = "" if one.age_hours is None else _age(one.age_hours)
    state = "excerpt" if one.excerpt else one.state
    records = str(one.records) if one.updated else ""
    digest = one.digest.removeprefix("sha256:")[:_DIGEST]
    cells = (one.name, state, records, one.updated[:_DAY], age, one.version[:_VERSION], digest)
    return tuple(cell or "-" for cell in cells)


def _age(hours: float) -> str:
    days = hours / 24
    return f"{hours:.0f} h" if abs(days) < 2 else f"{days:.0f} d"  # noqa: PLR2004 -- reads better


def as_json(rows: tuple[Row, ...]) -> str:
    """Write the same for programs."""
    document = {"schema": _SCHEMA, "feeds": rows}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


_VIEWS: Final[Mapping[str, View]] = {"text": as_text, "json": as_json}
