"""The numbers that a policy promises to keep, and whether they were kept."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

import msgspec

from pipeline.audit.model import Kpi, RunRow
from pipeline.audit.reading import Place
from pipeline.audit.weeks import monday_of
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
        self._weeks: dict[tuple[str, date], bool] = {}

    def add(self, place: Place, row: RunRow, verdict: Verdict, policy: Policy | None) -> None:
        """Take in a run. They have to come in the order in which they ran."""
        for one in _kept(place, verdict, policy.budgets if policy else ()):
            self._last[one.repository, one.name] = one
        if row.environment == WEEKLY:
            self._weekly(place, row)

    def _weekly(self, place: Place, row: RunRow) -> None:
        """Keep the worst week: one good run does not make up for a bad one."""
        key = (place.repository, _CRITICALS)
        week = (place.repository, monday_of(date.fromisoformat(place.day)))
        self._weeks[week] = self._weeks.get(week, False) or not row.unanswered
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
        """Return them by repository. No week without an answer keeps a promise."""
        return tuple(self._proven(self._last[key]) for key in sorted(self._last))

    def _proven(self, one: Kpi) -> Kpi:
        if one.name != _CRITICALS:
            return one
        answered = [whole for (name, _), whole in self._weeks.items() if name == one.repository]
        unproven = answered.count(False)
        return msgspec.structs.replace(one, met=one.met and not unproven, unproven=unproven)


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
