"""Whose approval an exception still waits for."""

from collections.abc import Iterable

import msgspec

from pipeline.model.finding import Finding
from pipeline.policy.case import Case
from pipeline.policy.judging.approvals import Approval, Approvals
from pipeline.policy.judging.exceptions import needed_for
from pipeline.policy.model import PolicyException


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many must sign, who has, and who may."""

    needed: int
    approval: Approval
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    """The roles that the named rules accept: (rules, roles); equal ones stand once."""

    @property
    def missing(self) -> int:
        """How many more must sign."""
        return max(self.needed - len(self.approval.approved_by), 0)

    @property
    def possible(self) -> bool:
        """Whether enough people are left who may."""
        return len(self.approval.eligible) >= self.missing


def waiting(case: Case, one: PolicyException, findings: Iterable[Finding]) -> Waiting:
    """Say whom an exception waits for; the findings are those that it matches, where known."""
    accepted: dict[tuple[str, ...], list[str]] = {}
    for rule in case.policy.rules:
        if rule.id in one.rules:
            accepted.setdefault(rule.exception_roles, []).append(rule.id)
    return Waiting(
        needed=needed_for(case.policy.terms, findings),
        approval=Approvals(case).of(one),
        roles=tuple((", ".join(rules), roles) for roles, rules in accepted.items()),
    )
