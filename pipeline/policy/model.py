"""A policy as the gate uses it: plain data, already checked, each rule with its place."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, TypeAlias

import msgspec

from pipeline.errors import UsageError, Where
from pipeline.model.severity import Severity
from pipeline.policy.break_glass import BreakGlass
from pipeline.policy.demand import Demands, Required
from pipeline.policy.roles import Roles

ENVIRONMENTS: Final = ("pr", "main", "release", "weekly")
PRIORITIES: Final = ("P0", "P1", "P2", "P3")
LAST_PRIORITY: Final = "P3"
SIGNED: Final = frozenset({"release", "weekly"})
"""Environments whose verdict is evidence for somebody else: no excerpt is accepted there."""
Effect: TypeAlias = Literal["fail", "warn"]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a `match`, with the one of the three forms that the field takes."""

    field: str
    words: tuple[str, ...] = ()
    flag: bool | None = None
    at_least: float | None = None

    def __str__(self) -> str:
        if self.flag is not None:
            return str(self.flag).lower()
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return " | ".join(self.words)


Match: TypeAlias = tuple[Condition, ...]


class Unknowns(msgspec.Struct, frozen=True, kw_only=True):
    """What a value that nobody knows counts as. None: it matches, and is marked uncertain."""

    severity: Severity
    fix_available: bool | None
    epss: Literal["no_match"] | None
    """`no_match` holds only where an EPSS feed was read."""
    kev: Literal["no_match"] | None
    """`no_match` holds only where a catalogue was read."""
    exposure: Literal["public"] | None


class PriorityRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the priority table."""

    priority: str
    title: str
    match: Match
    place: Where


class GraceTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How long a breach may stand, and for which findings."""

    days: int
    since: Literal["advisory_published", "first_seen"]
    only_if: Match


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule. It can only add a breach or a warning."""

    id: str
    title: str
    match: Match
    effect: Effect
    effect_in: Mapping[str, Effect]
    grace: GraceTerms | None
    exception_roles: tuple[str, ...]
    """Empty: no exception is possible."""
    controls: tuple[str, ...]
    place: Where

    def effect_for(self, environment: str) -> Effect:
        """Return what a match means in this environment."""
        return self.effect_in.get(environment, self.effect)


BudgetCount: TypeAlias = Literal[
    "exceptions_active", "exceptions_renewed_gt_2", "findings_critical_raw"
]


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """A count over the whole run that must stay below a limit."""

    id: str
    title: str
    count: BudgetCount
    limit: int
    effect: Effect
    environments: tuple[str, ...]
    place: Where


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """How long a finding of each priority may stay open."""

    clock: Literal["first_seen", "advisory_published", "fix_available"]
    days: Mapping[str, int]
    unknown_since: date | None = None
    """The day on which a finding counts as begun whose start nobody knows."""


class ExceptionTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What an exception may be."""

    approvals: Mapping[str, int]
    """Signers by priority, and `default`."""
    max_days: Mapping[str, int]
    warn_before_days: int
    unused_warn_after_days: int
    unused_fail_after_days: int | None
    void_when_fixable: bool
    ticket_pattern: str
    """A regular expression for the whole ticket."""
    min_reason_chars: int
    max_matches: int
    """Of an exception that names no number itself."""

    def approvals_for(self, priority: str | None) -> int:
        """Return how many people must have signed for a finding of this priority."""
        return self.approvals.get(priority or "default", self.approvals["default"])


class Vex(msgspec.Struct, frozen=True, kw_only=True):
    """What an exception lets others be told."""

    status: Literal["not_affected", "affected", "fixed", "under_investigation"]
    justification: str | None
    action_statement: str | None


class PolicyException(msgspec.Struct, frozen=True, kw_only=True):
    """A tracked exception, as its file says it, checked against the policy."""

    id: str
    rules: tuple[str, ...]
    vulnerability: str | None
    """Upper case; None where `match_key` names the finding."""
    purl: str | None
    """Normalised."""
    artifact: str | None
    match_key: str | None
    environments: tuple[str, ...]
    paths: tuple[str, ...]
    max_matches: int
    approved_at_severity: Severity | None
    approved_without_fix: bool
    owner: str
    requester: str
    ticket: str
    reason: str
    created: date
    not_before: date
    expires: date
    renewals: int
    """How often the same target was excepted before."""
    place: Where
    type: Literal["risk_acceptance", "false_positive", "not_affected", "mitigated"]
    compensating_controls: tuple[str, ...]
    evidence: str | None
    """`sha256:…`."""
    supersedes: str | None
    vex: Vex | None
    digest: str
    """`sha256:…` of the file."""
    signature_names: tuple[str, ...] = ()
    """The principals of the `.sig` files beside it, sorted; whether they hold, nobody says here."""


class BadException(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the exceptions folder that excepts nothing, and why."""

    id: str
    reason: str
    place: Where


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the policy folder that does not count, and why."""

    reason: str
    place: Where


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A whole policy. Made by `load`, which refuses one that asks nothing."""

    name: str
    digest: str
    """`sha256:…` over the names and bytes of every file."""
    demands: Demands
    report_only_until: Mapping[str, date]
    unknowns: Unknowns
    priorities: tuple[PriorityRow, ...]
    clocks: Clocks | None
    rules: tuple[Rule, ...]
    budgets: tuple[Budget, ...]
    terms: ExceptionTerms
    exceptions: tuple[PolicyException, ...]
    bad_exceptions: tuple[BadException, ...]
    places: Mapping[str, Where]
    """Where the keys stand that a message may have to point at."""
    roles: Roles | None
    """None without roles.yaml: then nobody can approve."""
    remarks: tuple[Remark, ...] = ()
    """Lines of key files and signatures that count for nothing."""
    break_glass: tuple[BreakGlass, ...] = ()
    bad_break_glass: tuple[BadException, ...] = ()
    protected_refs: tuple[str, ...] = ()
    """Branches, as names or globs, of which a base commit has to be. Empty: of any."""
    signed_within_hours: int
    """An older verdict is not signed."""
    rekor_down: Literal["wait", "key"]
    """Whether a key may sign where the transparency log does not answer."""

    def required(self, environment: str) -> dict[str, Required]:
        """Return what each stage owes in an environment."""
        return {
            stage: demand.required_in.get(environment, demand.required)
            for stage, demand in self.demands.stages.items()
        }

    def refuse_unusable(self, environment: str) -> None:
        """Raise UsageError where this policy cannot judge this environment."""
        if environment not in ENVIRONMENTS:
            raise UsageError(
                f"there is no environment {environment!r}",
                hint=f"environments are {', '.join(ENVIRONMENTS)}",
            )
        if self.demands.accept_excerpts and environment in SIGNED:
            raise UsageError(
                f"this policy accepts excerpts of feeds, and {environment} must not",
                hint="sync the whole feeds, and write `excerpts: refuse`",
                where=self.places["excerpts"],
            )
