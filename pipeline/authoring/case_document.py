"""The shape of a policy test: findings as they would come, and what the gate must make of them."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field

from pipeline.model.gap import GapReason
from pipeline.policy.loading.exception_document import ExceptionDocument
from pipeline.policy.loading.words import (
    Environment,
    KindWord,
    LevelWord,
    Name,
    Priority,
    SeverityWord,
    SsvcWord,
    Table,
    Text,
)

COMPUTED: Final = frozenset({"group", "severity_assumed", "severities", "priority", "track_ids"})
"""Fields of a finding that Penstock makes itself, so that no test can set them."""
REASONS: Final = tuple(one.value for one in GapReason)
ReasonWord = Annotated[str, Field(json_schema_extra={"enum": [*REASONS]})]
Instant = date | str


class PlaceTable(Table):
    """Lines of a file, counted from 1."""

    path: Text
    line: int = Field(ge=1)
    end_line: int | None = Field(default=None, ge=1)


class FindingTable(Table):
    """A finding, each field under the name that it has everywhere."""

    id: Name | None = None
    """What messages and `expect.priority` call it; not written: f1, f2 and so on."""
    kind: KindWord
    stage: Name | None = None
    """Not written: the usual stage of its kind."""
    sources: list[Name] | None = Field(default=None, min_length=1)
    """Every stage that reported it; not written: `stage`."""
    rule: Text | None = None
    """Not written: the first of `aliases`."""
    aliases: list[Text] = Field(default_factory=list)
    title: Text = "a finding of a test"
    message: Text = "a finding of a test"
    severity: SeverityWord = "unknown"
    confidence: LevelWord = "unknown"
    cwes: list[Annotated[str, Field(pattern=r"^CWE-[0-9]+$")]] = Field(default_factory=list)
    target: Text | None = None
    """A manifest, an image or a file; not written: a usual one of its kind."""
    purl: Text | None = None
    fix_versions: list[Text] | None = None
    """`[]`: there is no fix. Not written: nobody knows."""
    fix_available: bool | None = None
    """In place of `fix_versions`, where their numbers do not matter."""
    location: PlaceTable | None = None
    path: Text | None = None
    """In place of `location`, where the line does not matter."""
    epss: float | None = Field(default=None, ge=0, le=1)
    """Not written: the feed has no score for it."""
    kev: bool | None = None
    """Not written: the catalogue does not list it. null: nobody knows."""
    kev_due: date | None = None
    automatable: Literal["yes", "no"] | None = None
    technical_impact: Literal["partial", "total"] | None = None
    ssvc: SsvcWord | None = None
    """Not written: nobody knows. With `ssvc_possible`, the strictest of them."""
    ssvc_possible: list[SsvcWord] = Field(default_factory=list)
    state: Literal["new", "existing", "unknown"] = "unknown"
    first_seen: date | None = None
    known_since: date | None = None
    fix_available_at: date | None = None
    advisory_published: date | None = None
    withdrawn: date | None = None
    suppressed_inline: bool = False
    verified: Literal["active", "inactive", "unknown"] | None = None
    exposure: Literal["public", "internal", "unknown"] | None = None
    match_key: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None


class GapTable(Table):
    """A question without an answer."""

    stage: Name | None = None
    """Not written: the whole run."""
    target: Text | None = None
    """Not written: the whole stage."""
    reason: ReasonWord = "not_read"


class ExpectTable(Table):
    """What must come of it. What is not written is not compared; lists are compared whole."""

    verdict: Literal["pass", "warn", "fail", "inconclusive"]
    rules: list[Name] | None = None
    """The rules that fail it."""
    warnings: list[Name] | None = None
    """The rules and notices that warn."""
    grace: list[Name] | None = None
    """The rules that give it time."""
    excepted: list[Name] | None = None
    """The exceptions that cover something."""
    expired: list[Name] | None = None
    void: list[Name] | None = None
    unused: list[Name] | None = None
    not_yet: list[Name] | None = None
    over_matched: list[Name] | None = None
    unapproved: list[Name] | None = None
    invalid: list[Name] | None = None
    assumed: list[Name] | None = None
    """The fields whose value the policy assumed for a breach or a warning."""
    budgets: list[Name] | None = None
    """The budgets that are exceeded."""
    priority: Priority | dict[Name, Priority] | None = None
    """Of every finding, or by the finding's `id`."""
    unanswered: list[Name] | None = None
    """The stages that owe an answer; `run` for the whole run, a feed by its name."""


class CaseTable(Table):
    """One case."""

    name: Text
    env: Environment
    now: Instant | None = None
    """Not written: the file's `now`."""
    findings: list[FindingTable] = Field(default_factory=list)
    exceptions: list[Name] = Field(default_factory=list)
    """The ids of the exceptions that exist here: of the policy folder or of this file."""
    signed_by: list[Text] | None = None
    """Who signed each of them, judged by roles.yaml. Not written: they count as approved."""
    gaps: list[GapTable] = Field(default_factory=list)
    """What was not answered. Not written: every required question was."""
    absent: list[Name] = Field(default_factory=list)
    """Stages for which there is nothing to look at."""
    expect: ExpectTable


class SampleException(ExceptionDocument):
    """An exception that exists in these tests alone: the fields of an exception file."""

    apiVersion: Literal["penstock/v1"] = "penstock/v1"  # noqa: N815 -- the file's own key
    kind: Literal["Exception"] = "Exception"


class PolicyTestDocument(Table):
    """policies/tests/NAME_test.yaml."""

    apiVersion: Literal["penstock/v1"]  # noqa: N815 -- the file's own key
    kind: Literal["PolicyTest"]
    now: Instant
    """The instant of every case that names none, such as 2026-11-21T12:00:00Z."""
    exceptions: list[SampleException] = Field(default_factory=list)
    """Exceptions for the cases to name that are no files of the policy."""
    cases: list[CaseTable] = Field(min_length=1)
