"""What a run looks at no more, held against commits that were looked at before."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

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
from pipeline.runner import images
from pipeline.runner.change import Change, Lost
from pipeline.runner.images import Seen

FEWER: Final = "penstock.fewer-targets"
GONE: Final = "penstock.stage-gone"
ALL: Final = "(all)"
"""Stands for all targets of a stage, where the policy tolerates that there are none."""


Told: TypeAlias = tuple[Finding | None, tuple[Gap, ...]]


class Fewer(msgspec.Struct, frozen=True, kw_only=True):
    """What is missing against before, and why that could not be said."""

    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    told_by: Mapping[str, str] = {}
    """By the id of a finding, the commit that had more."""


def fewer(plan: Plan, seen: Iterable[Seen]) -> Fewer:
    """Hold what is asked against what was, at each commit. One that cannot be read is a gap."""
    repository = repository_of(plan.settings.root)
    if repository is None:
        return Fewer()
    top = Path(os.path.realpath(repository))
    found: dict[str, Finding] = {}
    gaps: set[Gap] = set()
    told_by: dict[str, str] = {}
    read = set[str]()
    for one in seen:
        for finding, gap in _told(plan, one, top, again=one.commit in read):
            if finding is not None:
                found.setdefault(finding.id, finding)
                told_by.setdefault(finding.id, one.commit)
            gaps.update(gap)
        read.add(one.commit)
    return Fewer(
        findings=tuple(found.values()), gaps=tuple(sorted(gaps, key=repr)), told_by=told_by
    )


def _told(plan: Plan, one: Seen, top: Path, *, again: bool) -> Iterator[Told]:
    try:
        if not again:
            yield from _files(plan, _before(plan, one.commit, top))
        yield from _images(plan, one)
    except PenstockError as error:
        told = f"what {one.commit[:12]} held cannot be read: {error.message}"
        gap = Gap(stage=None, target=None, reason=GapReason.BASE_MISSING, detail=told)
        yield None, (gap,)


def _before(plan: Plan, commit: str, repository: Path) -> Earlier:
    scratch = plan.workspace / f"earlier-{commit[:12]}"
    request = request_of(plan.settings)
    real = msgspec.structs.replace(request, root=Path(os.path.realpath(request.root)))
    return earlier(real, commit, repository=repository, now=plan.inventory, scratch=scratch)


def _files(plan: Plan, before: Earlier) -> Iterator[Told]:
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


def _images(plan: Plan, seen: Seen) -> Iterator[Told]:
    if any(gap.reason is GapReason.BASE_MISSING for gap in plan.gaps):
        return  # no configuration was read that could name them
    if not any(one.stage == images.IMAGE and one.required != "no" for one in plan.stages):
        return
    now = images.asked(plan.settings)
    lost = tuple(images.lost(images.before(plan.settings, seen), now))
    for one in lost:
        yield _fewer(one.path, [one], seen.commit), ()
    if lost and not now:
        yield _stage_gone(images.IMAGE, tuple(one.path for one in lost), seen.commit)


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
