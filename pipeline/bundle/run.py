"""run.json: who ran what, on what, at what cost; the digests of all other files."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from pipeline.model.artifact import Feed
from pipeline.model.outcome import Usage
from pipeline.model.record import HistoryNote, Setting
from pipeline.model.walls import Level

SCHEMA: Final = "penstock/run@1"


class StageCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage cost: sums over its processes, the longest and largest where that is meant."""

    stage: str
    seconds: float
    cpu_seconds: float
    max_rss_mb: float
    exit_code: int | None
    """Of its last process; None when none started."""
    command: tuple[str, ...]
    """The first process; `processes` has them all."""
    stderr_tail: str
    processes: tuple[Usage, ...]


class RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    schema: Literal["penstock/run@1"]
    penstock: str
    target: str
    commit: str | None
    images: tuple[str, ...]
    started: str
    seconds: float
    settings: tuple[Setting, ...]
    stages: tuple[StageCost, ...]
    interrupted: bool
    demo: bool
    sandbox: Mapping[str, Level]
    """By stage, how strictly the least walled in of its processes ran."""
    origin: Literal["own", "imported"]
    inventory: str
    feeds: tuple[Feed, ...]
    """The snapshots that findings were enriched with; those of scanners stand in coverage.json."""
    history: HistoryNote | None = None
    files: Mapping[str, str]
    """`sha256:…` by path, of every file but this one and later signatures."""


def cost(stage: str, usage: tuple[Usage, ...]) -> StageCost:
    """Add up a stage's processes."""
    return StageCost(
        stage=stage,
        seconds=round(max((one.seconds for one in usage), default=0.0), 3),
        cpu_seconds=round(sum(one.cpu_seconds for one in usage), 3),
        max_rss_mb=round(max((one.max_rss_mb for one in usage), default=0.0), 1),
        exit_code=usage[-1].exit_code if usage else None,
        command=usage[0].command if usage else (),
        stderr_tail=usage[-1].stderr_tail if usage else "",
        processes=usage,
    )
