"""Exception files that have to go: those that help nothing, and those that a budget is short of."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final

from pipeline.model.verdict import ExceptionRecord, ExceptionStatus, Verdict
from pipeline.policy.case import Case
from pipeline.policy.explaining.actions import Action, Remove
from pipeline.policy.explaining.enact import enact
from pipeline.policy.judging.gate import judge
from pipeline.policy.model import Budget, BudgetCount

_RENEWALS: Final = 2
_IDLE: Final = (
    ExceptionStatus.INVALID,
    ExceptionStatus.UNUSED,
    ExceptionStatus.OVER_MATCHED,
    ExceptionStatus.UNAPPROVED,
    ExceptionStatus.NOT_YET,
    ExceptionStatus.VOID,
)


def budget(case: Case, count: BudgetCount) -> Budget | None:
    """Return the tightest budget of a kind that fails here."""
    mine = [
        one
        for one in case.policy.budgets
        if one.count == count and one.effect == "fail" and case.environment in one.environments
    ]
    return min(mine, key=lambda one: one.limit, default=None)


def over(verdict: Verdict, limited: Budget | None) -> int:
    """Say by how many a budget is breached."""
    if limited is None:
        return 0
    value = next((one.value for one in verdict.budgets if one.id == limited.id), 0)
    return max(value - limited.limit + 1, 0)


def useless(case: Case, verdict: Verdict) -> Iterator[Remove]:
    """Yield files whose going mends a breach and uncovers nothing."""
    unused = [one.message for one in verdict.breaches if one.rule == "exception_unused"]
    places = _places(case)
    idle = [
        one
        for one in verdict.exceptions
        if one.status in _IDLE and (one.id, one.reason if _is_bad(one) else "") in places
    ]
    idle.sort(key=lambda one: _IDLE.index(one.status))
    forced = [one for one in idle if any(told.startswith(f"{one.id} ") for told in unused)]
    renewed = {one.id for one in case.policy.exceptions if one.renewals > _RENEWALS}
    many = over(verdict, budget(case, "exceptions_renewed_gt_2"))
    forced += [one for one in idle if one.id in renewed and one not in forced][:many]
    short = over(verdict, budget(case, "exceptions_active")) - len(forced)
    if short > 0:
        forced += [one for one in idle if one not in forced][:short]
    for one in forced:
        yield remove(case, one)


def remove(case: Case, record: ExceptionRecord) -> Remove:
    """Say that a file goes, and why."""
    used = record.status is ExceptionStatus.ACTIVE
    why = "its findings are mended" if used else record.reason
    return Remove(
        exception=record.id,
        place=_places(case)[record.id, record.reason if _is_bad(record) else ""],
        why=f"{record.status.value}: {why}",
    )


def _is_bad(record: ExceptionRecord) -> bool:
    return record.status is ExceptionStatus.INVALID


def _places(case: Case) -> dict[tuple[str, str], str]:
    """Return where files stand; two bad ones of one id differ by what is told of them."""
    places = {(one.id, ""): str(one.place) for one in case.policy.exceptions}
    for bad in case.policy.bad_exceptions:
        places[bad.id, f"{bad.place}: {bad.reason}"] = str(bad.place)
    return places


def shortage(case: Case, actions: Iterable[Action]) -> Iterator[tuple[Remove, ...]] | None:
    """Offer exceptions in force to be retired, where budgets are still breached without them."""
    verdict = judge(enact(case, actions)).verdict
    active = over(verdict, budget(case, "exceptions_active"))
    renewed = over(verdict, budget(case, "exceptions_renewed_gt_2"))
    if not active and not renewed:
        return None
    own = {one.id: one for one in case.policy.exceptions}
    used = [
        one
        for one in judge(case).verdict.exceptions
        if one.status is ExceptionStatus.ACTIVE and one.id in own
    ]
    sizes = range(1, min(len(used), active + renewed + 1) + 1)
    return (
        tuple(remove(case, one) for one in some)
        for size in sizes
        for some in combinations(used, size)
    )
