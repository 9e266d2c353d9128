"""Everything that could be done about a case, so that each set of it can be tried."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

import msgspec

from pipeline.model.finding import Finding, Kind
from pipeline.model.severity import Severity
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.case import Case, Judgement
from pipeline.policy.explaining.actions import Action, Approve, Except, Rebuild, Remove, Upgrade
from pipeline.policy.explaining.approvers import approval
from pipeline.policy.explaining.bumps import Key, bump, group_of, groups, mend, upgrades
from pipeline.policy.explaining.enact import upgraded
from pipeline.policy.explaining.excepting import Filing, written
from pipeline.policy.explaining.retiring import budget, remove
from pipeline.policy.explaining.targets import Target, known, slots, targets
from pipeline.policy.judging.exceptions import Applied
from pipeline.policy.model import Rule

_RULES: Final = 3
"""Of so many rules every selection can be named by an exception of its own."""


class Possible(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done."""

    actions: tuple[Action, ...]
    whole: bool
    """False where exceptions could be cut in more ways than are listed."""


def possible(case: Case, judged: Judgement, applied: Applied) -> Possible:
    """List upgrades, rebuilds, changes of the source, approvals, exceptions and deletions."""
    return _Lister(case, judged, applied).every()


class _Lister:
    """Goes through the findings that fail, or would without their exceptions."""

    def __init__(self, case: Case, judged: Judgement, applied: Applied) -> None:
        self._case = case
        self._judged = judged
        self._applied = applied
        self._whole = True
        self._rules: dict[str, dict[str, Rule]] = defaultdict(dict)
        for finding, rule in failing(case, judged):
            self._rules[finding][rule.id] = rule
        raw = budget(case, "findings_critical_raw") is not None
        self._bad = [
            one
            for one in judged.findings
            if one.id in self._rules or (raw and one.severity is Severity.CRITICAL)
        ]

    def every(self) -> Possible:
        """Return all, exceptions for what upgrades leave included."""
        mends = list(self._mends())
        actions = [*mends, *self._approvals(), *self._exceptions(mends), *self._deletions()]
        return Possible(actions=tuple(actions), whole=self._whole)

    def _mends(self) -> Iterator[Action]:
        grouped: dict[Key, list[Finding]] = defaultdict(list)
        for one in self._bad:
            if (key := group_of(one)) is not None:
                grouped[key].append(one)
            elif one.kind is not Kind.SCA:
                yield mend(one)
        now = {one.finding for one in self._judged.verdict.breaches}
        every = groups(self._judged.findings, frozenset(grouped))
        for key, bad in grouped.items():
            some = [one for one in bad if one.id in now]
            bumps = (*_bumps(key, bad, every[key]), *_bumps(key, some, every[key]))
            yield from dict.fromkeys(bumps)

    def _approvals(self) -> Iterator[Approve]:
        filing = Filing(self._case, self._applied)
        for fate in self._applied.fates:
            if fate.status is ExceptionStatus.UNAPPROVED and fate.findings:
                ids = tuple(sorted(one.id for one in fate.findings))
                yield from filing.approve(fate.exception, ids)

    def _deletions(self) -> Iterator[Remove]:
        """Offer all but the expired: that they are gone would hide what was renewed."""
        for one in self._judged.verdict.exceptions:
            if one.status is not ExceptionStatus.EXPIRED:
                yield remove(self._case, one)

    def _exceptions(self, mends: Sequence[Action]) -> Iterator[Except]:
        seen: dict[Target, dict[str, tuple[Finding, dict[str, Rule]]]] = defaultdict(dict)
        for one in self._bad:
            for state in _states(one, mends):
                for target in _worth_naming(state, self._bad):
                    seen[target][state.id] = state, self._rules[one.id]
        for target, spoken_of in sorted(seen.items(), key=lambda one: (known(one[0]), one[0])):
            yield from self._written(target, list(spoken_of.values()))

    def _written(
        self, target: Target, spoken_of: Sequence[tuple[Finding, dict[str, Rule]]]
    ) -> Iterator[Except]:
        every = {ident: rule for _, rules in spoken_of for ident, rule in rules.items()}
        findings = [one for one, _ in spoken_of]
        terms = self._case.policy.terms
        asked = sorted({terms.approvals_for(one.priority) for one in findings})
        for part in self._parts([every[ident] for ident in sorted(every)]):
            if any(not rule.exception_roles for rule in part):
                continue
            for needed in asked:
                people = approval(self._case.policy, part, needed)
                if len(people.holders) >= needed:
                    yield written(
                        self._case,
                        target,
                        part,
                        users=findings,
                        spoken_of=findings,
                        approval=people,
                    )

    def _parts(self, rules: Sequence[Rule]) -> Iterator[tuple[Rule, ...]]:
        open_to = [rule for rule in rules if rule.exception_roles]
        if len(open_to) > _RULES:
            self._whole = False
            yield tuple(open_to)
            return
        for size in range(len(open_to), 0, -1):
            yield from combinations(open_to, size)


def failing(case: Case, judged: Judgement) -> Iterator[tuple[str, Rule]]:
    """Yield the findings that fail, or would without their exceptions, with each rule."""
    rules = {rule.id: rule for rule in case.policy.rules}
    for one in judged.verdict.breaches:
        if one.finding is not None:
            yield one.finding, rules[one.rule]
    for free in judged.verdict.excepted:
        for rule in (rules[name] for name in free.rules):
            if rule.effect_for(case.environment) == "fail":
                yield free.finding, rule


def _bumps(
    key: Key, bad: Sequence[Finding], every: Sequence[Finding]
) -> tuple[Upgrade | Rebuild, ...]:
    return upgrades(key[1], bad, every) if key[0] == "package" else bump(key, bad, every)


def _states(one: Finding, mends: Iterable[Action]) -> Iterator[Finding]:
    """Yield a finding as it is, and as it is in each version that does not mend it."""
    yield one
    for action in mends:
        if isinstance(action, Upgrade) and one.id not in action.findings:
            yield from (moved for moved in upgraded([one], action) if moved is not one)


def _worth_naming(one: Finding, bad: Sequence[Finding]) -> Iterator[Target]:
    """Yield the target that people know best, and those that would speak of others too."""
    for ids in slots(one):
        best, *others = sorted(targets(one, ids), key=lambda each: (known(each), each))
        yield best
        yield from (each for each in others if sum(_could_name(each, some) for some in bad) > 1)


def _could_name(target: Target, one: Finding) -> bool:
    """Overlook the version: an upgrade moves it."""
    return target.vulnerability in {name for ids in slots(one) for name in ids}
