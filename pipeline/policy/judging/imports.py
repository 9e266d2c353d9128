"""Whether evidence that was made elsewhere may answer: by tool, by age, by what it leaves open."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from pipeline.model.artifact import Tool
from pipeline.model.finding import Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.imported import Imported, Lack
from pipeline.model.outcome import StageEvidence
from pipeline.policy.case import Case
from pipeline.policy.demand import Import
from pipeline.policy.judging.freshness import SKEW, instant
from pipeline.policy.judging.tools import refusal

_NOTHING: Final[frozenset[Lack]] = frozenset()
_OPEN: Final[Mapping[Lack, tuple[GapReason, str]]] = {
    Lack.UNSAID_CHECKS: (GapReason.TOOL_OUTPUT, "it does not say what was looked for"),
    Lack.UNSAID_END: (GapReason.TOOL_OUTPUT, "it does not say that its tool came to its end"),
    Lack.UNDATED_FEED: (GapReason.FEED_MISSING, "it does not say of what day its advisories are"),
    Lack.UNPLACED_RESULTS: (
        GapReason.TOOL_OUTPUT,
        "it has results at no path of the tree, and rules of the policy ask for paths",
    ),
}
"""What a lack is where it is not accepted. Targets that are not listed are gaps of their own."""
_OF_PACKAGES: Final = frozenset({"pip-audit", "cyclonedx", "osv"})
"""Formats of which every finding is about a package."""


def accepted(case: Case, evidence: Sequence[StageEvidence]) -> frozenset[Lack]:
    """Return what all reports of a stage may leave open; nothing where Penstock itself looked."""
    allowed = [_accepted(case, one) for one in evidence]
    return frozenset.intersection(*allowed) if allowed else _NOTHING


def _accepted(case: Case, one: StageEvidence) -> frozenset[Lack]:
    entry = _entry(case, one.stage, one.imported) if one.imported is not None else None
    return entry.accepts if entry is not None else _NOTHING


def judged(case: Case, stage: str, told: Imported) -> Iterator[Gap]:
    """List what speaks against a report: PASS is for those that leave nothing of it."""
    name = f"{told.tool} {told.version}"
    if denied := _denied(case, told):
        yield _gap(stage, GapReason.TOOL_DENIED, denied)
    entry = _entry(case, stage, told)
    if entry is None:
        why = f"a report of {name} was imported, and evidence.imports does not allow it for {stage}"
        yield _gap(stage, GapReason.TOOL_UNLOCKED, why)
        return
    yield from _of_age(case, stage, told, entry.max_age_hours)
    for lack in _lacks(case, stage, told):
        if lack not in entry.accepts:
            reason, why = _OPEN[lack]
            more = f"evidence.imports accepts no {lack.value} of it"
            yield _gap(stage, reason, f"the report of {name}: {why}; {more}")


def said(case: Case, stage: str, told: Imported) -> Iterator[str]:
    """Say what a report leaves open that the policy accepts."""
    entry = _entry(case, stage, told)
    for lack in _lacks(case, stage, told):
        if entry is not None and lack in entry.accepts:
            name = f"{told.tool} {told.version}"
            yield f"{stage}: the report of {name}: {_OPEN[lack][1]}; evidence.imports accepts that"


def _lacks(case: Case, stage: str, told: Imported) -> Iterator[Lack]:
    """List what a report leaves open, as far as anything rests on it."""
    for lack in told.lacks:
        if lack in _OPEN and (lack is not Lack.UNPLACED_RESULTS or _asks_paths(case, stage, told)):
            yield lack


def _asks_paths(case: Case, stage: str, told: Imported) -> bool:
    """Say whether a rule or a priority speaks of paths, and of what such a report finds."""
    formats = {one.format for one in told.files}
    others = not formats or not formats <= _OF_PACKAGES
    matches = [one.match for one in case.policy.rules]
    matches += [one.match for one in case.policy.priorities]
    for fields in ({one.field: one.words for one in match} for match in matches):
        kinds, stages = fields.get("kind", (Kind.SCA,)), fields.get("stage", (stage,))
        if "path" in fields and stage in stages and (others or Kind.SCA in kinds):
            return True
    return False


def _entry(case: Case, stage: str, told: Imported) -> Import | None:
    for one in case.policy.demands.imports:
        if (one.stage, one.tool) == (stage, told.tool):
            return one if not one.versions or told.version in one.versions else None
    return None


def _denied(case: Case, told: Imported) -> str:
    """Ask the deny-list by the tool's name as it writes itself and as the list writes it."""
    tools = (
        Tool(name=name, version=told.version.removeprefix("v"), path="", sha256="", locked=False)
        for name in (told.tool, told.tool.lower())
    )
    found = (refusal(tool, case.policy.demands, case.today) for tool in tools)
    return next(filter(None, found), "")


def _of_age(case: Case, stage: str, told: Imported, hours: int) -> Iterator[Gap]:
    made = instant(told.made)
    if made is None:
        yield _gap(stage, GapReason.FEED_STALE, f"nobody says when it was made: {told.made!r}")
    elif made > case.instant + SKEW:
        yield _gap(stage, GapReason.FEED_FUTURE, f"the report is of {told.made}, which is ahead")
    elif case.instant - made > timedelta(hours=hours):
        why = f"the report is of {told.made}, and evidence.imports wants at most {hours} hours"
        yield _gap(stage, GapReason.FEED_STALE, why)


def _gap(stage: str, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=stage, target=None, reason=reason, detail=detail)
