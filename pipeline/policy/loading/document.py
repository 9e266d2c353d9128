"""The shape of gate.yaml. Whatever would weaken the gate beyond repair is a Literal here.

The JSON Schema for editors is made from these models; attribute docstrings become its texts.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from pipeline.policy.loading.evidence_document import EvidenceTable
from pipeline.policy.loading.words import (
    Branches,
    Days,
    Effect,
    Environment,
    Hours,
    Key,
    KindWord,
    LevelWord,
    Name,
    Priority,
    SeverityWord,
    SsvcWord,
    Table,
    Text,
    Value,
)


class Metadata(Table):
    """Whose policy this is."""

    name: Name
    description: str = Field(default="", max_length=500)
    owner_role: Name = "security"
    """The role that may change this file."""


class UnknownsTable(Table):
    """What a value that nobody knows counts as. Only stricter readings can be written."""

    severity: Literal["high", "critical"] = "high"
    fix_available: Literal["true"] | None = None
    epss: Literal["no_match"] | None = None
    """Holds only where an EPSS feed was read; without one, an unknown score matches."""
    kev: Literal["no_match"] | None = None
    """An advisory without a CVE cannot be in the catalogue of exploited ones. Holds only where the
    catalogue was read; without this line such an advisory counts as listed."""
    exposure: Literal["public"] | None = None
    reachability: Literal["reachable"] | None = None


class AtLeast(Table):
    """A lower bound."""

    gte: float = Field(ge=0, le=1)


Words = Annotated[list[Text], Field(min_length=1)]


class MatchTable(Table):
    """Fields of a finding; all that are written must hold. An unknown value holds."""

    kind: list[KindWord] | None = Field(default=None, min_length=1)
    stage: Words | None = None
    severity: list[SeverityWord] | None = Field(default=None, min_length=1)
    confidence: list[LevelWord] | None = Field(default=None, min_length=1)
    priority: list[Priority] | None = Field(default=None, min_length=1)
    state: list[Literal["new", "existing", "unknown"]] | None = Field(default=None, min_length=1)
    rule: Words | None = None
    """Rule ids or any alias of an advisory; `*` matches within one."""
    package: Words | None = None
    """Package URLs without version."""
    path: Words | None = None
    """Globs over the whole repository path."""
    cwes: list[Annotated[str, Field(pattern=r"^CWE-[0-9]+$")]] | None = Field(
        default=None, min_length=1
    )
    fix_available: bool | None = None
    suppressed_inline: bool | None = None
    kev: bool | None = None
    epss: AtLeast | None = None
    ssvc: list[SsvcWord] | None = Field(default=None, min_length=1)
    """Rows of CISA's BOD 26-04; where not all is known, every row that is possible."""
    withdrawn: bool | None = None
    """Every advisory about it was withdrawn by its publisher."""
    verified: list[Literal["active", "inactive", "unknown"]] | None = Field(
        default=None, min_length=1
    )
    exposure: list[Literal["public", "internal", "unknown"]] | None = Field(
        default=None, min_length=1
    )
    sla_breached: Literal[True] | None = None


class PriorityTable(Table):
    """A row: the first that matches gives the priority; nothing matches: P3."""

    priority: Priority
    title: Text
    match: MatchTable


class SlaTable(Table):
    """How long a finding may stay open."""

    clock: Literal["first_seen", "advisory_published", "fix_available"] = "first_seen"
    pause_while_excepted: Literal[False] = False
    days: dict[Priority, Days]
    unknown_since: date | None = None
    """When a finding counts as begun that has no advisory and no proven history: the day on
    which you took Penstock up. Without it such a finding meets `sla_breached`."""
    kev_due_date: Literal["earliest"] = "earliest"


class GraceTable(Table):
    """Time that a breach has. Never given to known exploited, critical or new findings."""

    days: int = Field(ge=1, le=90)
    since: Literal["advisory_published", "first_seen"] = Field(alias="from")
    only_if: MatchTable


class RuleTable(Table):
    """A rule. None can say "allow"."""

    id: Name
    title: Text
    match: MatchTable
    effect: Effect
    effect_in: dict[Environment, Effect] = Field(default_factory=dict)
    grace: GraceTable | None = None
    exception_roles: list[Name] = Field(default=["security"])
    """Who may approve an exception from it; [] means that none is possible."""
    controls: list[Text] = Field(default_factory=list)


class BudgetTable(Table):
    """A count over the whole run that must stay below `lt`."""

    id: Name
    title: Text
    count: Literal["exceptions_active", "exceptions_renewed_gt_2", "findings_critical_raw"]
    lt: int = Field(ge=1, le=1_000_000)
    effect: Effect
    environments: list[Environment] = Field(
        default=["pr", "main", "release", "weekly"], alias="in", min_length=1
    )


class UnusedTable(Table):
    """What becomes of an exception that matches nothing, in days since it was created."""

    warn_after_days: Days = 0
    fail_after_days: Days | None = None


class VoidTable(Table):
    """When an exception ends by itself."""

    kev: Literal[True] = True
    severity_raised: Literal[True] = True
    fix_available_became_true: bool = True


class ExceptionsTable(Table):
    """What an exception may be."""

    source_ref: Literal["protected-base"] = "protected-base"
    approvals: dict[
        Literal["default", "P0", "P1", "P2", "P3"], Annotated[int, Field(ge=0, le=9)]
    ] = Field(default={"default": 1})
    """Signers by priority. `default: 0` lets unsigned exceptions apply."""
    requester_may_approve: Literal[False] = False
    max_days: dict[Priority, Annotated[int, Field(ge=1, le=366)]] = Field(
        default={"P0": 7, "P1": 30, "P2": 90, "P3": 180}
    )
    ticket_pattern: str = Field(default=r"^\S{3,200}$", min_length=1, max_length=300)
    min_reason_chars: int = Field(default=40, ge=20, le=1000)
    require_version_in_purl: Literal[True] = True
    allow_wildcards: Literal[False] = False
    max_matches_default: int = Field(default=5, ge=1, le=100)
    warn_before_days: Days = 7
    unused: UnusedTable = Field(default_factory=UnusedTable)
    void_if: VoidTable = Field(default_factory=VoidTable)


class SigningTable(Table):
    """What is signed."""

    max_age_hours: Hours = 24
    """An older verdict is not signed. `sign --max-age` can only lower it."""
    rekor_down: Literal["wait", "key"] = "wait"
    """Where the transparency log does not answer: stop after a while, or take `--fallback-key`."""


class GateDocument(Table):
    """policies/gate.yaml."""

    apiVersion: Literal["penstock/v1"]  # noqa: N815 -- the file's own key
    kind: Literal["GatePolicy"]
    metadata: Metadata
    evidence: EvidenceTable
    report_only_until: dict[Environment, date] = Field(default_factory=dict)
    """Until 00:00 UTC of that day breaches are warnings; gaps stay gaps."""
    protected_refs: list[Branches] = Field(default_factory=list, max_length=50)
    """Branches, as names or globs, of which a base commit has to be. Empty: of any."""
    unknowns: UnknownsTable = Field(default_factory=UnknownsTable)
    priorities: list[PriorityTable] = Field(min_length=1)
    sla: SlaTable | None = None
    rules: list[RuleTable] = Field(min_length=1)
    budgets: list[BudgetTable] = Field(default_factory=list)
    exceptions: ExceptionsTable = Field(default_factory=ExceptionsTable)
    signing: SigningTable = Field(default_factory=SigningTable)


def named(written: Mapping[Key, Value]) -> dict[str, Value]:
    """Return a mapping under plain names."""
    return {str(name): value for name, value in written.items()}
