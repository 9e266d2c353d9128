"""What would be, were an exception approved: the same evidence, judged again."""

from collections.abc import Iterable
from typing import Final

import msgspec

from pipeline.exceptions.standing import fates_of, renewals_of
from pipeline.model.approval import Signature
from pipeline.model.finding import Finding
from pipeline.model.verdict import BudgetRecord, Decision, ExceptionRecord
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge
from pipeline.policy.model import Policy, PolicyException
from pipeline.policy.roles import Capability, Roles

_MOST_SIGNERS: Final = 9
_APPROVE: Final[Capability] = "approve_exception"


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that still fails on a finding which the exception speaks of."""

    rule: str
    title: str
    findings: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement of a case with an exception that everybody who must has approved."""

    record: ExceptionRecord
    """What would become of it."""
    before: Decision
    after: Decision
    breaches_before: int
    breaches_after: int
    left: tuple[Left, ...]
    """What still fails on its own findings."""
    budgets: tuple[BudgetRecord, ...]
    """Those that would be broken."""
    renewals: int
    """How often what it covers was excepted before."""


def prove(before: Case, policy: Policy, one: PolicyException, findings: Iterable[Finding]) -> Proof:
    """Judge a case by a policy that holds the exception, as if it were approved."""
    first = judge(before).verdict
    then = approved(msgspec.structs.replace(before, policy=policy), one)
    after = judge(then).verdict
    own = {finding.id for finding in findings}
    failing = [breach for breach in after.breaches if breach.finding in own]
    titles = {breach.rule: breach.message for breach in failing}
    return Proof(
        record=next(record for record in after.exceptions if record.id == one.id),
        before=first.verdict,
        after=after.verdict,
        breaches_before=len(first.breaches),
        breaches_after=len(after.breaches),
        left=tuple(
            Left(rule=rule, title=title, findings=sum(b.rule == rule for b in failing))
            for rule, title in titles.items()
        ),
        budgets=tuple(budget for budget in after.budgets if budget.breached),
        renewals=renewals_of(fates_of(then), one.id),
    )


def approved(case: Case, one: PolicyException) -> Case:
    """Return the case in which enough people have signed one exception. Never a verdict of ours.

    The people are made up, and hold what every rule asks for: the judging is the usual one.
    """
    people = tuple(f"assumed-{number}@penstock.invalid" for number in range(_MOST_SIGNERS))
    wanted = {role for rule in case.policy.rules for role in rule.exception_roles}
    roles = case.policy.roles or Roles(members={}, can={})
    members = {
        **roles.members,
        **{role: (*roles.members.get(role, ()), *people) for role in wanted},
    }
    can = {
        **roles.can,
        **{role: (*roles.can.get(role, ()), _APPROVE) for role in wanted},
    }
    signatures = tuple(
        Signature(exception=one.id, principal=who, key=f"SHA256:{who}", state="good")
        for who in people
    )
    staffed = msgspec.structs.replace(roles, members=members, can=can)
    return msgspec.structs.replace(
        case,
        policy=msgspec.structs.replace(case.policy, roles=staffed),
        signatures=(*case.signatures, *signatures),
    )
