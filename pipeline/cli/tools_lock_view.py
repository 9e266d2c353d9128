"""Writes what changes in the lock, for people and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from pipeline.cli import options
from pipeline.cli.terminal.columns import aligned
from pipeline.cli.tools_findings import Difference
from pipeline.report.escape import terminal
from pipeline.toolchain.locking.proposal import Proposal

_SCHEMA: Final = "penstock/tools-lock-change@1"
_SHORT: Final = 48
_NONE: Final = "-"


class View(Protocol):
    """Writes a proposal and, if two scans were made, what they differ in."""

    def __call__(self, proposal: Proposal, difference: Difference | None, *, written: bool) -> str:
        """Return the text."""


def choose(format_name: str) -> View:
    """Return how to write. Raises UsageError for a format that is none."""
    if format_name not in _VIEWS:
        raise options.unknown("format", format_name, tuple(_VIEWS))
    return _VIEWS[format_name]


def as_text(proposal: Proposal, difference: Difference | None, *, written: bool) -> str:
    """Write tables: what changes, what is found otherwise, what could not be asked."""
    lines = [*_changes(proposal), *_findings(proposal, difference), *_unreached(proposal)]
    lines += _ending(proposal, written=written)
    return "".join(f"{terminal(line)}\n" for line in lines)


def _changes(proposal: Proposal) -> Iterator[str]:
    if not proposal.changes:
        yield "Nothing changes in what is locked."
        return
    rows = [(one.tool, one.what, one.before, one.after) for one in proposal.changes]
    yield from _table(("TOOL", "WHAT", "BEFORE", "AFTER"), rows)


def _findings(proposal: Proposal, difference: Difference | None) -> Iterator[str]:
    if difference is None:
        if proposal.tools:
            yield "Findings were not compared: that is done with --update, on --example DIR."
        return
    yield ""
    yield (
        f"{difference.example}: {difference.before} before, {difference.after} after; "
        f"{difference.same} findings are the same, {len(difference.found)} are not"
    )
    if difference.found:
        rows = [(one.stage, one.rule, one.where, one.before, one.after) for one in difference.found]
        yield from _table(("STAGE", "RULE", "WHERE", "BEFORE", "AFTER"), rows)
    for told in difference.unanswered:
        yield f"unanswered by the new tools alone: {told}"


def _unreached(proposal: Proposal) -> Iterator[str]:
    if proposal.unreached:
        yield ""
    for one in proposal.unreached:
        first, *rest = one.reason.splitlines()
        yield f"{one.tool}: {one.what} could not be asked: {first}"
        yield from (f"    {line}" for line in rest)


def _ending(proposal: Proposal, *, written: bool) -> Iterator[str]:
    for path in sorted(proposal.files):
        yield f"{'written' if written else 'would change'}: {path}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from aligned([head, *([_cell(word) for word in row] for row in rows)])


def _cell(word: str) -> str:
    if not word:
        return _NONE
    return word if len(word) <= _SHORT else f"{word[: _SHORT - 1]}…"


def as_json(proposal: Proposal, difference: Difference | None, *, written: bool) -> str:
    """Write the same for programs, with nothing cut short."""
    document = {
        "schema": _SCHEMA,
        "written": written,
        "files": sorted(proposal.files),
        "tools": proposal.tools,
        "changes": proposal.changes,
        "findings": difference,
        "unreached": proposal.unreached,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


_VIEWS: Final[Mapping[str, View]] = {"text": as_text, "json": as_json}
