"""What of zizmor's JSON report and of its log counts."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from pipeline.model import strict
from pipeline.model.gap import GapReason, ToolError
from pipeline.toolchain.command import Report

_COMPLETED: Final = re.compile(r"^ INFO audit: zizmor: \S+ completed (?P<path>.+)$")
_VERSION: Final = re.compile(r"^ INFO zizmor: \S+ zizmor v(?P<version>\S+)$", re.MULTILINE)
_WARNING: Final = " WARN "
_MARKER: Final = re.compile(r"#\s*zizmor:\s*\w+\[(?P<rules>[^\]]*)\]")
"""What the copy leaves of a comment that would have silenced a rule: its word is altered."""


class Point(msgspec.Struct, frozen=True):
    """A place; zizmor counts rows from 0."""

    row: int


class _Span(msgspec.Struct, frozen=True):
    start_point: Point
    end_point: Point


class _Concrete(msgspec.Struct, frozen=True):
    location: _Span
    feature: str
    comments: list[str]


class _Local(msgspec.Struct, frozen=True):
    verbatim_path: str


class _Key(msgspec.Struct, frozen=True):
    local: _Local = msgspec.field(name="Local")


class _Step(msgspec.Struct, frozen=True):
    key: str | None = msgspec.field(name="Key", default=None)
    index: int | None = msgspec.field(name="Index", default=None)


class _Route(msgspec.Struct, frozen=True):
    route: list[_Step]


class _Symbolic(msgspec.Struct, frozen=True):
    key: _Key
    annotation: str
    kind: str
    route: _Route = _Route([])


class Place(msgspec.Struct, frozen=True):
    """One of the places that a finding names; the Primary one is where it is."""

    symbolic: _Symbolic
    concrete: _Concrete

    @property
    def path(self) -> str:
        """The file, as it was named on the command line."""
        return self.symbolic.key.local.verbatim_path

    @property
    def address(self) -> str:
        """The path of the YAML key, as `["jobs", "build", "steps", 0]`; empty for a whole file."""
        steps = [step.index if step.key is None else step.key for step in self.symbolic.route.route]
        return msgspec.json.encode(steps).decode() if steps else ""

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line, from 1."""
        span = self.concrete.location
        return span.start_point.row + 1, span.end_point.row + 1


class _Determinations(msgspec.Struct, frozen=True):
    confidence: str
    severity: str


class Item(msgspec.Struct, frozen=True):
    """One finding."""

    ident: str
    desc: str
    url: str
    determinations: _Determinations
    locations: list[Place]
    ignored: bool

    @property
    def primary(self) -> Place:
        """The place where it is, which `read` made sure of."""
        return next(place for place in self.locations if place.symbolic.kind == "Primary")

    @property
    def is_marked(self) -> bool:
        """Whether a comment at one of its places names its rule, as zizmor itself reads them."""
        comments = (text for place in self.locations for text in place.concrete.comments)
        marks = (mark["rules"] for text in comments for mark in _MARKER.finditer(text))
        return any(self.ident in (rule.strip() for rule in rules.split(",")) for rules in marks)


def read(report: Report) -> list[Item]:
    """Decode a report, or raise ToolError(TOOL_OUTPUT)."""
    try:
        items = strict.decode(report.data, list[Item])
    except msgspec.DecodeError as exc:
        raise unreadable(str(exc)) from exc
    for item in items:
        if not any(place.symbolic.kind == "Primary" for place in item.locations):
            raise unreadable(f"a finding of {item.ident} has no place")
    return items


def unreadable(why: str) -> ToolError:
    """Say that what zizmor wrote is not its report."""
    return ToolError(GapReason.TOOL_OUTPUT, f"zizmor: not a report of its own: {why}")


def completed(stderr: str) -> frozenset[str]:
    """Return the files that the log says were audited; the report has no list of them."""
    lines = (_COMPLETED.match(line) for line in stderr.splitlines())
    return frozenset(line["path"] for line in lines if line)


def version(stderr: str) -> str:
    """Return the version that the log begins with; the report names none."""
    found = _VERSION.search(stderr)
    return found["version"] if found else ""


def warnings(stderr: str) -> Iterator[str]:
    """Yield what the log says of inputs that it could not use."""
    return (line.strip() for line in stderr.splitlines() if line.startswith(_WARNING))
