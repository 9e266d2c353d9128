"""What an auditor is handed, in the shape of audit.json. Every row names where it comes from."""

from typing import Final, Literal, TypeAlias

import msgspec

SCHEMA: Final = "penstock/audit@1"

ProblemKind: TypeAlias = Literal[
    "damaged_bundle",
    "no_runs",
    "weekly_missing",
    "weekly_inconclusive",
    "interrupted",
    "untrusted_policy",
    "demo",
    "imported",
    "as_of",
    "copied_bundle",
    "differing_verdicts",
    "policy_unreadable",
    "exception_unapproved",
    "exception_invalid",
    "break_glass",
    "kpi_missed",
    "overdue",
]

SlaState: TypeAlias = Literal["in_time", "late", "open", "overdue", "no_clock"]


class Problem(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something that an auditor would ask about."""

    kind: ProblemKind
    repository: str
    day: str
    """The first day that it concerns; empty where nobody knows."""
    subject: str
    """A bundle, a week, an exception or a finding."""
    detail: str


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run, whatever came of it."""

    repository: str
    environment: str
    started: str
    commit: str
    images: tuple[str, ...]
    verdict: str
    exit_code: int
    breaches: int
    warnings: int
    unanswered: int
    excepted: int
    criticals: int
    """Critical findings before exceptions."""
    policy: str
    policy_digest: str
    policy_source: str
    policy_trusted: bool
    interrupted: bool
    demo: bool
    origin: str
    penstock: str
    sboms: int
    bundle: str
    """Relative to the folder of the bundles."""
    run_digest: str
    """`sha256:…` of its run.json, which holds the digests of all its files."""


class ScannerRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage of a run was asked and proved, with which program and data."""

    repository: str
    environment: str
    started: str
    stage: str
    required: str
    outcome: str
    reason: str
    asked: int
    answered: int
    gaps: int
    canary: str
    tools: tuple[str, ...]
    """`name version sha256`, with `unlocked` where it was."""
    feeds: tuple[str, ...]
    """`name digest updated`, with `excerpt` where it was one."""
    bundle: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which the status of an exception changed in an environment."""

    day: str
    environment: str
    status: str
    reason: str


class ExceptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One exception of the register."""

    repository: str
    id: str
    type: str
    target: str
    rules: tuple[str, ...]
    environments: tuple[str, ...]
    owner: str
    requester: str
    approvers: tuple[str, ...]
    """Whose signatures counted, in any run of the window."""
    ticket: str
    reason: str
    compensating_controls: tuple[str, ...]
    created: str
    expires: str
    renewals: int
    supersedes: str
    status: str
    """In the last run that it is meant for; `not judged` where there was none."""
    matches: int
    digest: str
    events: tuple[Event, ...]


class BreakGlassRow(msgspec.Struct, frozen=True, kw_only=True):
    """A break-glass record that a run listed. The verdict stayed what it was."""

    repository: str
    id: str
    day: str
    commit: str
    status: str
    reason: str
    requester: str
    approvers: tuple[str, ...]
    expires: str
    verdict: str
    bundle: str


class SlaRow(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of the protected environments, from its first day to the proof of its end."""

    repository: str
    finding: str
    rule: str
    kind: str
    priority: str
    severity: str
    target: str
    purl: str
    first_seen: str
    due: str
    """The last day on which it may be open; empty where no clock runs."""
    closed: str
    """The day of the run that proves that it is gone; empty while it is open."""
    state: SlaState
    days_over: int
    kev_since: str
    """The day of the first run that knew it to be exploited."""
    proof: str
    """The bundle that proves the end, or in which it was open last."""


class SlaSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of one priority."""

    priority: str
    total: int
    in_time: int
    late: int
    open: int
    overdue: int
    no_clock: int


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """A number that somebody promised to keep."""

    repository: str
    name: str
    value: int
    limit: int | None
    """It must stay below; None where the policy sets none."""
    met: bool
    day: str
    """Of the run that says so."""
    unproven: int = 0
    """Weeks in which every weekly run left something unanswered: nobody knows what is there."""

    @property
    def below(self) -> bool:
        """Whether the number alone keeps what was promised."""
        return self.limit is None or self.value < self.limit


class ControlEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of evidence for a control."""

    kind: str
    what: str
    count: int
    files: tuple[str, ...]


class ControlRow(msgspec.Struct, frozen=True, kw_only=True):
    """A control, and what this export holds for it."""

    control: str
    framework: str
    confirmed: bool
    """The requirement's text was checked; else have your auditor confirm that it fits."""
    rules: tuple[str, ...]
    """Rules of the policies that name it."""
    evidence: tuple[ControlEvidence, ...]
    problems: int


class RoleRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do what, by which keys."""

    person: str
    roles: tuple[str, ...]
    can: tuple[str, ...]
    keys: tuple[str, ...]


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The whole export. Every list is sorted; every list is always there."""

    schema: Literal["penstock/audit@1"] = SCHEMA
    penstock: str
    made: str
    since: str
    until: str
    """Both days belong to the window."""
    complete: bool
    """No bundle was damaged and there was at least one run."""
    bundles: int
    kpis: tuple[Kpi, ...]
    controls: tuple[ControlRow, ...]
    problems: tuple[Problem, ...]
    runs: tuple[RunRow, ...]
    scanners: tuple[ScannerRow, ...]
    exceptions: tuple[ExceptionRow, ...]
    break_glass: tuple[BreakGlassRow, ...]
    sla_summary: tuple[SlaSummary, ...]
    roles: tuple[RoleRow, ...]
    roles_from: str
    """Whose roles these are; empty where no policy was named or it has none."""
    sla: tuple[SlaRow, ...]
    """Last, since there may be a million: they are written one by one."""
