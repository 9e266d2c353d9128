"""What was asked and answered, in numbers: names of files may be private, and logs are public."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from pipeline.attest.base import OWN, Evidence, Json, Said, bare
from pipeline.model.gap import Gap
from pipeline.model.outcome import Completed, Failed, Skipped, StageEvidence

TYPE: Final = f"{OWN}/attestation/coverage/v1"


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say it of every stage, also of those that were not asked."""
    required = dict(evidence.required)
    yield Said(
        name="coverage",
        predicate={
            "coverage": {"sha256": bare(evidence.files["coverage.json"])},
            "stages": [_stage(one, required[one.stage], evidence) for one in evidence.stages],
        },
    )


def _stage(one: StageEvidence, required: str, evidence: Evidence) -> Json:
    targets = evidence.files.get(f"coverage/{one.stage}.txt")
    return {
        "stage": one.stage,
        "required": required,
        **_outcome(one),
        "excluded": len(one.excluded),
        "targets": None if targets is None else {"sha256": bare(targets)},
    }


def _outcome(one: StageEvidence) -> Json:
    match one.outcome:
        case Completed(asked=asked, answered=answered, gaps=gaps, canary=canary):
            return {
                "outcome": "completed",
                "asked": asked,
                "answered": answered,
                "gaps": _counted(gaps),
                "canary": canary.value,
            }
        case Failed(asked=asked, reason=reason, gaps=gaps):
            return {
                "outcome": "failed",
                "reason": reason.value,
                "asked": asked,
                "answered": 0,
                "gaps": _counted(gaps),
            }
        case Skipped(why=why, asked=asked):
            return {"outcome": "skipped", "reason": why.value, "asked": asked, "answered": 0}
        case _:
            assert_never(one.outcome)


def _counted(gaps: Iterable[Gap]) -> list[Json]:
    counts = Counter(gap.reason.value for gap in gaps)
    return [{"reason": reason, "count": counts[reason]} for reason in sorted(counts)]
