"""Writes an exception's file as a person would: the fields in order, each with its meaning."""

import json
import re
import textwrap
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from pipeline.exceptions.find import Target
from pipeline.policy.loading.scalars import plain
from pipeline.policy.model import Vex
from pipeline.report.escape import terminal

_WIDTH: Final = 96
_NOTE: Final = 88
_COLUMN: Final = 36
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._/+-]*(?::[A-Za-z0-9@._/+-]+)*")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a new file says."""

    id: str
    type: str
    rules: tuple[str, ...]
    target: Target
    environments: tuple[str, ...] = ()
    """None: all of them."""
    max_matches: int
    approved_at_severity: str | None
    approved_without_fix: bool
    owner: str
    requester: str
    ticket: str
    reason: str
    controls: tuple[str, ...] = ()
    evidence: str | None = None
    created: date
    not_before: date | None = None
    expires: date
    supersedes: str | None = None
    vex: Vex | None = None
    notes: tuple[str, ...] = ()
    """Comments at the top, a line each."""
    schema: str = ""
    """Where editors find the schema, as seen from the file."""


def written(draft: Draft) -> bytes:
    """Write a draft as YAML that reads back as exactly what it says."""
    return "".join(f"{line}\n" for line in _lines(draft)).encode()


def scalar(text: str) -> str:
    """Write a text so that it reads back as this text: in quotes, unless it is plainly a word."""
    if _PLAIN.fullmatch(text) and _reads_back(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _reads_back(text: str) -> bool:
    try:
        return plain(text) == text
    except ValueError:
        return False


def folded(text: str) -> list[str]:
    """Break a text into the lines of a folded block; an empty line parts paragraphs."""
    paragraphs = [part for each in text.splitlines() if (part := " ".join(each.split()))]
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += [""] if lines else []
        lines += textwrap.wrap(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return lines


def _lines(draft: Draft) -> Iterator[str]:
    if draft.schema:
        yield f"# yaml-language-server: $schema={draft.schema}"
    for note in draft.notes:
        yield f"# {textwrap.shorten(terminal(note), _NOTE, placeholder=' …')}"
    yield "apiVersion: penstock/v1"
    yield "kind: Exception"
    yield _said(f"id: {draft.id}", "equals the file's name")
    yield f"type: {draft.type}"
    yield _said(f"rules: [{', '.join(map(scalar, draft.rules))}]", "every rule that fails on it")
    yield from _target(draft)
    yield _said(f"max_matches: {draft.max_matches}", "one finding more, and nothing is excepted")
    yield from _approved(draft)
    yield _said(f"owner: {scalar(draft.owner)}", "accountable for the fix")
    yield _said(f"requester: {scalar(draft.requester)}", "may not approve it")
    yield f"ticket: {scalar(draft.ticket)}"
    yield "reason: >-"
    yield from (f"  {line}".rstrip() for line in folded(draft.reason))
    yield from _proofs(draft)
    yield from _dates(draft)
    yield from _vex(draft.vex)


def _said(text: str, meaning: str) -> str:
    return f"{text:<{_COLUMN}}# {meaning}" if len(text) < _COLUMN else f"{text}  # {meaning}"


def _target(draft: Draft) -> Iterator[str]:
    target = draft.target
    yield "target:"
    if target.match_key:
        said = f"  match_key: {scalar(target.match_key)}"
        yield _said(said, "holds the path: moved code asks again")
    else:
        yield _said(f"  vulnerability: {scalar(target.vulnerability)}", "any id of the advisory")
        yield _said(f"  purl: {scalar(target.purl)}", "this version and no other")
    if target.artifact:
        yield _said(f"  artifact: {scalar(target.artifact)}", "an image; else the source tree")
    if target.paths:
        globs = (json.dumps(path, ensure_ascii=False) for path in target.paths)
        yield f"  paths: [{', '.join(globs)}]"
    if draft.environments:
        yield f"  environments: [{', '.join(draft.environments)}]"


def _approved(draft: Draft) -> Iterator[str]:
    if draft.approved_at_severity is not None:
        said = f"approved_at_severity: {draft.approved_at_severity}"
        yield _said(said, "ends when the severity rises above")
    without = str(draft.approved_without_fix).lower()
    yield _said(f"approved_without_fix: {without}", "true: ends when a fix appears")


def _proofs(draft: Draft) -> Iterator[str]:
    if draft.controls:
        yield "compensating_controls:"
        yield from (f"  - {scalar(one)}" for one in draft.controls)
    if draft.evidence is not None:
        yield f"evidence: {draft.evidence}"


def _dates(draft: Draft) -> Iterator[str]:
    yield f"created: {draft.created.isoformat()}"
    if draft.not_before is not None:
        yield _said(f"not_before: {draft.not_before.isoformat()}", "begins to apply on this day")
    yield _said(f"expires: {draft.expires.isoformat()}", "stops applying at 00:00 UTC of this day")
    if draft.supersedes is not None:
        yield _said(f"supersedes: {scalar(draft.supersedes)}", "the exception that this one renews")


def _vex(vex: Vex | None) -> Iterator[str]:
    if vex is None:
        return
    yield "vex:"
    yield f"  status: {vex.status}"
    if vex.justification:
        yield f"  justification: {vex.justification}"
    if vex.action_statement:
        yield f"  action_statement: {scalar(vex.action_statement)}"
