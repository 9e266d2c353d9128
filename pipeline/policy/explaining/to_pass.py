"""The smallest set of actions after which nothing breaches the policy, proven by the gate."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import msgspec

from pipeline.model.finding import Finding, Kind
from pipeline.model.severity import Severity
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.case import Case, Judgement
from pipeline.policy.explaining.actions import (
    ORDER,
    Action,
    Blocked,
    Except,
    Mend,
    Plan,
    Rebuild,
    Remove,
    Upgrade,
)
from pipeline.policy.explaining.bumps import Key, bump, group_of, groups, mend
from pipeline.policy.explaining.enact import enact, upgraded
from pipeline.policy.explaining.exact import search
from pipeline.policy.explaining.excepting import Filing, Item
from pipeline.policy.explaining.possible import possible
from pipeline.policy.explaining.retiring import budget, over, shortage, useless
from pipeline.policy.explaining.tightening import tightened
from pipeline.policy.judging.exceptions import Applied, apply
from pipeline.policy.judging.gate import judge, matcher_of
from pipeline.policy.model import Rule

_ROUNDS: Final = 4
_RETIREMENTS: Final = 64
_REVIVABLE: Final = (ExceptionStatus.VOID, ExceptionStatus.OVER_MATCHED)


class _Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to deal with some findings."""

    actions: tuple[Action, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    smallest: bool = True

    @property
    def cost(self) -> tuple[int, int, int]:
        """The fewest left behind, then the fewest actions, then the fewest new exceptions."""
        files = sum(isinstance(one, Except) for one in self.actions)
        return len(self.blocked), len(self.actions), files


def plan(case: Case) -> Plan:
    """Find out what has to be done; the verdict after it is the gate's own."""
    asked = without_report_only(case)
    until = case.policy.report_only_until.get(case.environment) if asked is not case else None
    best = _attempt(asked, ())
    if short := shortage(asked, best.actions):
        ways = [(), *islice(short, _RETIREMENTS)]
        tried = [_attempt(asked, some, bump=each) for some in ways for each in (False, True)]
        best = min(tried, key=lambda one: one.cost)
        best = msgspec.structs.replace(best, smallest=False)
    deletes = any(isinstance(one, Remove) for one in best.actions)
    if best.blocked or deletes or not best.smallest:
        best = _smaller(asked, best)
    after = judge(enact(asked, best.actions)).verdict
    return Plan(
        actions=tuple(sorted(best.actions, key=_rank)),
        blocked=best.blocked,
        smallest=best.smallest,
        after=after.verdict,
        passes=not after.breaches,
        unanswered=after.unanswered,
        budgets=after.budgets,
        report_only_until=until.isoformat() if until else None,
    )


def _smaller(case: Case, best: _Way) -> _Way:
    """Try every set that could do it, and be smaller; leave open what was not tried."""
    passes = not judge(enact(case, best.actions)).verdict.breaches
    few = _concerned(case)
    judged = judge(few)
    listed = possible(few, judged, _applied(few, judged))
    answer = search(few, listed.actions, len(best.actions) if passes else None)
    proven = answer.complete and listed.whole
    if answer.actions is None:
        return msgspec.structs.replace(best, smallest=proven)
    actions = tightened(case, answer.actions)
    if judge(enact(case, actions)).verdict.breaches:
        return msgspec.structs.replace(best, smallest=False)
    return _Way(actions=actions, smallest=proven)


def _applied(case: Case, judged: Judgement) -> Applied:
    return apply(case, matcher_of(case).weigh(judged.findings))


def _concerned(case: Case) -> Case:
    """Leave out the findings that no rule and no budget asks about."""
    judged = judge(case)
    told = judged.verdict
    met = {one.finding for one in (*told.breaches, *told.warnings)}
    met |= {one.finding for one in told.grace} | {one.finding for one in told.excepted}
    kept = (f for f in judged.findings if f.id in met or f.severity is Severity.CRITICAL)
    return msgspec.structs.replace(case, findings=tuple(kept))


def _rank(action: Action) -> tuple[int, int, str]:
    place = action.place if isinstance(action, Mend) else ""
    return ORDER.index(type(action)), -len(action.findings), place


def without_report_only(case: Case) -> Case:
    """Look behind the day until which breaches are warnings."""
    until = case.policy.report_only_until.get(case.environment)
    if until is None or case.today >= until:
        return case
    policy = msgspec.structs.replace(case.policy, report_only_until={})
    return msgspec.structs.replace(case, policy=policy)


def _attempt(case: Case, retired: tuple[Remove, ...], *, bump: bool = False) -> _Way:
    """Deal with everything that fails once some exceptions are gone, and prove it.

    `bump` prefers upgrades even where an exception alone is fewer: it saves files.
    """
    base = enact(case, retired)
    gone = {one.exception for one in retired}
    free = frozenset(one.finding for one in judge(case).verdict.excepted if one.exception in gone)
    search = _Search(base, judge(base), mend_only=free, eager=bump)
    found = search.way()
    actions = [*retired, *_needed(base, found.actions, search.revivable)]
    verdict = judge(enact(case, actions)).verdict
    for _ in range(_ROUNDS):
        more = tuple(useless(case, verdict))
        if not more:
            break
        actions += more
        verdict = judge(enact(case, actions)).verdict
    known = {one.finding for one in found.blocked}
    left = tuple(
        Blocked(finding=one.finding, name=one.rule, place="", why=one.message)
        for one in verdict.breaches
        if one.finding not in known or one.finding is None
    )
    return msgspec.structs.replace(found, actions=tuple(actions), blocked=(*found.blocked, *left))


def _needed(
    case: Case, actions: tuple[Action, ...], revivable: frozenset[str]
) -> tuple[Action, ...]:
    """Drop new exceptions for what an old one covers again once the others are done."""
    for one in actions:
        if isinstance(one, Except) and not revivable.isdisjoint(one.findings):
            fewer = tuple(other for other in actions if other is not one)
            if _failing(case, fewer) <= _failing(case, actions):
                actions = fewer
    return actions


def _failing(case: Case, actions: tuple[Action, ...]) -> set[tuple[str, str | None]]:
    breaches = judge(enact(case, actions)).verdict.breaches
    return {(one.rule, one.finding) for one in breaches}


class _Search:
    """Deals with the findings of one judgement, group by group."""

    def __init__(
        self, case: Case, judged: Judgement, *, mend_only: frozenset[str], eager: bool
    ) -> None:
        self._eager = eager
        self._judged = judged
        rules = {rule.id: rule for rule in case.policy.rules}
        applied = _applied(case, judged)
        self._filing = Filing(case, applied)
        self.revivable = frozenset(
            finding.id
            for fate in applied.fates
            if fate.status in _REVIVABLE and len(fate.findings) > 1
            for finding in fate.findings
        )
        """Findings of exceptions that may hold again once some of the others are gone."""
        self._failing: dict[str, list[Rule]] = {}
        for one in judged.verdict.breaches:
            if one.finding is not None:
                self._failing.setdefault(one.finding, []).append(rules[one.rule])
        self._excepted: dict[str, list[Rule]] = {}
        for free in judged.verdict.excepted:
            failing = [
                rules[r] for r in free.rules if rules[r].effect_for(case.environment) == "fail"
            ]
            self._excepted.setdefault(free.finding, []).extend(failing)
        self._raw = self._raw_criticals(case)
        self._mend_only = dict.fromkeys(mend_only, "its exception has to go") | self._raw

    def _raw_criticals(self, case: Case) -> dict[str, str]:
        """Name the criticals that a budget counts whether they are excepted or not."""
        counted = budget(case, "findings_critical_raw")
        if not (many := over(self._judged.verdict, counted)) or counted is None:
            return {}
        criticals = [f for f in self._judged.findings if f.severity is Severity.CRITICAL]
        criticals.sort(key=lambda one: (one.purl is not None and not one.fix_versions, one.id))
        why = f"{counted.id} counts it, excepted or not"
        return {one.id: why for one in criticals[:many]}

    def way(self) -> _Way:
        """Return what has to be done."""
        items = [
            self._item(one, self._failing.get(one.id, ()))
            for one in self._judged.findings
            if one.id in self._failing or one.id in self._raw
        ]
        grouped: dict[Key | None, list[Item]] = {}
        for item in items:
            grouped.setdefault(group_of(item.finding), []).append(item)
        loose = grouped.pop(None, [])
        every = groups(self._judged.findings, frozenset(key for key in grouped if key))
        ways = [self._loose(loose)]
        ways += [self._group(key, some, every[key]) for key, some in grouped.items() if key]
        joined = _joined(ways)
        if self.revivable.isdisjoint(self._failing):
            return joined
        return msgspec.structs.replace(joined, smallest=False)

    def _item(self, finding: Finding, rules: Iterable[Rule]) -> Item:
        return Item(
            finding=finding,
            rules=tuple({rule.id: rule for rule in rules}.values()),
            mend_only=self._mend_only.get(finding.id, ""),
        )

    def _loose(self, items: Sequence[Item]) -> _Way:
        """Mend each at its place; a package without a name can only be excepted."""
        nameless = [item for item in items if item.finding.kind is Kind.SCA]
        covered = self._filing.cover(nameless, [item.finding for item in nameless])
        mends = tuple(mend(i.finding) for i in items if i.finding.kind is not Kind.SCA)
        return _Way(
            actions=(*mends, *covered.actions),
            blocked=covered.blocked,
            smallest=covered.smallest,
        )

    def _group(self, key: Key, items: Sequence[Item], every: Sequence[Finding]) -> _Way:
        """Choose between exceptions alone, and a bump with exceptions for what it leaves."""
        alone = self._filing.cover(items, every)
        ways = [_Way(**msgspec.structs.asdict(alone))]
        bumps = bump(key, [item.finding for item in items], every)
        if bumps:
            left, around = self._left(bumps, items, every)
            rest = self._filing.cover(left, around)
            ways.append(
                _Way(actions=(*bumps, *rest.actions), blocked=rest.blocked, smallest=rest.smallest)
            )
        return ways[-1] if self._eager else min(ways, key=lambda one: one.cost)

    def _left(
        self, bumps: tuple[Upgrade | Rebuild, ...], items: Sequence[Item], every: Sequence[Finding]
    ) -> tuple[list[Item], Sequence[Finding]]:
        """Say what still fails: a new version also ends the exceptions of the old one."""
        gone = {ident for one in bumps for ident in one.findings}
        failing = {item.finding.id: item for item in items}
        around: list[Finding] = []
        left: dict[str, Item] = {}
        for one in every:
            if one.id in gone:
                continue
            moved = one
            for action in bumps:
                if isinstance(action, Upgrade):
                    (moved,) = upgraded([one], action)
            around.append(moved)
            rules = list(failing[one.id].rules) if one.id in failing else []
            if moved is not one:
                rules += self._excepted.get(one.id, [])
            if rules or (one.id in failing):
                item = self._item(one, rules)
                left[moved.id] = msgspec.structs.replace(item, finding=moved)
        return list(left.values()), around


def _joined(ways: Sequence[_Way]) -> _Way:
    return _Way(
        actions=tuple(action for one in ways for action in one.actions),
        blocked=tuple(blocked for one in ways for blocked in one.blocked),
        smallest=all(one.smallest for one in ways),
    )
