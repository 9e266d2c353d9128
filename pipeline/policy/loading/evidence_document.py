"""The shape of `evidence` in gate.yaml: what must be known before the gate may say PASS or WARN."""

from datetime import date
from typing import Literal

from pydantic import Field

from pipeline.model.walls import Sandbox
from pipeline.policy.loading.tools_document import ToolsTable
from pipeline.policy.loading.words import (
    Environment,
    Hours,
    LackWord,
    Name,
    Reason,
    Required,
    Table,
    Text,
)


class StageTable(Table):
    """What one stage owes."""

    required: Required
    """always: nothing to look at is a gap. when_present: nothing to look at is fine. no: it counts
    for nothing."""
    required_in: dict[Environment, Required] = Field(default_factory=dict)
    """The same for single environments."""
    max_feed_age_hours: Hours | None = None
    """Older feeds leave the stage unanswered, and so does no feed. Not written: 48, where the stage
    has a feed."""
    no_os: list[Text] = Field(default_factory=list)
    """Image refs that may have no operating-system packages."""


class ImportTable(Table):
    """Evidence from elsewhere that may answer a stage."""

    stage: Name
    tool: Text
    versions: list[Text] = Field(default_factory=list)
    """Its releases that may answer. Not written: all."""
    max_age_hours: Hours
    accepts: list[LackWord] = Field(default_factory=list)
    """What its reports may leave open, each a warning. Not written: nothing."""


class ExclusionTable(Table):
    """A glob of penstock.toml that may leave files out."""

    glob: Text
    owner: Text
    reason: Reason
    expires: date
    """From 00:00 UTC of this day the files are missed again."""


class ToleratedTable(Table):
    """A target that may stay unanswered."""

    stage: Name
    target: Text
    owner: Text
    reason: Reason
    expires: date
    """From 00:00 UTC of this day it is a gap again."""


class LimitsTable(Table):
    """Beyond these the run is cut, and says so."""

    max_findings: int = Field(default=2_000_000, ge=1, le=2_000_000)
    max_report_mb: int = Field(default=1024, ge=1, le=1024)


class EnrichmentTable(Table):
    """How fresh a feed about findings has to be, and whether the gate can do without."""

    required: bool
    max_age_hours: Hours


class EvidenceTable(Table):
    """What must be known before the gate may say PASS or WARN."""

    stages: dict[Name, StageTable] = Field(default_factory=dict)
    """By stage. A stage that is not named owes what docs/policy.md says."""
    tools: ToolsTable = Field(default_factory=ToolsTable)
    sandbox: Sandbox = "preferred"
    """required: scanners run in a root of their own, or not at all. preferred: as strictly as the
    machine can. off: without walls, and with all that their user may."""
    excerpts: Literal["refuse", "accept"] = "refuse"
    """accept: feeds marked as excerpts may answer, and the verdict says DEMO. Refused in release
    and weekly."""
    no_rules: Literal["warn", "gap"] = "warn"
    """Source, pipelines and infrastructure for which no scanner here has rules."""
    imports: list[ImportTable] = Field(default_factory=list)
    allowed_exclusions: list[ExclusionTable] = Field(default_factory=list)
    tolerated_gaps: list[ToleratedTable] = Field(default_factory=list)
    limits: LimitsTable = Field(default_factory=LimitsTable)
    enrichment: dict[Literal["epss", "kev", "vulnrichment"], EnrichmentTable] = Field(
        default_factory=dict
    )
