"""inputs/facts.json: what a judgement needs beside policy, findings and coverage."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from pipeline.model.approval import Signature
from pipeline.model.artifact import Feed
from pipeline.model.exposure import Stated
from pipeline.model.gap import Gap
from pipeline.model.verdict import PolicySource, Subject

SCHEMA: Final = "penstock/facts@1"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything else that the gate was told. What has a default excepts nothing by it."""

    schema: Literal["penstock/facts@1"]
    environment: str
    now: datetime
    subject: Subject
    source: PolicySource
    gaps: tuple[Gap, ...]
    """Gaps of the whole run: base commit, policy source, clock, interruption."""
    feeds: tuple[Feed, ...]
    """The snapshots that findings were enriched with."""
    feed_faults: tuple[Gap, ...]
    """Snapshots for enrichment that could not be read."""
    exposures: tuple[Stated, ...] = ()
    """What the configuration stated of who can reach what: findings have it already."""
    signatures: tuple[Signature, ...] = ()
    authors: tuple[tuple[str, str], ...] = ()
    """(exception id, e-mail) of the commits that wrote its file."""
