"""coverage.json: what each stage was asked and what it proved, for programs to read."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, assert_never

import msgspec

from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import Gap, GapClass, GapReason
from pipeline.model.imported import Imported
from pipeline.model.inventory import Exclusion
from pipeline.model.outcome import (
    Canary,
    Completed,
    Failed,
    Outcome,
    Skipped,
    SkipReason,
    StageEvidence,
)
from pipeline.model.walls import Level

SCHEMA: Final = "penstock/coverage@1"
_DIGEST: Final = re.compile(r"(?:sha256:)?[0-9a-f]{64}")


class TargetList(msgspec.Struct, frozen=True, kw_only=True):
    """The file that names every target, and its digest."""

    file: str
    sha256: str


class GapEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A gap, with its class spelt out for readers without our tables."""

    target: str | None
    gap_class: GapClass = msgspec.field(name="class")
    reason: GapReason
    detail: str


class Excluded(msgspec.Struct, frozen=True, kw_only=True):
    """A target that the configuration leaves out."""

    target: str
    by: str


class StageEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One stage. Nothing has a default: an entry that lacks a field is no entry."""

    stage: str
    required: str
    outcome: Literal["completed", "failed", "skipped"]
    reason: str
    """Empty, the gap reason of a failure, or why it was skipped."""
    message: str
    asked: int
    answered: int
    targets: TargetList
    gaps: tuple[GapEntry, ...]
    excluded: tuple[Excluded, ...]
    canary: Canary
    inventory: str
    """Digest of the inventory that says that there was nothing to ask; else empty."""
    tool: Tool | None
    """The first of `tools`: what most readers want."""
    tools: tuple[Tool, ...]
    feed: Feed | None
    feeds: tuple[Feed, ...]
    rules: str
    """Digest of the rules that its tool was given; empty where Penstock gave it none."""
    origin: Literal["own", "imported"]
    """Whether Penstock ran the tool."""
    imported: Imported | None
    """What is known of the report, where it did not."""
    sandbox: Level | None
    """How strictly the least walled in of its processes ran; null where none was started."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The whole manifest."""

    schema: Literal["penstock/coverage@1"]
    stages: tuple[StageEntry, ...]
    feeds: tuple[Feed, ...]
    """The snapshots that findings were enriched with."""


def entry(evidence: StageEvidence, required: str, targets: TargetList) -> StageEntry:
    """Write one stage's evidence as an entry."""
    outcome = evidence.outcome
    values: Mapping[str, object]
    match outcome:
        case Completed():
            values = {
                "outcome": "completed",
                "reason": "",
                "message": "",
                "answered": outcome.answered,
                "canary": outcome.canary.value,
                "inventory": "",
            }
        case Failed():
            values = {
                "outcome": "failed",
                "reason": outcome.reason.value,
                "message": outcome.message,
                "answered": 0,
                "canary": Canary.NONE.value,
                "inventory": "",
            }
        case Skipped():
            values = {
                "outcome": "skipped",
                "reason": outcome.why.value,
                "message": "",
                "answered": 0,
                "canary": Canary.NONE.value,
                "inventory": outcome.inventory,
            }
        case _:
            assert_never(outcome)
    return msgspec.convert(
        {
            **values,
            "gaps": [_gap(gap) for gap in _gaps(outcome)],
            "stage": evidence.stage,
            "required": required,
            "asked": outcome.asked,
            "targets": msgspec.to_builtins(targets),
            "excluded": [{"target": e.path, "by": e.by} for e in evidence.excluded],
            "tool": msgspec.to_builtins(evidence.tools[0]) if evidence.tools else None,
            "tools": msgspec.to_builtins(evidence.tools),
            "feed": msgspec.to_builtins(evidence.feeds[0]) if evidence.feeds else None,
            "feeds": msgspec.to_builtins(evidence.feeds),
            "rules": evidence.rules,
            "origin": "own" if evidence.imported is None else "imported",
            "imported": msgspec.to_builtins(evidence.imported),
            "sandbox": evidence.sandbox,
        },
        StageEntry,
    )


def _gaps(outcome: Outcome) -> tuple[Gap, ...]:
    return () if isinstance(outcome, Skipped) else outcome.gaps


def _gap(gap: Gap) -> dict[str, object]:
    return {
        "target": gap.target,
        "class": gap.gap_class.value,
        "reason": gap.reason.value,
        "detail": gap.detail,
    }


def evidence(found: StageEntry) -> StageEvidence:
    """Read an entry back as evidence. Raises ValueError for a word that is none of ours."""
    gaps = tuple(
        Gap(stage=found.stage, target=gap.target, reason=gap.reason, detail=gap.detail)
        for gap in found.gaps
    )
    outcome: Outcome
    match found.outcome:
        case "completed":
            outcome = Completed(
                asked=found.asked, answered=found.answered, gaps=gaps, canary=found.canary
            )
        case "failed":
            outcome = Failed(
                asked=found.asked,
                reason=GapReason(found.reason),
                message=found.message,
                gaps=gaps,
            )
        case "skipped":
            outcome = Skipped(
                why=SkipReason(found.reason), asked=found.asked, inventory=found.inventory
            )
        case _:
            assert_never(found.outcome)
    return StageEvidence(
        stage=found.stage,
        outcome=outcome,
        excluded=tuple(Exclusion(path=e.target, by=e.by) for e in found.excluded),
        tools=tuple(map(_tool, found.tools)),
        feeds=found.feeds,
        rules=found.rules,
        imported=_imported(found),
        sandbox=found.sandbox,
    )


def _tool(said: Tool) -> Tool:
    """Return a tool. Raises ValueError where it is called locked, and nobody says which it was.

    The same for a day of its release that is none.
    """
    if said.locked and not (said.name and said.version and said.path and _is_digest(said.sha256)):
        raise ValueError(f"{said.name or 'a tool'} is called locked, without place or digest")
    if said.released:
        date.fromisoformat(said.released)
    return said


def _is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def _imported(found: StageEntry) -> Imported | None:
    """Return where an answer came from. Raises ValueError where an entry says two things."""
    if (found.imported is None) != (found.origin == "own"):
        raise ValueError(f"{found.stage} is {found.origin}, and its entry says otherwise")
    return found.imported
