"""The fewest exceptions that cover findings, among those that policy and people allow."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.explaining.actions import Approval, Approve, Blocked, Except
from pipeline.policy.explaining.approvers import approval, together, why_not
from pipeline.policy.explaining.enact import earlier
from pipeline.policy.explaining.fewest import fewest
from pipeline.policy.explaining.targets import Target, known, most_urgent, names, slots, targets
from pipeline.policy.judging.cover import covers
from pipeline.policy.judging.exceptions import Applied
from pipeline.policy.model import LAST_PRIORITY, PolicyException, Rule
from pipeline.policy.roles import barred, person

_MOST_MATCHES: Final = 1000
_RENEWALS: Final = 2


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A finding, and the rules that fail it."""

    finding: Finding
    rules: tuple[Rule, ...]
    mend_only: str = ""
    """Why no exception helps; empty where one may."""


Candidate: TypeAlias = Target | PolicyException
"""A new exception, or one that is filed and waits for approval."""


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """How items can be covered."""

    actions: tuple[Approve | Except, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    smallest: bool = True


class Filing:
    """Knows the exceptions of a judgement, those in force and those that wait."""

    def __init__(self, case: Case, applied: Applied) -> None:
        self._case = case
        self._policy = case.policy
        self._active: list[PolicyException] = []
        self._waiting: dict[str, tuple[PolicyException, tuple[Finding, ...]]] = {}
        for fate in applied.fates:
            one = fate.exception
            if fate.status is ExceptionStatus.ACTIVE:
                self._active.append(one)
            elif fate.status is ExceptionStatus.UNAPPROVED and fate.findings:
                self._waiting[one.id] = one, fate.findings
        budgets = case.policy.budgets
        self._no_renewal = next(
            (
                one.id
                for one in budgets
                if one.count == "exceptions_renewed_gt_2"
                and one.effect == "fail"
                and case.environment in one.environments
            ),
            "",
        )

    def cover(self, items: Iterable[Item], around: Sequence[Finding]) -> Covered:
        """Cover items by exceptions. `around` are all findings that these could match."""
        blocked: list[Blocked] = []
        wanted: list[tuple[Item, frozenset[Candidate]]] = []
        for item in items:
            if why := self._impossible(item):
                blocked.append(refused(item.finding, why))
                continue
            wanted += [
                (item, frozenset(self._candidates(item, ids)))
                for ids in slots(item.finding)
                if not self._is_covered(item, ids)
            ]
        chosen, smallest = fewest([one for _, one in wanted], _merit)
        actions: list[Approve | Except] = []
        for candidate in chosen:
            users = [item for item, one in wanted if candidate in one]
            made = self._actions(candidate, users, around)
            actions += made
            if not made:
                blocked += (refused(item.finding, self._no_people(item)) for item in users)
        return Covered(actions=tuple(actions), blocked=tuple(blocked), smallest=smallest)

    def _impossible(self, item: Item) -> str:
        if item.mend_only:
            return item.mend_only
        if item.finding.kev:
            return "it is known to be exploited, which ends every exception"
        return self._no_people(item)

    def _no_people(self, item: Item) -> str:
        needed = self._policy.terms.approvals_for(item.finding.priority)
        return why_not(self._policy, item.rules, needed)

    def _is_covered(self, item: Item, ids: frozenset[str]) -> bool:
        names = {rule.id for rule in item.rules}
        return any(
            one.vulnerability in ids
            and names <= set(one.rules)
            and covers(one, item.finding, self._case.environment)
            for one in self._active
        )

    def _candidates(self, item: Item, ids: frozenset[str]) -> Iterator[Candidate]:
        finding = item.finding
        names = {rule.id for rule in item.rules}
        for one, found in self._waiting.values():
            if len(found) > one.max_matches:
                continue
            fits = one.vulnerability in ids or one.match_key == finding.match_key
            if fits and names <= set(one.rules) and covers(one, finding, self._case.environment):
                yield one
        yield from targets(finding, ids)

    def _actions(
        self, candidate: Candidate, users: Sequence[Item], around: Sequence[Finding]
    ) -> tuple[Approve | Except, ...]:
        """Write one choice as actions; nothing where too few people may approve it."""
        ids = tuple(sorted({item.finding.id for item in users}))
        if isinstance(candidate, PolicyException):
            return self.approve(candidate, ids)
        rules = {rule.id: rule for item in users for rule in item.rules}
        matched = [one for one in around if names(candidate, one)]
        urgent = most_urgent([*matched, *(item.finding for item in users)])
        needed = self._policy.terms.approvals_for(urgent)
        before = earlier(self._policy, **msgspec.structs.asdict(candidate))
        if self._no_renewal and len(before) > _RENEWALS:
            return ()
        spoken_of = [*matched, *(item.finding for item in users)]
        return tuple(
            written(
                self._case,
                candidate,
                part,
                users=[item.finding for item in users],
                spoken_of=spoken_of,
                approval=approval(self._policy, part, needed),
            )
            for part in together(self._policy, tuple(rules.values()), needed)
        )

    def approve(self, one: PolicyException, ids: tuple[str, ...]) -> tuple[Approve, ...]:
        """Have one that waits signed; nothing where too few people may do so."""
        _, matched = self._waiting[one.id]
        rules = [rule for rule in self._policy.rules if rule.id in one.rules]
        needed = max(self._policy.terms.approvals_for(found.priority) for found in matched)
        asked = _others(approval(self._policy, rules, needed), one, self._case)
        if len(asked.holders) < needed:
            return ()
        return (Approve(exception=one.id, place=str(one.place), findings=ids, approval=asked),)


def written(
    case: Case,
    target: Target,
    rules: Iterable[Rule],
    *,
    users: Iterable[Finding],
    spoken_of: Sequence[Finding],
    approval: Approval,
) -> Except:
    """Write down a new exception for its users; `spoken_of` are all that it would match."""
    terms = case.policy.terms
    before = earlier(case.policy, **msgspec.structs.asdict(target))
    matched = {one.id for one in spoken_of}
    named = tuple(rule.id for rule in rules)
    last = max(before, key=lambda one: (one.created, one.id), default=None)
    return Except(
        vulnerability=target.vulnerability or None,
        purl=target.purl or None,
        artifact=target.artifact or None,
        match_key=target.match_key or None,
        rules=named,
        findings=tuple(sorted({one.id for one in users})),
        max_matches=min(len(matched), _MOST_MATCHES),
        days=min(terms.max_days[one.priority or LAST_PRIORITY] for one in spoken_of),
        priority=most_urgent(spoken_of),
        approval=approval,
        supersedes=last.id if last else None,
        same=last is not None
        and (last.purl or "") == target.purl
        and set(named) <= set(last.rules)
        and case.environment in last.environments,
    )


def refused(finding: Finding, why: str) -> Blocked:
    """Say that nothing takes a finding away."""
    return Blocked(
        finding=finding.id, name=finding.rule, place=finding.purl or finding.path, why=why
    )


def _others(asked: Approval, one: PolicyException, case: Case) -> Approval:
    """Leave out who may not approve this one: its requester, and who committed its file."""
    names = (one.requester, *(mail for ident, mail in case.authors if ident == one.id))
    others = {person(name): name for name in names}
    kept = tuple(name for name in asked.holders if not barred(person(name), others))
    return msgspec.structs.replace(asked, holders=kept)


def _merit(one: Candidate) -> tuple[bool, tuple[int, str]]:
    """Prefer what is filed already, then the id that people know."""
    if isinstance(one, PolicyException):
        return False, (0, one.id)
    return True, known(one)
