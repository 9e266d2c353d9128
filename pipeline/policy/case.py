"""What is judged, and what comes of it."""

from datetime import UTC, date, datetime

import msgspec

from pipeline.model.approval import Signature
from pipeline.model.artifact import Feed
from pipeline.model.exposure import Stated
from pipeline.model.finding import Finding
from pipeline.model.gap import Gap
from pipeline.model.outcome import StageEvidence
from pipeline.model.verdict import PolicySource, Subject, Verdict
from pipeline.policy.model import Policy


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a verdict depends on, the clock included."""

    policy: Policy
    source: PolicySource
    environment: str
    now: datetime
    subject: Subject
    stages: tuple[StageEvidence, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    """Gaps of the whole run."""
    signatures: tuple[Signature, ...] = ()
    """As they were checked; policies without any have none."""
    authors: tuple[tuple[str, str], ...] = ()
    """(exception id, e-mail) of the commits that wrote its file; none outside a base commit."""
    feeds: tuple[Feed, ...] = ()
    """The snapshots that findings were enriched with."""
    feed_faults: tuple[Gap, ...] = ()
    """Snapshots for enrichment that could not be read: `target` is the name of the feed."""
    exposures: tuple[Stated, ...] = ()
    """What the configuration stated of who can reach what: findings have it already."""

    @property
    def instant(self) -> datetime:
        """The instant of the judgement in UTC. Raises ValueError for one without a time zone."""
        if self.now.tzinfo is None:
            raise ValueError("the instant of a judgement needs a time zone")
        return self.now.astimezone(UTC)

    @property
    def today(self) -> date:
        """The day of the judgement in UTC: a date in a policy begins at 00:00 UTC."""
        return self.instant.date()


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict, and the findings as they were judged."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    """With their priorities, sorted by id."""
    required: tuple[tuple[str, str], ...]
    """(stage, always | when_present | no), the stages of the policy in its order."""
