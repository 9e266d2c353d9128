"""What a policy asks to be known, before anything that was found is judged."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, TypeAlias

import msgspec

from pipeline.model.denied import DeniedTool
from pipeline.model.imported import Lack
from pipeline.model.walls import Sandbox

Required: TypeAlias = Literal["always", "when_present", "no"]
DEFAULT_REQUIRED: Final[Mapping[str, Required]] = {
    "semgrep": "always",
    "secrets": "always",
    "sbom": "always",
}
"""What a stage owes that the policy does not name; every other one: when_present."""
DEFAULT_FEED_AGE: Final = 48
DEFAULT_ENRICHMENT_AGE: Final = 96
"""Hours, for feeds that a policy does not name."""


class StageDemand(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy asks of one stage."""

    required: Required
    required_in: Mapping[str, Required] = {}
    max_feed_age_hours: int | None = None
    """None: the default for the feeds that the stage has. Written: it must have one."""
    no_os: tuple[str, ...] = ()
    """Image refs that may have no operating-system packages."""


class AllowedExclusion(msgspec.Struct, frozen=True, kw_only=True):
    """A glob of penstock.toml that may leave files out until a day."""

    glob: str
    owner: str
    reason: str
    expires: date


class ToleratedGap(msgspec.Struct, frozen=True, kw_only=True):
    """A named target that may stay unanswered until a day."""

    stage: str
    target: str
    owner: str
    reason: str
    expires: date


class Enrichment(msgspec.Struct, frozen=True, kw_only=True):
    """How fresh the knowledge of one feed about findings has to be."""

    required: bool
    max_age_hours: int


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that evidence from elsewhere may answer."""

    stage: str
    tool: str
    versions: tuple[str, ...] = ()
    """The releases that may; empty for all."""
    max_age_hours: int
    accepts: frozenset[Lack] = frozenset()
    """What its reports may leave open."""


class Demands(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known before the gate may say PASS or WARN."""

    stages: Mapping[str, StageDemand]
    """By stage; every stage of this version is here."""
    unlocked: Literal["refuse", "warn"]
    cool_down_days: int
    """Releases that are younger do not run."""
    denied_tools: tuple[DeniedTool, ...]
    sandbox: Sandbox
    accept_excerpts: bool
    no_rules: Literal["warn", "gap"]
    imports: tuple[Import, ...]
    allowed_exclusions: tuple[AllowedExclusion, ...]
    tolerated_gaps: tuple[ToleratedGap, ...]
    max_findings: int
    max_report_mb: int
    enrichment: Mapping[str, Enrichment]
