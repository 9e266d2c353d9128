"""Which break-glass records a deployer may go by. None changes the verdict."""

from collections.abc import Iterable
from typing import Final

from pipeline.model.gap import GapClass
from pipeline.model.verdict import BreakGlassRecord, Decision, Unanswered
from pipeline.policy.break_glass import BreakGlass
from pipeline.policy.case import Case
from pipeline.policy.judging.approvals import Approval, Approvals, told

_NEEDED: Final = 1


def break_glass(
    case: Case, decision: Decision, unanswered: Iterable[Unanswered]
) -> tuple[BreakGlassRecord, ...]:
    """Say what became of each record, unreadable ones included; sorted."""
    policy = case.policy
    approvals = Approvals(case)
    broken = sum(one.gap_class is GapClass.INTEGRITY for one in unanswered)
    bad = (
        BreakGlassRecord(id=one.id, status="refused", reason=f"{one.place}: {one.reason}")
        for one in policy.bad_break_glass
    )
    good = (
        _judged(case, one, approvals.of_break_glass(one), decision, broken)
        for one in policy.break_glass
    )
    return tuple(sorted((*bad, *good)))


def _judged(
    case: Case, one: BreakGlass, approval: Approval, decision: Decision, broken: int
) -> BreakGlassRecord:
    """Judge one record. "accepted" is what is left when nothing speaks against it."""
    reason = (
        _other_commit(case, one)
        or _other_time(case, one)
        or _unapproved(case, approval)
        or _nothing_to_accept(decision, broken)
    )
    return BreakGlassRecord(
        id=one.id,
        status="refused" if reason else "accepted",
        reason=reason or one.reason,
        commit=one.commit,
        requester=one.requester,
        expires=one.expires.isoformat().replace("+00:00", "Z"),
        approved_by=approval.approved_by,
    )


def _other_commit(case: Case, one: BreakGlass) -> str:
    subject = case.subject
    if subject.commit != one.commit:
        return f"it is for the commit {one.commit}, and {subject.commit or 'none'} was judged"
    if subject.dirty is not False:
        return "what was judged is not that commit alone: the work tree differs from it"
    return ""


def _other_time(case: Case, one: BreakGlass) -> str:
    if case.instant < one.created:
        return f"it begins at {one.created:%Y-%m-%dT%H:%M:%SZ}"
    if case.instant >= one.expires:
        return f"it ended at {one.expires:%Y-%m-%dT%H:%M:%SZ}"
    return ""


def _unapproved(case: Case, approval: Approval) -> str:
    if len(approval.approved_by) >= _NEEDED:
        return ""
    return told(approval, _NEEDED, roles=case.policy.roles)


def _nothing_to_accept(decision: Decision, broken: int) -> str:
    if broken:
        gaps = "gap" if broken == 1 else "gaps"
        return f"{broken} {gaps} of class integrity: what was judged cannot be trusted"
    if decision is not Decision.FAIL:
        return f"there is no FAIL to accept, the verdict is {decision.value}"
    return ""
