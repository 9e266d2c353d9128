"""What can be told about a judgement: records for reports to render."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from pipeline.model.artifact import Feed
from pipeline.model.exposure import Stated
from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason
from pipeline.model.severity import Severity
from pipeline.model.verdict import (
    BudgetRecord,
    Decision,
    ExceptionRecord,
    ExceptionStatus,
    Unanswered,
)
from pipeline.policy.explaining.actions import Plan, Ways
from pipeline.policy.explaining.ages import Age


class Assumed(msgspec.Struct, frozen=True, kw_only=True):
    """A value that nobody knows, and what the policy takes it for."""

    field: str
    value: str


class PriorityGiven(msgspec.Struct, frozen=True, kw_only=True):
    """The row of the priority table that counted."""

    priority: str
    title: str
    place: str
    """`gate.yaml:27:3`; empty where no row matched."""


class FieldTried(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a match or of an exception, held against the finding."""

    field: str
    wanted: str
    found: str
    answer: Literal["yes", "no", "assumed", "unknown"]


class GraceTried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a rule's grace."""

    until: str | None
    """The day on which it ends; None where it is not used."""
    why_not: str
    fields: tuple[FieldTried, ...]


class RuleTried(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, held against the finding."""

    id: str
    title: str
    place: str
    controls: tuple[str, ...]
    outcome: Literal["fail", "warn", "grace", "excepted", "not met"]
    certain: bool
    assumed: tuple[str, ...]
    fields: tuple[FieldTried, ...]
    grace: GraceTried | None
    exceptions: tuple[str, ...]
    """The ids of those that cover it."""
    exception_roles: tuple[str, ...]
    """Who may approve an exception from it; none may where this is empty."""


class ExceptionTried(msgspec.Struct, frozen=True, kw_only=True):
    """An exception that covers the finding or nearly does."""

    id: str
    place: str
    status: ExceptionStatus
    reason: str
    applied: bool
    fields: tuple[FieldTried, ...]
    """Field by field; the rules it names are the last."""
    expires: str
    days_left: int
    owner: str
    ticket: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why one finding is judged as it is."""

    finding: Finding
    disagreement: bool
    """Sources differ by two steps of severity or more."""
    assumed: tuple[Assumed, ...]
    priority: PriorityGiven
    rules: tuple[RuleTried, ...]
    exceptions: tuple[ExceptionTried, ...]
    upgrade: str
    """What to do about it, in a sentence; empty where nobody knows."""
    ways: Ways = Ways()
    """What lifts every failing rule from it; empty where none fails."""
    feeds: tuple[Feed, ...] = ()
    exposures: tuple[Stated, ...] = ()
    """What the configuration stated of who can reach what."""
    """The snapshots that it was enriched with."""
    age: Age = Age()


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often a rule was met, by what came of it."""

    id: str
    title: str
    place: str
    breaches: int
    warnings: int
    grace: int
    excepted: int


class ExceptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """An exception with its remaining days."""

    record: ExceptionRecord
    days_left: int | None
    """None for a file that could not be read."""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a verdict rests on."""

    name: str
    """`policy`, a file of the bundle, or `feed NAME`."""
    digest: str
    note: str = ""
    """Where the policy is from, or of which day a feed is."""


class VerdictExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why the verdict is what it is."""

    verdict: Decision
    policy: str
    digest: str
    rules: tuple[RuleCount, ...]
    severities: Mapping[Severity, int]
    assumed: Mapping[str, int]
    """How many breaches and warnings rest on an assumed value, by field."""
    uncertain: int
    """How many match only because a value is unknown."""
    unanswered: tuple[Unanswered, ...]
    tolerated: tuple[Unanswered, ...]
    help: Mapping[GapReason, str]
    """What to do about each reason among the missing answers."""
    budgets: tuple[BudgetRecord, ...]
    exceptions: tuple[ExceptionLine, ...]
    """Those that end first come first."""
    inputs: tuple[Input, ...]
    plan: Plan | None
    """What to do so that it passes; None where there are too many findings to plan for."""
