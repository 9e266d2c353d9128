"""The numbers that a policy promises to keep, and whether they were kept."""

from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.audit.model import Kpi, RunRow
from pipeline.audit.reading import Place
from pipeline.model.verdict import Verdict
from pipeline.policy.model import Budget, BudgetCount, Policy

WEEKLY: Final = "weekly"
_CRITICALS: Final = "criticals in weekly scan"
_NAMES: Final[dict[BudgetCount, str]] = {
    "exceptions_active": "exceptions outstanding",
    "exceptions_renewed_gt_2": "exceptions renewed more than twice",
    "findings_critical_raw": "criticals in scan",
}


class Promises:
    """The budgets of every repository, as its last run of an environment has them."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], Kpi] = {}

    def add(self, place: Place, row: RunRow, verdict: Verdict, policy: Policy | None) -> None:
        """Take in a run. They have to come in the order in which they ran."""
        for one in _kept(place, verdict, policy.budgets if policy else ()):
            self._last[one.repository, one.name] = one
        if row.environment == WEEKLY:
            self._weekly(place, row)

    def _weekly(self, place: Place, row: RunRow) -> None:
        """Keep the worst week: one good run does not make up for a bad one."""
        key = (place.repository, _CRITICALS)
        known = self._last.get(key)
        if known is None or row.criticals >= known.value:
            self._last[key] = Kpi(
                repository=place.repository,
                name=_CRITICALS,
                value=row.criticals,
                limit=1,
                met=row.criticals == 0,
                day=place.day,
            )

    def rows(self) -> tuple[Kpi, ...]:
        """Return them by repository."""
        return tuple(self._last[key] for key in sorted(self._last))


def _kept(place: Place, verdict: Verdict, budgets: Iterable[Budget]) -> Iterator[Kpi]:
    counts = {one.id: one.count for one in budgets}
    for record in verdict.budgets:
        count = counts.get(record.id)
        if count is None or (count == "findings_critical_raw" and verdict.environment == WEEKLY):
            continue
        yield Kpi(
            repository=place.repository,
            name=_NAMES[count],
            value=record.value,
            limit=record.limit,
            met=not record.breached,
            day=place.day,
        )
