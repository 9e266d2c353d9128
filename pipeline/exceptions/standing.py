"""Where each exception stands: what became of it, how long it has, whom it waits for."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pipeline.exceptions.find import Target
from pipeline.exceptions.waiting import Waiting, waiting
from pipeline.model.finding import Finding
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.judging.exceptions import Fate, apply
from pipeline.policy.judging.gate import matcher_of
from pipeline.policy.judging.refiled import Refiled
from pipeline.policy.model import BadException, PolicyException

UNJUDGED: Final = "unjudged"
"""It is in date and approved, and no evidence was given to hold it against."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the exceptions folder."""

    id: str
    status: str
    reason: str
    place: str
    days_left: int | None = None
    expires: str | None = None
    matches: int | None = None
    """None where no evidence was given."""
    max_matches: int | None = None
    rules: tuple[str, ...] = ()
    target: Target | None = None
    owner: str = ""
    requester: str = ""
    ticket: str = ""
    needed: int = 0
    approved_by: tuple[str, ...] = ()
    may_approve: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """Signatures that count for nothing, each with its reason."""
    renewals: int = 0
    supersedes: str | None = None


def fates_of(case: Case) -> tuple[Fate, ...]:
    """Say what became of each exception, by the rules of the gate."""
    matcher = matcher_of(case)
    ready = tuple(
        matcher.ready(one) for one in sorted(case.findings, key=lambda finding: finding.id)
    )
    return apply(case, matcher.weigh(ready)).fates


def standings(case: Case, fates: tuple[Fate, ...], *, judged: bool) -> tuple[Standing, ...]:
    """Tell of every file, those that end first in front; bad ones have no end and come last."""
    refiled = Refiled(fates)
    good = (_good(case, fate, refiled, judged=judged) for fate in fates)
    every = (*good, *_bad(case.policy.bad_exceptions))
    return tuple(sorted(every, key=lambda one: (one.days_left is None, one.days_left or 0, one.id)))


def _good(case: Case, fate: Fate, refiled: Refiled, *, judged: bool) -> Standing:
    one = fate.exception
    waits = waiting(case, one, fate.findings)
    status = fate.status.value
    if not judged and fate.status is ExceptionStatus.UNUSED:
        status = UNJUDGED
    return Standing(
        id=one.id,
        status=status,
        reason="" if status == UNJUDGED else fate.reason,
        place=str(one.place),
        days_left=(one.expires - case.today).days,
        expires=one.expires.isoformat(),
        matches=len(fate.findings) if judged else None,
        max_matches=one.max_matches,
        rules=one.rules,
        target=target_of(one),
        owner=one.owner,
        requester=one.requester,
        ticket=one.ticket,
        renewals=refiled.renewals(fate),
        supersedes=one.supersedes,
        **_approvals(waits),
    )


def _approvals(waits: Waiting) -> dict[str, Any]:
    approval = waits.approval
    return {
        "needed": waits.needed,
        "approved_by": approval.approved_by,
        "may_approve": approval.eligible if waits.missing else (),
        "refused": tuple(f"{each.principal}: {each.reason}" for each in approval.refused),
    }


def target_of(one: PolicyException) -> Target:
    """Return what an exception names."""
    return Target(
        vulnerability=one.vulnerability or "",
        purl=one.purl or "",
        artifact=one.artifact or "",
        match_key=one.match_key or "",
        paths=one.paths,
    )


def _bad(files: tuple[BadException, ...]) -> Iterator[Standing]:
    for one in files:
        yield Standing(id=one.id, status="invalid", reason=one.reason, place=str(one.place))


class Outstanding(msgspec.Struct, frozen=True, kw_only=True):
    """How many exceptions count, against the budget that limits them."""

    count: int
    limit: int | None
    budget: str = ""


def outstanding(case: Case, fates: tuple[Fate, ...]) -> Outstanding:
    """Count as the budget does: all but what is over, files that cannot be read included."""
    over = (ExceptionStatus.EXPIRED, ExceptionStatus.VOID)
    count = sum(fate.status not in over for fate in fates) + len(case.policy.bad_exceptions)
    budget = next((b for b in case.policy.budgets if b.count == "exceptions_active"), None)
    if budget is None:
        return Outstanding(count=count, limit=None)
    return Outstanding(count=count, limit=budget.limit, budget=budget.id)


def findings_of(fates: tuple[Fate, ...], ident: str) -> tuple[Finding, ...]:
    """Return what one exception matches."""
    return next((fate.findings for fate in fates if fate.exception.id == ident), ())


def renewals_of(fates: tuple[Fate, ...], ident: str) -> int:
    """Count how often what an exception covers was excepted before, as the gate does."""
    refiled = Refiled(fates)
    return next((refiled.renewals(fate) for fate in fates if fate.exception.id == ident), 0)
