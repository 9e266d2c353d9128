"""The shape of a break-glass record: one commit, a reason, a day at the most."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.policy.loading.words import Name, Table

Instant = Annotated[
    str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z$")
]


class BreakGlassDocument(Table):
    """policies/break-glass/ID.yaml."""

    apiVersion: Literal["penstock/v1"]  # noqa: N815 -- the file's own key
    kind: Literal["BreakGlass"]
    id: Name
    """Equals the file's name."""
    commit: Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
    """The whole id of the commit whose FAIL is accepted."""
    reason: Annotated[str, Field(min_length=20, max_length=2000)]
    requester: Annotated[str, Field(min_length=3, max_length=200)]
    """Who asks; never one of those who sign."""
    ticket: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    created: Instant
    """An instant in UTC, such as 2026-11-25T10:00:00Z."""
    expires: Instant
    """At most 24 hours later; it stops counting at this instant."""
