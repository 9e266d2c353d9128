"""What the configuration leaves out, glob by glob: allowed by the policy, or a gap."""

from collections import defaultdict

from pipeline.model.gap import Gap, GapReason
from pipeline.model.outcome import StageEvidence
from pipeline.policy.case import Case

_SHOWN = 3


def exclusions(case: Case, evidence: StageEvidence) -> tuple[list[Gap], list[Gap]]:
    """Return the exclusions that are gaps, and those that the policy allows today."""
    by_glob: dict[str, list[str]] = defaultdict(list)
    for one in evidence.excluded:
        by_glob[one.by].append(one.path)
    allowed = {one.glob: one for one in case.policy.demands.allowed_exclusions}
    refused: list[Gap] = []
    listed: list[Gap] = []
    for glob, paths in sorted(by_glob.items()):
        told = _count(paths)
        entry = allowed.get(glob)
        if entry is None:
            told += "; evidence.allowed_exclusions does not hold this glob"
        elif case.today >= entry.expires:
            told += f"; the policy allowed it until {entry.expires}"
        else:
            told += f"; allowed until {entry.expires}, {entry.owner}: {entry.reason}"
            listed.append(_gap(evidence.stage, glob, told))
            continue
        refused.append(_gap(evidence.stage, glob, told))
    return refused, listed


def _count(paths: list[str]) -> str:
    shown = ", ".join(sorted(paths)[:_SHOWN])
    more = ", …" if len(paths) > _SHOWN else ""
    files = "file is" if len(paths) == 1 else "files are"
    return f"{len(paths)} {files} left out ({shown}{more})"


def _gap(stage: str, glob: str, detail: str) -> Gap:
    return Gap(stage=stage, target=glob, reason=GapReason.EXCLUDED, detail=detail)
