"""Writes the roles report for people and for programs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.audit.roles import KeyLine, PersonLine, RolesReport
from pipeline.cli.terminal.columns import block
from pipeline.report.escape import code, markdown, terminal


def as_text(report: RolesReport) -> str:
    """Write it for a terminal."""
    return "".join(f"{terminal(line)}\n" for line in _lines(report))


def _lines(report: RolesReport) -> Iterator[str]:
    yield f"ROLES  {report.source}"
    for role in report.roles:
        can = ", ".join(role.can) or "nothing"
        yield from block(role.role, f"{', '.join(role.members) or 'nobody'}: {can}")
    if report.people:
        yield "PEOPLE"
    for one in report.people:
        yield f"  {one.person}"
        yield from block("roles", ", ".join(one.roles) or "none", indent=4)
        for key in one.keys:
            yield from block("key", _key(key), indent=4)
        if one.last_edit:
            yield from block("last edit", f"{one.last_edit}, by the address in a commit", indent=4)
    if report.problems:
        yield "TO MEND"
        yield from (line for told in report.problems for line in block("-", told, label_width=2))
    yield "NOT ENFORCED BY PENSTOCK"
    yield from (line for told in report.not_enforced for line in block("-", told, label_width=2))


def _key(key: KeyLine) -> str:
    state = "REVOKED" if key.revoked else f"last used {key.last_used or 'never'}"
    return f"{key.kind} {key.fingerprint} {state}"


def as_json(report: RolesReport) -> str:
    """Write it for programs."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def as_markdown(report: RolesReport) -> str:
    """Write it for a page."""
    return "\n".join(_page(report)) + "\n"


def _page(report: RolesReport) -> Iterator[str]:
    yield from (f"# Roles ({markdown(report.source)})", "")
    yield from ("| Role | Members | May |", "|---|---|---|")
    for role in report.roles:
        yield f"| {code(role.role)} | {markdown(', '.join(role.members))} | {', '.join(role.can)} |"
    yield from ("", "| Person | Roles | Keys | Last edit |", "|---|---|---|---|")
    yield from map(_row, report.people)
    for title, lines in (("To mend", report.problems), ("Not enforced", report.not_enforced)):
        if lines:
            yield from ("", f"## {title}", "", *(f"- {markdown(line)}" for line in lines))


def _row(one: PersonLine) -> str:
    keys = "; ".join(_key(key) for key in one.keys)
    cells = (one.person, ", ".join(one.roles), keys, one.last_edit or "")
    return f"| {' | '.join(map(markdown, cells))} |"


FORMATS: Final[Mapping[str, Callable[[RolesReport], str]]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
}
