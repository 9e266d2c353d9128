"""What a run looks at no more, held against commits that were looked at before."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.config.base import repository_of
from pipeline.errors import PenstockError
from pipeline.inventory.earlier import Earlier, earlier
from pipeline.model import identity
from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.severity import Confidence, Severity
from pipeline.plan.make import request_of
from pipeline.plan.model import Plan
from pipeline.runner.change import Change, Lost

FEWER: Final = "penstock.fewer-targets"
GONE: Final = "penstock.stage-gone"
ALL: Final = "(all)"
"""Stands for all targets of a stage, where the policy tolerates that there are none."""


class Fewer(msgspec.Struct, frozen=True, kw_only=True):
    """What is missing against before, and why that could not be said."""

    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()


def fewer(plan: Plan, commits: Iterable[str]) -> Fewer:
    """Hold what is asked against what was, at each commit. One that cannot be read is a gap."""
    repository = repository_of(plan.settings.root)
    found: dict[str, Finding] = {}
    gaps: set[Gap] = set()
    for commit in dict.fromkeys(commits) if repository else ():
        try:
            before = _before(plan, commit, Path(os.path.realpath(repository or "")))
        except PenstockError as error:
            told = f"what {commit[:12]} held cannot be read: {error.message}"
            gaps.add(Gap(stage=None, target=None, reason=GapReason.BASE_MISSING, detail=told))
            continue
        for finding, gap in _compared(plan, before):
            found.setdefault(finding.id, finding)
            gaps.update(gap)
    return Fewer(findings=tuple(found.values()), gaps=tuple(sorted(gaps, key=repr)))


def _before(plan: Plan, commit: str, repository: Path) -> Earlier:
    scratch = plan.workspace / f"earlier-{commit[:12]}"
    request = request_of(plan.settings)
    real = msgspec.structs.replace(request, root=Path(os.path.realpath(request.root)))
    return earlier(real, commit, repository=repository, now=plan.inventory, scratch=scratch)


def _compared(plan: Plan, before: Earlier) -> Iterator[tuple[Finding, tuple[Gap, ...]]]:
    change = Change(plan, before)
    lost: dict[str, list[Lost]] = defaultdict(list)
    for planned in plan.stages:
        if planned.required == "no":
            continue
        kept, gone = change.were(planned)
        found = (*(change.less(planned, one) for one in kept),
                 *(change.lost(planned, one) for one in gone))  # fmt: skip
        for one in filter(None, found):
            lost[one.path].append(one)
        if gone and not change.asks(planned):
            yield _stage_gone(planned.stage, gone, before.commit)
    for path, losses in sorted(lost.items()):
        yield _fewer(path, losses, before.commit), ()


def _fewer(path: str, losses: list[Lost], commit: str) -> Finding:
    stages = tuple(one.stage for one in losses)
    told = f"{', '.join(stages)} looked at {path} at {commit[:12]}, and not any more"
    return _finding(FEWER, path, stages, f"{told}: {losses[0].why}")


def _stage_gone(stage: str, gone: tuple[str, ...], commit: str) -> tuple[Finding, tuple[Gap, ...]]:
    named = ", ".join(gone[:3]) + (", …" if len(gone) > 3 else "")  # noqa: PLR2004 -- as shown
    told = f"{stage} had something to look at at {commit[:12]} ({named}), and has nothing now"
    finding = _finding(GONE, stage, (stage,), told)
    return finding, (Gap(stage=stage, target=ALL, reason=GapReason.NO_TARGETS, detail=told),)


def _finding(rule: str, target: str, stages: tuple[str, ...], message: str) -> Finding:
    return identity.new(
        kind=Kind.COVERAGE,
        stage=stages[0],
        rule=rule,
        target=target,
        fingerprint=identity.digest(rule, target),
        sources=stages,
        title="Less is looked at than before",
        message=message,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
    )
