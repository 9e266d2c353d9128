"""Writes lists of tools for people and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from pipeline.cli import options
from pipeline.cli.terminal.columns import aligned, below, block
from pipeline.model.artifact import Tool
from pipeline.model.denied import DeniedTool
from pipeline.model.gap import ToolError
from pipeline.report.escape import terminal
from pipeline.toolchain.locate import Installed
from pipeline.toolchain.lock import LockedTool, origin

_SCHEMA: Final = "penstock/tools@1"
_HEAD: Final = ("TOOL", "VERSION", "RELEASED", "FROM", "STATE", "SHA256")
_DIGEST: Final = 12


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A tool, as every list shows it."""

    name: str
    version: str
    state: str
    """`verified`, `installed` (not read), `missing`, `broken`, `denied`, or a gap's reason."""
    released: str = ""
    """The day of its release; empty where no lock speaks of it."""
    origin: str = ""
    """What it is made from on this platform; empty where that is not known."""
    sha256: str = ""
    path: str = ""
    message: str = ""
    hint: str = ""


class View(Protocol):
    """Writes a list and, where they are told, the releases that never run."""

    def __call__(self, root: Path, rows: tuple[Row, ...], denied: Sequence[DeniedTool] = ()) -> str:
        """Return the text."""


def row(tool: Tool, locked: LockedTool) -> Row:
    """Return the row of a tool whose bytes were read."""
    return Row(
        name=tool.name,
        version=tool.version,
        state="verified" if tool.locked else "not locked",
        released=tool.released,
        origin=origin(locked),
        sha256=tool.sha256,
        path=tool.path,
    )


def listed(one: Installed) -> Row:
    """Return the row of a tool whose note alone was read."""
    return Row(
        name=one.name,
        version=one.version,
        state=one.state.value,
        released=one.released,
        origin=one.origin,
        sha256=one.sha256,
        path=one.path,
        message=one.message,
        hint=one.hint,
    )


def found(name: str, locked: LockedTool, one: Tool | ToolError) -> Row:
    """Return the row of a tool that was looked for."""
    if isinstance(one, Tool):
        return row(one, locked)
    return Row(
        name=name,
        version=locked.version,
        released=locked.released.isoformat(),
        origin=origin(locked),
        state=one.reason.value,
        message=one.message,
        hint=one.hint,
    )


def choose(format_name: str) -> View:
    """Return how to write a list. Raises UsageError for a format that is none."""
    if format_name not in _VIEWS:
        raise options.unknown("format", format_name, tuple(_VIEWS))
    return _VIEWS[format_name]


def as_text(root: Path, rows: tuple[Row, ...], denied: Sequence[DeniedTool] = ()) -> str:
    """Write a table; a tool that cannot be used is followed by the reason and what to do."""
    lines = [*_lines(root, rows), *_never(denied)]
    return "".join(f"{terminal(line)}\n" for line in lines)


def _never(denied: Sequence[DeniedTool]) -> Iterator[str]:
    if denied:
        told = ", ".join(
            f"{one.tool} {'/'.join(one.versions) or 'of any version'}" for one in denied
        )
        yield from block("never:", f"{terminal(told)} (docs/tools.md)", indent=0, label_width=7)
        yield "A policy denies more, and waits some days after a release: penstock doctor"


def _lines(root: Path, rows: tuple[Row, ...]) -> Iterator[str]:
    head, *lines = aligned([_HEAD, *map(_cells, rows)])
    yield head
    for line, one in zip(lines, rows, strict=True):
        yield line
        if one.message:
            yield from below(terminal(one.message))
            yield from below(f"help: {terminal(one.hint)}")
    yield f"in {root}"


def _cells(one: Row) -> tuple[str, ...]:
    digest = one.sha256.removeprefix("sha256:")[:_DIGEST]
    words = (one.name, one.version, one.released, one.origin, one.state, digest)
    return tuple(word or "-" for word in words)


def as_json(root: Path, rows: tuple[Row, ...], denied: Sequence[DeniedTool] = ()) -> str:
    """Write the same for programs."""
    document = {"schema": _SCHEMA, "root": str(root), "tools": rows, "denied": denied}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


_VIEWS: Final[Mapping[str, View]] = {"text": as_text, "json": as_json}
