"""The fewest exceptions that cover findings, among those that policy and people allow."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.artifact import repository
from pipeline.policy.case import Case
from pipeline.policy.explaining.actions import Approval, Approve, Blocked, Except
from pipeline.policy.explaining.approvers import approval, together, why_not
from pipeline.policy.explaining.enact import earlier
from pipeline.policy.explaining.fewest import fewest
from pipeline.policy.judging.cover import covers, cves_of, ids_of
from pipeline.policy.judging.exceptions import Applied
from pipeline.policy.model import LAST_PRIORITY, PolicyException, Rule
from pipeline.policy.purl import spelt
from pipeline.policy.roles import person

_IMAGE: Final = "image"
_PREFIXES: Final = ("CVE", "GHSA", "PYSEC", "MAL", "OSV")
_MOST_MATCHES: Final = 1000
_RENEWALS: Final = 2


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A finding, and the rules that fail it."""

    finding: Finding
    rules: tuple[Rule, ...]
    mend_only: str = ""
    """Why no exception helps; empty where one may."""


class Target(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What a new exception would name."""

    vulnerability: str = ""
    purl: str = ""
    artifact: str = ""
    match_key: str = ""


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
                for ids in _slots(item.finding)
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
        purl = spelt(finding.purl)
        if purl is None:
            yield Target(match_key=finding.match_key)
            return
        in_image = _IMAGE in (finding.stage, *finding.sources)
        artifact = repository(finding.target) if in_image else ""
        for ident in sorted(ids):
            yield Target(vulnerability=ident, purl=purl, artifact=artifact)

    def _actions(
        self, candidate: Candidate, users: Sequence[Item], around: Sequence[Finding]
    ) -> tuple[Approve | Except, ...]:
        """Write one choice as actions; nothing where too few people may approve it."""
        ids = tuple(sorted({item.finding.id for item in users}))
        if isinstance(candidate, PolicyException):
            return self._approve(candidate, ids)
        rules = {rule.id: rule for item in users for rule in item.rules}
        matched = [one for one in around if _names(candidate, one)]
        urgent = _most_urgent([*matched, *(item.finding for item in users)])
        needed = self._policy.terms.approvals_for(urgent)
        before = earlier(self._policy, **msgspec.structs.asdict(candidate))
        if self._no_renewal and len(before) > _RENEWALS:
            return ()
        return tuple(
            Except(
                vulnerability=candidate.vulnerability or None,
                purl=candidate.purl or None,
                artifact=candidate.artifact or None,
                match_key=candidate.match_key or None,
                rules=tuple(rule.id for rule in part),
                findings=ids,
                max_matches=min(max(len(matched), 1), _MOST_MATCHES),
                days=self._days([*matched, *(item.finding for item in users)]),
                priority=urgent,
                approval=approval(self._policy, part, needed),
                supersedes=max(before, key=lambda one: one.created).id if before else None,
            )
            for part in together(self._policy, tuple(rules.values()), needed)
        )

    def _days(self, findings: Iterable[Finding]) -> int:
        days = self._policy.terms.max_days
        return min(days[one.priority or LAST_PRIORITY] for one in findings)

    def _approve(self, one: PolicyException, ids: tuple[str, ...]) -> tuple[Approve, ...]:
        _, matched = self._waiting[one.id]
        rules = [rule for rule in self._policy.rules if rule.id in one.rules]
        needed = max(self._policy.terms.approvals_for(found.priority) for found in matched)
        asked = _others(approval(self._policy, rules, needed), one, self._case)
        if len(asked.holders) < needed:
            return ()
        return (Approve(exception=one.id, place=str(one.place), findings=ids, approval=asked),)


def refused(finding: Finding, why: str) -> Blocked:
    """Say that nothing takes a finding away."""
    return Blocked(
        finding=finding.id, name=finding.rule, place=finding.purl or finding.path, why=why
    )


def _others(asked: Approval, one: PolicyException, case: Case) -> Approval:
    """Leave out who may not approve this one: its requester, and who committed its file."""
    barred = {person(one.requester)}
    barred |= {person(mail) for ident, mail in case.authors if ident == one.id}
    kept = tuple(name for name in asked.holders if person(name) not in barred)
    return msgspec.structs.replace(asked, holders=kept)


def _slots(finding: Finding) -> Iterator[frozenset[str]]:
    """Yield what each needed exception may name: any id, or each of several CVEs."""
    several = cves_of(finding)
    if several and spelt(finding.purl) is not None:
        yield from (frozenset([cve]) for cve in sorted(several))
    else:
        yield frozenset(ids_of(finding))


def _names(target: Target, finding: Finding) -> bool:
    if target.match_key:
        return finding.match_key == target.match_key
    in_image = _IMAGE in (finding.stage, *finding.sources)
    artifact = repository(finding.target) if in_image else ""
    return (
        target.vulnerability in (cves_of(finding) or ids_of(finding))
        and spelt(finding.purl) == target.purl
        and artifact == target.artifact
    )


def _most_urgent(findings: Iterable[Finding]) -> str:
    return min(one.priority or LAST_PRIORITY for one in findings)


def _merit(one: Candidate) -> tuple[bool, tuple[int, str]]:
    """Prefer what is filed already, then the id that people know."""
    if isinstance(one, PolicyException):
        return False, (0, one.id)
    name = one.vulnerability or one.match_key
    prefix = name.partition("-")[0]
    return True, (_PREFIXES.index(prefix) if prefix in _PREFIXES else len(_PREFIXES), name)
