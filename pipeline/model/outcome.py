"""How a stage ends: completed, failed or skipped. There is no fourth."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

import msgspec

from pipeline.model.artifact import Artifact, Feed, Tool
from pipeline.model.finding import Finding
from pipeline.model.gap import Gap, GapReason
from pipeline.model.imported import Imported
from pipeline.model.inventory import Exclusion
from pipeline.model.walls import Level


class Canary(StrEnum):
    """Whether the known-bad input that was planted was found."""

    FOUND = "found"
    MISSED = "missed"
    NONE = "none"
    """The stage has none; registry tests list which stages may say so."""


class SkipReason(StrEnum):
    """Why a stage was not asked."""

    NOT_APPLICABLE = "not_applicable"
    """Penstock's own inventory holds nothing for it."""
    DESELECTED = "deselected"
    """`--skip`, `--only`."""
    NOT_REQUIRED = "not_required"
    """The policy says `required: no` for this environment."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage is asked."""

    asked: tuple[str, ...]
    """Every target that needs an answer, those of `gaps` included; sorted, unique."""
    gaps: tuple[Gap, ...] = ()
    """What is known before the tool runs to have no answer."""
    rules: str = ""
    """Digest of the rules that its tool is given; empty where Penstock gives it none."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a parser read in a tool's reports."""

    findings: tuple[Finding, ...]
    answered: frozenset[str]
    """The targets whose answer the report *proves*."""
    gaps: tuple[Gap, ...]
    canary: Canary
    artifacts: tuple[Artifact, ...] = ()


class Completed(msgspec.Struct, frozen=True, kw_only=True, tag="completed"):
    """The tool looked, and this is what it proved. Made by `account`."""

    asked: int
    answered: int
    gaps: tuple[Gap, ...]
    canary: Canary


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """The tool gave no answer."""

    asked: int
    reason: GapReason
    message: str
    gaps: tuple[Gap, ...] = ()
    """What was known of single targets before it failed."""


class Skipped(msgspec.Struct, frozen=True, kw_only=True, tag="skipped"):
    """The stage was not asked."""

    why: SkipReason
    asked: int
    """How many targets the inventory holds for it."""
    inventory: str
    """Digest of the inventory that says so."""


Outcome: TypeAlias = Completed | Failed | Skipped


class StageEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A stage's outcome with what it rests on: all that the gate knows of it."""

    stage: str
    outcome: Outcome
    excluded: tuple[Exclusion, ...] = ()
    tools: tuple[Tool, ...] = ()
    feeds: tuple[Feed, ...] = ()
    rules: str = ""
    """Digest of the rules that its tool was given; empty where Penstock gave it none."""
    imported: Imported | None = None
    """Where the answer came from, when Penstock did not run the tool itself."""
    sandbox: Level | None = None
    """How strictly the least walled in of its processes ran; None where none was started."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage's processes cost."""

    seconds: float
    cpu_seconds: float
    max_rss_mb: float
    exit_code: int | None
    command: tuple[str, ...]
    stderr_tail: str
    """The last lines, redacted and with control characters escaped."""
    sandbox: Level | None = None
    """None where it was not started."""


class StageResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage leaves behind in a run."""

    evidence: StageEvidence
    findings: tuple[Finding, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    targets: tuple[tuple[str, str], ...] = ()
    """(target, what became of it: `answered` or a gap's reason), for coverage/STAGE.txt."""
    usage: tuple[Usage, ...] = ()


def account(stage: str, scope: Scope, answer: Answer) -> tuple[Completed, dict[str, str]]:
    """Hold what was asked against what was proven. Nothing is answered by not being mentioned.

    Returns the outcome and, for each asked target, `answered` or the reason of its gap. An
    answer for a target that was never asked counts for nothing.
    """
    gaps = {*scope.gaps, *answer.gaps}
    if answer.canary is Canary.MISSED:
        missed = "the planted known-bad input was not reported"
        gaps.add(Gap(stage=stage, target=None, reason=GapReason.CANARY_MISSED, detail=missed))
    fate = {gap.target: gap.reason.value for gap in sorted(gaps, key=_gap_order) if gap.target}
    for target in scope.asked:
        if target not in fate and target not in answer.answered:
            fate[target] = GapReason.NOT_LISTED.value
            absent = "asked, and absent from the report"
            gaps.add(Gap(stage=stage, target=target, reason=GapReason.NOT_LISTED, detail=absent))
    fates = {target: fate.get(target, "answered") for target in scope.asked}
    done = Completed(
        asked=len(scope.asked),
        answered=sum(one == "answered" for one in fates.values()),
        gaps=tuple(sorted(gaps, key=_gap_order)),
        canary=answer.canary,
    )
    return done, fates


def _gap_order(gap: Gap) -> tuple[str, str, str, str]:
    return gap.stage or "", gap.target or "", gap.reason.value, gap.detail


def gaps_of(results: Iterable[StageEvidence]) -> tuple[Gap, ...]:
    """Every gap that a stage itself reported."""
    return tuple(
        gap
        for evidence in results
        if not isinstance(evidence.outcome, Skipped)
        for gap in evidence.outcome.gaps
    )
