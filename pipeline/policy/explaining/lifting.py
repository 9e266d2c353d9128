"""Which choices could lift a breach: what a set that passes cannot be without."""

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from pipeline.model.finding import Finding
from pipeline.model.verdict import Breach, ExceptionStatus
from pipeline.policy.case import Case, Judgement
from pipeline.policy.explaining.actions import (
    Action,
    Approve,
    Except,
    Mend,
    Rebuild,
    Remove,
    Upgrade,
)
from pipeline.policy.explaining.enact import filed
from pipeline.policy.explaining.retiring import budget
from pipeline.policy.judging.cover import covers
from pipeline.policy.purl import spelt, unversioned

_REVIVABLE: Final = (
    ExceptionStatus.VOID,
    ExceptionStatus.OVER_MATCHED,
    ExceptionStatus.UNAPPROVED,
)
"""One of these may hold again once another of its findings is gone."""


class Lifting:
    """Knows what each of some choices is good for."""

    def __init__(self, case: Case, choices: Sequence[Action]) -> None:
        self._choices = choices
        own = {one.id: one for one in case.policy.exceptions}
        self._excepting = {
            number: filed(case, one, f"EX-TRY-{number}")
            if isinstance(one, Except)
            else own[one.exception]
            for number, one in enumerate(choices)
            if isinstance(one, Except | Approve)
        }
        self._every = frozenset(range(len(choices)))
        self._mends = self._of(Upgrade, Rebuild, Mend)
        self._deletions = self._of(Remove)
        active = budget(case, "exceptions_active")
        self._limit = active.limit if active else None
        self._by_budget = {
            one.id: self._deletions
            if one.count == "exceptions_active"
            else self._mends
            if one.count == "findings_critical_raw"
            else self._every
            for one in case.policy.budgets
        }

    def _of(self, *kinds: type[Action]) -> frozenset[int]:
        return frozenset(n for n, one in enumerate(self._choices) if isinstance(one, kinds))

    def needs(self, case: Case, judged: Judgement) -> Iterator[frozenset[int]]:
        """Yield, breach by breach, the choices of which at least one is needed.

        What is breached by no finding comes only once no finding fails: it depends on that.
        """
        breaches = judged.verdict.breaches
        known = {one.id: one for one in judged.findings}
        failing = [one for one in breaches if one.finding is not None]
        if not failing:
            yield from (self._by_budget.get(one.rule, self._every) for one in breaches)
            return
        revivable = _revivable(case, judged)
        for one in failing:
            finding = known[one.finding or ""]
            lifted = frozenset(self._lifting(one, finding, case.environment))
            yield lifted | self._mends if finding.id in revivable else lifted

    def _lifting(self, breach: Breach, finding: Finding, environment: str) -> Iterator[int]:
        for number, action in enumerate(self._choices):
            match action:
                case Except() | Approve():
                    one = self._excepting[number]
                    fits = (
                        not finding.kev
                        and breach.rule in one.rules
                        and covers(one, finding, environment)
                    )
                case Upgrade():
                    fits = finding.id in action.findings or _moves(action, finding)
                case Rebuild() | Mend():
                    fits = finding.id in action.findings
                case Remove():
                    fits = False
                case _:
                    assert_never(action)
            if fits:
                yield number

    def at_least(self, needs: Sequence[frozenset[int]], judged: Judgement) -> int:
        """Say how many more choices it takes at the least."""
        others = [need for need in needs if need.isdisjoint(self._deletions)]
        return max(_apart(needs), _apart(others) + self._to_delete(judged))

    def _to_delete(self, judged: Judgement) -> int:
        """Count the files that have to go: once nothing fails, all but the expired count."""
        if self._limit is None:
            return 0
        records = judged.verdict.exceptions
        files = sum(one.status is not ExceptionStatus.EXPIRED for one in records)
        return max(files - self._limit + 1, 0)


def _apart(needs: Sequence[frozenset[int]]) -> int:
    """Count needs that no choice serves two of."""
    seen: set[int] = set()
    count = 0
    for need in sorted(needs, key=len):
        if seen.isdisjoint(need):
            seen |= need
            count += 1
    return count


def _moves(action: Upgrade, finding: Finding) -> bool:
    known = spelt(finding.purl)
    if known is None or finding.target not in action.targets:
        return False
    return unversioned(known) == action.package


def _revivable(case: Case, judged: Judgement) -> frozenset[str]:
    """Return the findings of exceptions that would hold for fewer; one exploited ends each."""
    records = judged.verdict.exceptions
    several = {one.id for one in records if one.status in _REVIVABLE and one.matches > 1}
    waiting = [one for one in case.policy.exceptions if one.id in several]
    return frozenset(
        finding.id
        for finding in judged.findings
        if not finding.kev and any(covers(one, finding, case.environment) for one in waiting)
    )
