"""Who has not answered. Asked before anything else, since no finding can make up for it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

import msgspec

from pipeline.model.artifact import Feed
from pipeline.model.gap import Gap, GapClass, GapReason, class_of
from pipeline.model.imported import Lack
from pipeline.model.outcome import (
    Canary,
    Completed,
    Failed,
    Outcome,
    Skipped,
    SkipReason,
    StageEvidence,
)
from pipeline.model.verdict import Breach, Unanswered
from pipeline.policy.case import Case
from pipeline.policy.demand import Required, StageDemand
from pipeline.policy.judging import imports
from pipeline.policy.judging.exclusions import exclusions
from pipeline.policy.judging.freshness import changed_models, doubts, enrichment, feeds
from pipeline.policy.judging.tools import refusal, unwalled
from pipeline.policy.judging.unspoken import unspoken


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is missing, what the policy puts up with, and what it wants said."""

    unanswered: tuple[Unanswered, ...]
    tolerated: tuple[Unanswered, ...]
    warnings: tuple[Breach, ...]
    demo: bool


def weigh(case: Case) -> Evidence:
    """Hold the evidence against the demands of the policy."""
    demands = case.policy.demands
    required_of = case.policy.required(case.environment)
    gaps = (*case.gaps, *unspoken(case))
    missing = [entry(gap) for gap in gaps if gap.stage not in required_of]
    missing += enrichment(case)
    missing += _too_many(case)
    tolerated: list[Unanswered] = []
    warnings: list[Breach] = []
    for stage, required in required_of.items():
        if required == "no":
            continue
        demand = demands.stages[stage]
        evidence = tuple(one for one in case.stages if one.stage == stage)
        found = _Sorted(case, demand, imports.accepted(case, evidence))
        found.add(gap for gap in gaps if gap.stage == stage)
        found.add(_owed(case, stage, required, evidence))
        for one in evidence:
            found.source(one)
            found.exclusions(one)
        missing += found.unanswered
        tolerated += found.tolerated
        warnings += found.warnings()
    about = (*doubts(case), *changed_models(case))
    warnings += [notice(f"feed_{name}", told) for name, told in about]
    missing = missing or list(_nothing_asked(case))
    return Evidence(
        unanswered=ordered(missing),
        tolerated=ordered(tolerated),
        warnings=tuple(warnings),
        demo=demands.accept_excerpts
        and any(feed.excerpt for feed in (*case.feeds, *_of_stages(case))),
    )


def _of_stages(case: Case) -> Iterator[Feed]:
    return (feed for one in case.stages for feed in one.feeds)


def entry(gap: Gap, detail: str = "") -> Unanswered:
    """Write a gap as the verdict lists it."""
    return Unanswered(
        stage=gap.stage,
        target=gap.target,
        gap_class=gap.gap_class,
        reason=gap.reason,
        detail=detail or gap.detail,
    )


def ordered(entries: Iterable[Unanswered]) -> tuple[Unanswered, ...]:
    """Sort and drop what says the same twice."""
    return tuple(
        sorted(
            set(entries),
            key=lambda one: (one.stage or "", one.target or "", one.reason, one.detail),
        )
    )


def _owed(
    case: Case, stage: str, required: Required, evidence: tuple[StageEvidence, ...]
) -> Iterator[Gap]:
    """List what a required stage did not answer."""
    if not evidence:
        yield _gap(stage, GapReason.NOT_LISTED, "the run has no word of this stage")
    for one in evidence:
        yield from _of_outcome(case, stage, required, one.outcome)


def _of_outcome(case: Case, stage: str, required: Required, outcome: Outcome) -> Iterator[Gap]:
    match outcome:
        case Completed():
            yield from outcome.gaps
            yield from _unbelievable(stage, outcome)
            if required == "always" and not _asked(outcome):
                yield _no_targets(case, stage)
        case Failed():
            yield _gap(stage, outcome.reason, outcome.message)
            yield from outcome.gaps
        case Skipped():
            yield from _of_skipped(case, stage, required, outcome)
        case _:
            assert_never(outcome)


def _of_skipped(case: Case, stage: str, required: Required, outcome: Skipped) -> Iterator[Gap]:
    match outcome.why:
        case SkipReason.NOT_APPLICABLE if outcome.asked or not outcome.inventory:
            yield _gap(stage, GapReason.NOT_LISTED, "skipped although there was something to ask")
        case SkipReason.NOT_APPLICABLE:
            if required == "always":
                yield _no_targets(case, stage)
        case SkipReason.DESELECTED:
            yield _gap(stage, GapReason.EXCLUDED, "deselected by --skip or --only")
        case SkipReason.NOT_REQUIRED:
            yield _gap(
                stage, GapReason.NOT_LISTED, "not asked: it was not required when the scan ran"
            )
        case _:
            assert_never(outcome.why)


def _unbelievable(stage: str, outcome: Completed) -> Iterator[Gap]:
    """Believe no sum that does not add up, and no scanner that missed its canary."""
    named = {gap.target for gap in outcome.gaps if gap.target is not None}
    if not outcome.asked - len(named) <= outcome.answered <= outcome.asked:
        told = f"{outcome.answered} of {outcome.asked} answered, and the gaps do not explain it"
        yield _gap(stage, GapReason.NOT_LISTED, told)
    missed = outcome.canary is Canary.MISSED
    if missed and all(gap.reason is not GapReason.CANARY_MISSED for gap in outcome.gaps):
        yield _gap(stage, GapReason.CANARY_MISSED, "the planted known-bad input was not reported")


def _asked(outcome: Outcome) -> int:
    """Count the targets for which there are rules: of the others nobody was asked anything."""
    if isinstance(outcome, Skipped):
        return outcome.asked
    gaps = (gap for gap in outcome.gaps if gap.reason is GapReason.NO_RULES)
    return outcome.asked - len({gap.target for gap in gaps if gap.target is not None})


def _no_targets(case: Case, stage: str) -> Gap:
    place = case.policy.places.get(f"stage:{stage}")
    told = (
        f"there is nothing for {stage} to look at, and the policy says `always`; "
        f"where that is right, set evidence.stages.{stage}.required to when_present"
    )
    return _gap(stage, GapReason.NO_TARGETS, f"{told} ({place})" if place else told)


def _gap(stage: str, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=stage, target=None, reason=reason, detail=detail)


def _too_many(case: Case) -> Iterator[Unanswered]:
    most = case.policy.demands.max_findings
    if len(case.findings) > most:
        told = f"{len(case.findings)} findings, and evidence.limits.max_findings is {most}"
        yield entry(Gap(stage=None, target=None, reason=GapReason.LIMIT, detail=told))


def _nothing_asked(case: Case) -> Iterator[Unanswered]:
    """Find runs in which no required stage had anything to look at."""
    required = case.policy.required(case.environment)
    asked = any(_asked(one.outcome) for one in case.stages if required.get(one.stage, "no") != "no")
    if not asked:
        told = "no required stage had anything to look at"
        yield entry(Gap(stage=None, target=None, reason=GapReason.NO_TARGETS, detail=told))


class _Sorted:
    """The gaps of one stage, sorted by what the policy says about each."""

    def __init__(self, case: Case, demand: StageDemand, accepted: frozenset[Lack]) -> None:
        self._case = case
        self._demand = demand
        self._accepted = accepted
        self._tolerated = {
            (one.stage, one.target): one for one in case.policy.demands.tolerated_gaps
        }
        self._without_rules: list[Gap] = []
        self._unlisted: list[Gap] = []
        self._said: list[Breach] = []
        self.unanswered: list[Unanswered] = []
        self.tolerated: list[Unanswered] = []

    def add(self, gaps: Iterable[Gap]) -> None:
        """Sort gaps that the stage owes."""
        for gap in gaps:
            if gap.reason is GapReason.NO_RULES and self._case.policy.demands.no_rules == "warn":
                self._without_rules.append(gap)
            elif gap.reason is GapReason.NO_PACKAGES and gap.target in self._demand.no_os:
                self.tolerated.append(entry(gap, "the policy lists it under no_os"))
            elif gap.reason is GapReason.NOT_LISTED and gap.target and self._may_be_unlisted:
                self._unlisted.append(gap)
                self.tolerated.append(entry(gap, "evidence.imports accepts unlisted_targets"))
            else:
                self._weigh(gap)

    @property
    def _may_be_unlisted(self) -> bool:
        return Lack.UNLISTED_TARGETS in self._accepted

    def source(self, evidence: StageEvidence) -> None:
        """Judge what gave the answer: our own tools and their feeds, or somebody's report."""
        if evidence.imported is None:
            self.add(feeds(self._case, self._demand, evidence))
            self.tools(evidence)
            return
        self.add(imports.judged(self._case, evidence.stage, evidence.imported))
        for told in imports.said(self._case, evidence.stage, evidence.imported):
            self._said.append(notice("import", told))

    def _weigh(self, gap: Gap) -> None:
        """Tolerate a named target until its day; never where integrity or time is in doubt."""
        allowed = self._tolerated.get((gap.stage or "", gap.target or ""))
        if allowed is None or class_of(gap.reason) is not GapClass.EVIDENCE:
            self.unanswered.append(entry(gap))
        elif self._case.today >= allowed.expires:
            told = f"{gap.detail} (tolerated until {allowed.expires})".strip()
            self.unanswered.append(entry(gap, told))
        else:
            told = f"until {allowed.expires}, {allowed.owner}: {allowed.reason}"
            self.tolerated.append(entry(gap, told))
            self._said.append(
                notice("tolerated_gap", f"{gap.stage}: {gap.target} is not answered, {told}")
            )

    def tools(self, evidence: StageEvidence) -> None:
        """Judge tools that the policy does not believe, and those that are not the locked ones."""
        if told := unwalled(evidence, self._case.policy.demands):
            self.add([_gap(evidence.stage, GapReason.TOOL_DENIED, told)])
        for tool in evidence.tools:
            told = refusal(tool, self._case.policy.demands, self._case.today)
            if told:
                self.add([_gap(evidence.stage, GapReason.TOOL_DENIED, told)])
            if tool.locked:
                continue
            told = f"{tool.name} {tool.version} at {tool.path} is not the locked one"
            if self._case.policy.demands.unlocked == "warn":
                self._said.append(notice("tool_unlocked", f"{evidence.stage}: {told}"))
            else:
                self.add([_gap(evidence.stage, GapReason.TOOL_UNLOCKED, told)])

    def exclusions(self, evidence: StageEvidence) -> None:
        """Judge what the configuration leaves out."""
        refused, allowed = exclusions(self._case, evidence)
        self.unanswered += [entry(gap) for gap in refused]
        self.tolerated += [entry(gap) for gap in allowed]

    def warnings(self) -> list[Breach]:
        """Return what must be said; what is said of many targets in one sentence."""
        said = list(self._said)
        if found := self._without_rules:
            told = _several(found, "file")
            said.append(notice("no_rules", f"{found[0].stage}: no rules for {told}"))
        if found := self._unlisted:
            told = (
                f"{found[0].stage}: the imported report does not list {_several(found, 'target')}"
            )
            said.append(notice("import", told))
        return said


def _several(gaps: Sequence[Gap], what: str) -> str:
    shown = ", ".join(sorted(gap.target or "" for gap in gaps)[:3])
    more = ", …" if len(gaps) > 3 else ""  # noqa: PLR2004 -- as many as are shown
    return f"1 {what} ({shown})" if len(gaps) == 1 else f"{len(gaps)} {what}s ({shown}{more})"


def notice(rule: str, message: str) -> Breach:
    """Make a warning about the run itself."""
    return Breach(rule=rule, finding=None, certain=True, message=message)
