"""What the gate says, in the shape of verdict.json."""

from enum import StrEnum
from typing import Final, Literal

import msgspec

from pipeline.errors import Exit
from pipeline.model.gap import GapClass, GapReason

SCHEMA: Final = "penstock/verdict@1"
YEARS: Final = range(1970, 9000)
"""The instants that can be judged: every term of a policy has room on both sides."""


class Decision(StrEnum):
    """The four words."""

    PASS = "PASS"  # noqa: S105 -- a verdict
    WARN = "WARN"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"

    @property
    def exit(self) -> Exit:
        """The process exit code that says this."""
        return _EXITS[self]


_EXITS: Final = {
    Decision.PASS: Exit.OK,
    Decision.WARN: Exit.OK,
    Decision.FAIL: Exit.FAIL,
    Decision.INCONCLUSIVE: Exit.INCONCLUSIVE,
}


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What was judged."""

    commit: str | None
    tree: str | None
    dirty: bool | None
    images: tuple[str, ...]
    """Manifest digests, as Penstock verified them; sorted."""


class PolicySource(msgspec.Struct, frozen=True, kw_only=True):
    """Which policy judged, and whether the change under test could have written it."""

    name: str
    digest: str
    source: str
    """`base:COMMIT:DIR`, `wheel` or `working-tree:DIR`."""
    trusted: bool
    base: str | None = None
    """The commit that the change is held against, also where its policy did not judge."""
    base_ref: str | None = None
    """The branch that it is of, as the event named it."""


class Breach(msgspec.Struct, frozen=True, kw_only=True, order=True, gc=False):
    """A rule or a budget that something met; also the shape of a warning."""

    rule: str
    finding: str | None
    """None for a budget and for a warning about the run itself."""
    certain: bool
    assumed: tuple[str, ...] = ()
    """Fields whose value was assumed because nobody knows it."""
    message: str = ""


class Grace(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A breach that has time left."""

    rule: str
    finding: str
    until: str


class Excepted(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A breach that an exception covers."""

    exception: str
    finding: str
    rules: tuple[str, ...]


class ExceptionStatus(StrEnum):
    """What became of an exception file."""

    ACTIVE = "active"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    VOID = "void"
    UNUSED = "unused"
    OVER_MATCHED = "over_matched"
    UNAPPROVED = "unapproved"
    INVALID = "invalid"


class ExceptionRecord(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An exception file and what became of it."""

    id: str
    status: ExceptionStatus
    matches: int
    expires: str | None
    reason: str = ""
    approved_by: tuple[str, ...] = ()
    """The people whose signatures count; sorted."""


class BreakGlassRecord(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A break-glass record: whether a deployer may go by it. The verdict stays what it is."""

    id: str
    status: Literal["accepted", "refused"]
    reason: str
    """The record's own where it is accepted, else what speaks against it."""
    commit: str = ""
    requester: str = ""
    expires: str = ""
    approved_by: tuple[str, ...] = ()


class BudgetRecord(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A whole-run count against its limit (which it must stay below)."""

    id: str
    value: int
    limit: int
    breached: bool
    count: str = ""
    """What is counted, in the word of the policy; empty in a verdict of an older version."""


class Unanswered(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A required answer that is missing, partial, stale or unbelievable."""

    stage: str | None
    target: str | None
    gap_class: GapClass = msgspec.field(name="class")
    reason: GapReason
    detail: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The whole verdict. Every list is sorted; every list is always there."""

    schema: str = SCHEMA
    verdict: Decision
    exit_code: int
    environment: str
    now: str
    subject: Subject
    policy: PolicySource
    demo: bool
    """An excerpt of a feed was accepted: good for trying out, no evidence."""
    breaches: tuple[Breach, ...]
    warnings: tuple[Breach, ...]
    grace: tuple[Grace, ...]
    excepted: tuple[Excepted, ...]
    exceptions: tuple[ExceptionRecord, ...]
    budgets: tuple[BudgetRecord, ...]
    unanswered: tuple[Unanswered, ...]
    tolerated: tuple[Unanswered, ...] = ()
    """Gaps that the policy tolerates by name, owner, reason and expiry."""
    break_glass: tuple[BreakGlassRecord, ...] = ()
    report_only_until: str | None = None
    """Set only where it turned breaches into warnings."""
