"""Counts over the whole run, each against the limit that it must stay below."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from pipeline.model.finding import Finding
from pipeline.model.verdict import BudgetRecord, ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.judging.exceptions import Fate
from pipeline.policy.judging.hits import no_longer_stands
from pipeline.policy.judging.refiled import Refiled
from pipeline.policy.judging.sorting import Told
from pipeline.policy.model import Budget, BudgetCount

_RENEWALS: Final = 2


class Tally:
    """What budgets may count."""

    def __init__(
        self,
        case: Case,
        critical: Iterable[Finding],
        fates: Iterable[Fate],
        breaches: Told,
    ) -> None:
        self._case = case
        self._critical = tuple(critical)
        self._fates = tuple(fates)
        failing = _failing(self._fates, breaches)
        self._outstanding = tuple(one for one in self._fates if _outstanding(one, failing))

    def records(self) -> tuple[tuple[Budget, BudgetRecord], ...]:
        """Hold each budget of this environment against its limit."""
        return tuple(
            (budget, self._record(budget))
            for budget in self._case.policy.budgets
            if self._case.environment in budget.environments
        )

    def _record(self, budget: Budget) -> BudgetRecord:
        value = _COUNTS[budget.count](self)
        return BudgetRecord(
            id=budget.id,
            value=value,
            limit=budget.limit,
            breached=value >= budget.limit,
            count=budget.count,
        )

    def exceptions_active(self) -> int:
        """Count exceptions that are outstanding; a file that cannot be read is one."""
        return len(self._outstanding) + len(self._case.policy.bad_exceptions)

    def exceptions_renewed(self) -> int:
        """Count outstanding exceptions whose target was excepted more than twice before."""
        refiled = Refiled(self._fates)
        return sum(refiled.renewals(one) > _RENEWALS for one in self._outstanding)

    def findings_critical_raw(self) -> int:
        """Count critical findings, excepted ones included and withdrawn ones not."""
        return len(self._critical) - sum(map(no_longer_stands, self._critical))


def _failing(fates: Iterable[Fate], breaches: Told) -> frozenset[str]:
    """Return those findings of void exceptions that fail the gate by themselves."""
    asked = frozenset(
        finding.id
        for one in fates
        if one.status is ExceptionStatus.VOID
        for finding in one.findings
    )
    return breaches.about(asked)


def _outstanding(one: Fate, failing: frozenset[str]) -> bool:
    """Say whether an exception counts: all but expired and void.

    A void one leaves the count when a finding that it no longer covers fails by itself:
    else a further finding could mend a budget.
    """
    if one.status is ExceptionStatus.EXPIRED:
        return False
    if one.status is ExceptionStatus.VOID:
        return failing.isdisjoint(finding.id for finding in one.findings)
    return True


_COUNTS: Final[Mapping[BudgetCount, Callable[[Tally], int]]] = {
    "exceptions_active": Tally.exceptions_active,
    "exceptions_renewed_gt_2": Tally.exceptions_renewed,
    "findings_critical_raw": Tally.findings_critical_raw,
}
