"""The shape of an exception: one file, one exact target, an owner, a reason, an end."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from pipeline.policy.loading.words import Environment, Name, Table, Text

RuleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class TargetTable(Table):
    """What the exception speaks of: vulnerability and purl, or a match_key."""

    vulnerability: (
        Annotated[str, Field(pattern=r"^[A-Za-z]+-[A-Za-z0-9.:_-]+$", max_length=100)] | None
    ) = None
    """Any id of the alias set."""
    purl: Annotated[str, Field(min_length=5, max_length=500)] | None = None
    """With its exact version."""
    artifact: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """The image, by repository without a tag or by digest. Without it the source tree is meant."""
    environments: list[Environment] | None = Field(default=None, min_length=1)
    paths: list[Text] = Field(default_factory=list)
    """Repository-relative globs that narrow it further."""
    match_key: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    """For code, secrets, infrastructure, workflows and sites: as the finding has it."""


class VexTable(Table):
    """What may be said of it to others."""

    status: Literal["not_affected", "affected", "fixed", "under_investigation"]
    justification: (
        Literal[
            "component_not_present",
            "vulnerable_code_not_present",
            "vulnerable_code_not_in_execute_path",
            "vulnerable_code_cannot_be_controlled_by_adversary",
            "inline_mitigations_already_exist",
        ]
        | None
    ) = None
    action_statement: Text | None = None


class ExceptionDocument(Table):
    """policies/exceptions/ID.yaml."""

    apiVersion: Literal["penstock/v1"]  # noqa: N815 -- the file's own key
    kind: Literal["Exception"]
    id: Name
    """Equals the file's name."""
    type: Literal["risk_acceptance", "false_positive", "not_affected", "mitigated"] = (
        "risk_acceptance"
    )
    rules: list[RuleId] = Field(min_length=1, max_length=50)
    target: TargetTable
    max_matches: int | None = Field(default=None, ge=1, le=1000)
    """More findings than this, and none is excepted."""
    approved_at_severity: Literal["critical", "high", "medium", "low", "info"] | None = None
    """The exception ends when the severity rises above this. Not written: the lowest severity that
    its rules ask for; it has to be written where they ask for none."""
    approved_without_fix: bool = False
    """True: the exception ends when a fixed version appears."""
    owner: Annotated[str, Field(min_length=3, max_length=200)]
    """Who is accountable for the fix."""
    requester: Annotated[str, Field(min_length=3, max_length=200)]
    ticket: Annotated[str, Field(min_length=1, max_length=500)]
    reason: Annotated[str, Field(min_length=20, max_length=2000)]
    compensating_controls: list[Text] = Field(default_factory=list, max_length=50)
    evidence: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    created: date
    not_before: date | None = None
    expires: date
    """It stops applying at 00:00 UTC of this day."""
    supersedes: Name | None = None
    """The exception that this one renews."""
    vex: VexTable | None = None
