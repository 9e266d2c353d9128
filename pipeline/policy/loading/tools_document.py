"""The shape of what people write about scanners: which of them are believed."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.model.denied import DeniedTool
from pipeline.policy.loading.words import Reason, Table, Text

Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", max_length=100)]


Bad = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/~+-]*$", max_length=200)]


class DeniedTable(Table):
    """Releases of a scanner, or of a package that comes with one, that are not believed."""

    tool: Bad
    """The scanner by its name in the lock, or the package (a Go module by its path)."""
    versions: list[Version] = Field(default_factory=list, max_length=1000)
    """Exactly as released, with or without a `v` before them. Not written: every version."""
    reason: Reason
    """Why, in a sentence that an auditor understands."""
    source: Text
    """Where that is said: an advisory, an issue, a report."""


class ToolsTable(Table):
    """Which scanners are believed."""

    unlocked: Literal["refuse", "warn"] = "refuse"
    cool_down_days: Annotated[int, Field(ge=0, le=366)] = 7
    """A release that is younger does not run: bad ones are mostly found within days. 0 waits for
    nothing."""
    denied: list[DeniedTable] = Field(default_factory=list, max_length=1000)
    """Releases that do not run, beside those that Penstock itself denies."""


def denied(said: list[DeniedTable]) -> tuple[DeniedTool, ...]:
    """Return what was written as records."""
    return tuple(
        DeniedTool(
            tool=one.tool, versions=tuple(one.versions), reason=one.reason, source=one.source
        )
        for one in said
    )
