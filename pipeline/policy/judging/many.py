"""Judges more findings than memory has room for: each is seen once, in the order of its id.

Most findings bring nothing but their breaches: no exception speaks of them, and they have no grace.
Of these a few stand for all when the case is judged, and of the others the id is kept.
"""

import heapq
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final, TypeAlias

import msgspec

from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.severity import Severity
from pipeline.model.verdict import Breach, Verdict
from pipeline.policy.case import Case
from pipeline.policy.judging.cover import Index
from pipeline.policy.judging.gate import judge, matcher_of
from pipeline.policy.judging.hits import Hit, hits, no_longer_stands
from pipeline.policy.judging.matching import Weighed
from pipeline.policy.model import Effect, Policy

_CRITICALS: Final = "findings_critical_raw"
_ID: Final = 16
"""Bytes of an id, which is written as hexadecimal digits."""


_Ids: TypeAlias = dict[Breach, bytearray]
"""By all that breaches have in common: the findings that they are of."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict whose longest lists are not in it."""

    verdict: Verdict
    """With those breaches and warnings alone that single findings had to be judged for."""
    lists: "Lists"


class Lists:
    """Breaches and warnings of findings that are not in the verdict, as ids."""

    def __init__(self) -> None:
        self._ids: dict[Effect, _Ids] = {"fail": {}, "warn": {}}

    def of(self, hit: Hit) -> bytearray:
        """Return the list that a hit belongs to."""
        template = Breach(
            rule=hit.rule.id,
            finding=None,
            certain=not hit.met.unknown,
            assumed=hit.met.assumed,
            message=hit.rule.title,
        )
        return self._ids[hit.effect].setdefault(template, bytearray())

    def breaches(self, verdict: Verdict) -> Iterator[Breach]:
        """Yield all breaches, in the order of a verdict."""
        more = {} if _hidden(verdict) else self._ids["fail"]
        return _merged(verdict.breaches, more)

    def warnings(self, verdict: Verdict) -> Iterator[Breach]:
        """Yield all warnings, in the order of a verdict: the breaches too, where they only warn."""
        hidden = self._ids["fail"] if _hidden(verdict) else {}
        return _merged(verdict.warnings, self._ids["warn"], hidden)


def _hidden(verdict: Verdict) -> bool:
    return verdict.report_only_until is not None


def _merged(single: Iterable[Breach], *lists: _Ids) -> Iterator[Breach]:
    """Yield what was judged one by one and what is in lists: by rule, and in it by finding."""
    own = {rule: list(some) for rule, some in groupby(single, attrgetter("rule"))}
    listed = [entry for some in lists for entry in some.items()]
    for rule in sorted({*own, *(one.rule for one, _ in listed)}):
        found = [one for one in own.get(rule, ()) if one.finding is not None]
        more = [_unpacked(one, ids) for one, ids in listed if one.rule == rule]
        yield from heapq.merge(found, *more, key=lambda one: one.finding or "")
        yield from (one for one in own.get(rule, ()) if one.finding is None)


def _unpacked(template: Breach, ids: bytearray) -> Iterator[Breach]:
    for start in range(0, len(ids), _ID):
        yield msgspec.structs.replace(template, finding=ids[start : start + _ID].hex())


class Many:
    """Takes findings one by one; no two of them have one id."""

    def __init__(self, case: Case) -> None:
        case.policy.refuse_unusable(case.environment)
        self._case = case
        self._matcher = matcher_of(case)
        self._index = Index(case.policy.exceptions, case.environment)
        self._single: list[Finding] = []
        self._lists = Lists()
        self._opened: set[int] = set()
        self._plain: dict[int, tuple[bytearray, ...] | None] = {}
        self._limit = max(
            (one.limit for one in case.policy.budgets if one.count == _CRITICALS), default=0
        )
        self._criticals = 0
        self.count = 0

    def take(self, finding: Finding) -> Finding:
        """Weigh a finding, and return it as it was judged."""
        weighed = self._matcher.weighed(finding)
        ready = weighed[0]
        self.count += 1
        if self._stands_alone(ready):
            self._single.append(ready)
            return ready
        lists = self._lists_of(weighed)
        if lists is None or not self._opened.issuperset(map(id, lists)):
            # The first of each list stands for it in the verdict that is made of single ones.
            self._single.append(ready)
            self._opened.update(map(id, lists or ()))
            return ready
        ident = bytes.fromhex(ready.id)
        for one in lists:
            one.extend(ident)
        return ready

    def _stands_alone(self, ready: Finding) -> bool:
        if ready.severity is Severity.CRITICAL and not no_longer_stands(ready):
            self._criticals += 1
            if self._criticals <= self._limit:
                return True
        if ready.kind is Kind.COVERAGE:
            return True  # a gap where no rule speaks of it
        return ready.withdrawn is not None or bool(self._index.covering(ready))

    def _lists_of(self, weighed: Weighed) -> tuple[bytearray, ...] | None:
        """Return the lists that a finding belongs to; None where it has time left."""
        key = id(weighed[1])  # what rules are met is made once, and kept by the matcher
        if key in self._plain and (known := self._plain[key]) is not None:
            return known
        found = tuple(hits(self._case, self._matcher, [weighed]))
        if any(hit.until is not None for hit in found):
            self._plain[key] = None
            return None
        lists = tuple(self._lists.of(hit) for hit in found)
        graced = any(hit.rule.grace is not None for hit in found)
        self._plain[key] = None if graced else lists
        return lists

    def judged(self) -> Judged:
        """Judge what was taken."""
        verdict = self._counted(judge(self.case_of(())).verdict)
        return Judged(verdict=verdict, lists=self._lists)

    def case_of(self, also: Iterable[Finding]) -> Case:
        """Return the case of the findings that had to be judged one by one, and of some more."""
        most = self._case.policy.demands.max_findings
        gaps = self._case.gaps
        if self.count > most:
            told = f"{self.count} findings, and evidence.limits.max_findings is {most}"
            gaps = (*gaps, Gap(stage=None, target=None, reason=GapReason.LIMIT, detail=told))
        kept = {one.id: one for one in (*self._single, *also)}
        return msgspec.structs.replace(
            self._case,
            findings=tuple(kept[one] for one in sorted(kept)),
            gaps=gaps,
            policy=_boundless(self._case.policy),
        )

    def _counted(self, verdict: Verdict) -> Verdict:
        """Put the whole number of criticals where as many as a budget may have were judged."""
        budgets = tuple(
            msgspec.structs.replace(one, value=self._criticals) if one.count == _CRITICALS else one
            for one in verdict.budgets
        )
        told = {
            f": {old.value} of fewer than {old.limit}": f": {new.value} of fewer than {new.limit}"
            for old, new in zip(verdict.budgets, budgets, strict=True)
            if old != new
        }
        return msgspec.structs.replace(
            verdict,
            budgets=budgets,
            breaches=_retold(verdict.breaches, verdict, told),
            warnings=_retold(verdict.warnings, verdict, told),
        )


def _boundless(policy: Policy) -> Policy:
    """Return a policy that does not count findings: they were counted."""
    demands = msgspec.structs.replace(policy.demands, max_findings=sys.maxsize)
    return msgspec.structs.replace(policy, demands=demands)


def _retold(
    entries: Sequence[Breach], verdict: Verdict, told: dict[str, str]
) -> tuple[Breach, ...]:
    named = {one.id for one in verdict.budgets if one.count == _CRITICALS}

    def retold(one: Breach) -> Breach:
        if one.finding is not None or one.rule not in named:
            return one
        end = next((end for end in told if one.message.endswith(end)), "")
        message = one.message.removesuffix(end) + told.get(end, "") if end else one.message
        return msgspec.structs.replace(one, message=message)

    return tuple(map(retold, entries)) if told else tuple(entries)
