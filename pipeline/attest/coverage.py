"""What was asked and answered, in numbers: names of files may be private, and logs are public."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias, assert_never

import msgspec

from pipeline.attest.base import OWN, Evidence, FileDigest, Said, bare
from pipeline.model.gap import Gap, GapReason
from pipeline.model.outcome import Canary, Completed, Failed, Skipped, SkipReason, StageEvidence

TYPE: Final = f"{OWN}/attestation/coverage/v1"


class Gaps(msgspec.Struct, frozen=True, kw_only=True):
    """So many targets without an answer, for one reason."""

    reason: GapReason
    count: int


class _Stage(msgspec.Struct, frozen=True, kw_only=True, tag_field="outcome"):
    stage: str
    required: str
    """always | when_present | no, by the policy."""
    asked: int
    answered: int
    excluded: int
    """Targets that somebody took out, by configuration or by the policy."""
    targets: FileDigest | None
    """Of coverage/STAGE.txt in the bundle, which names what was asked; None where nothing was."""


class CompletedStage(_Stage, frozen=True, kw_only=True, tag="completed"):
    """It ran to its end. What it did not answer are its gaps."""

    gaps: tuple[Gaps, ...]
    canary: Canary


class FailedStage(_Stage, frozen=True, kw_only=True, tag="failed"):
    """It did not, and nothing of it is believed."""

    reason: GapReason
    gaps: tuple[Gaps, ...]


class SkippedStage(_Stage, frozen=True, kw_only=True, tag="skipped"):
    """It was not asked."""

    reason: SkipReason


Stage: TypeAlias = CompletedStage | FailedStage | SkippedStage


class Predicate(msgspec.Struct, frozen=True, kw_only=True):
    """Every stage, also those that were not asked."""

    coverage: FileDigest
    """Of coverage.json in the bundle."""
    stages: tuple[Stage, ...]


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say it of every stage, also of those that were not asked."""
    required = dict(evidence.required)
    said = Predicate(
        coverage=FileDigest(sha256=bare(evidence.files["coverage.json"])),
        stages=tuple(_stage(one, required[one.stage], evidence) for one in evidence.stages),
    )
    yield Said(name="coverage", predicate=msgspec.to_builtins(said))


def _stage(one: StageEvidence, required: str, evidence: Evidence) -> Stage:
    listed = evidence.files.get(f"coverage/{one.stage}.txt")
    targets = None if listed is None else FileDigest(sha256=bare(listed))
    excluded = len(one.excluded)
    match one.outcome:
        case Completed(asked=asked, answered=answered, gaps=gaps, canary=canary):
            return CompletedStage(
                stage=one.stage, required=required, excluded=excluded, targets=targets,
                asked=asked, answered=answered, gaps=_counted(gaps), canary=canary,
            )  # fmt: skip
        case Failed(asked=asked, reason=reason, gaps=gaps):
            return FailedStage(
                stage=one.stage, required=required, excluded=excluded, targets=targets,
                asked=asked, answered=0, gaps=_counted(gaps), reason=reason,
            )  # fmt: skip
        case Skipped(why=why, asked=asked):
            return SkippedStage(
                stage=one.stage, required=required, excluded=excluded, targets=targets,
                asked=asked, answered=0, reason=why,
            )  # fmt: skip
        case _:
            assert_never(one.outcome)


def _counted(gaps: Iterable[Gap]) -> tuple[Gaps, ...]:
    counts = Counter(gap.reason for gap in gaps)
    return tuple(Gaps(reason=reason, count=counts[reason]) for reason in sorted(counts))
