"""Puts a new exception together: what was said, and what the evidence tells by itself."""

import re
from typing import Final

import msgspec

from pipeline.errors import UsageError
from pipeline.exceptions.find import Target
from pipeline.exceptions.scope import Scope, rules_of, scope_of
from pipeline.exceptions.standing import target_of
from pipeline.exceptions.text import Draft
from pipeline.exceptions.wanted import USUAL_TYPE, Wanted
from pipeline.model.finding import Finding
from pipeline.policy.case import Case
from pipeline.policy.model import ENVIRONMENTS, PolicyException, Vex

_GATE: Final = re.compile(
    rb"^# yaml-language-server: \$schema=(\S*)gate-policy-v1\.schema\.json\s*$", re.MULTILINE
)
_SCHEMA: Final = "exception-v1.schema.json"
_USUAL: Final = "../schemas/"


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A finding, what an exception for it names, and what that meets now."""

    finding: Finding
    target: Target
    rules: tuple[str, ...]
    scope: Scope
    case: Case
    """In an environment for which the exception is meant."""


def reach(case: Case, finding: Finding, target: Target, wanted: Wanted) -> Reach:
    """Find out what an exception would name and meet. Raises UsageError where it may not be."""
    there = case
    if wanted.environments and case.environment not in wanted.environments:
        there = msgspec.structs.replace(case, environment=wanted.environments[0])
    there.policy.refuse_unusable(there.environment)
    target = msgspec.structs.replace(target, paths=wanted.paths)
    rules = rules_of(there, finding, named=wanted.rules, environments=wanted.environments)
    scope = scope_of(there, _probe(there, target, rules, wanted))
    scope.refuse_known_exploited(case.policy.places["exceptions.void_if"])
    return Reach(finding=finding, target=target, rules=rules, scope=scope, case=there)


def refuse_twin(case: Case, target: Target, rules: tuple[str, ...]) -> None:
    """Raise UsageError where a file that is in date says the same already."""
    for one in case.policy.exceptions:
        same = target_of(one) == target and set(rules) <= set(one.rules)
        if same and case.today < one.expires and case.environment in one.environments:
            raise UsageError(
                f"{one.id} excepts this until {one.expires} already",
                hint=f"penstock exception renew {one.id} gives it a new end",
                where=one.place,
            )


def _probe(case: Case, target: Target, rules: tuple[str, ...], wanted: Wanted) -> PolicyException:
    """Make an exception that only serves to ask what it would cover."""
    return PolicyException(
        id="",
        rules=rules,
        vulnerability=target.vulnerability or None,
        purl=target.purl or None,
        artifact=target.artifact or None,
        match_key=target.match_key or None,
        environments=wanted.environments or ENVIRONMENTS,
        paths=target.paths,
        max_matches=1,
        approved_at_severity=None,
        approved_without_fix=False,
        owner="",
        requester="",
        ticket="",
        reason="",
        created=wanted.created,
        not_before=wanted.created,
        expires=wanted.created,
        renewals=0,
        place=case.policy.places["exceptions.max_days"],
        type="risk_acceptance",
        compensating_controls=(),
        evidence=None,
        supersedes=None,
        vex=None,
        digest="",
    )


def draft_of(ident: str, reached: Reach, wanted: Wanted, *, schema: str) -> Draft:
    """Put the file together. `wanted` has been checked: nothing is missing."""
    assert wanted.expires is not None  # noqa: S101 -- checked before
    scope = reached.scope
    return Draft(
        id=ident,
        type=wanted.type or USUAL_TYPE,
        rules=reached.rules,
        target=reached.target,
        environments=wanted.environments,
        max_matches=len(scope.findings),
        approved_at_severity=scope.severity,
        approved_without_fix=scope.without_fix,
        owner=wanted.owner.strip(),
        requester=wanted.requester.strip(),
        ticket=wanted.ticket.strip(),
        reason=wanted.reason,
        controls=wanted.controls,
        evidence=wanted.evidence,
        created=wanted.created,
        not_before=wanted.not_before,
        expires=wanted.expires,
        vex=_vex(wanted),
        notes=_notes(reached),
        schema=schema,
    )


def _notes(reached: Reach) -> tuple[str, ...]:
    finding, when = reached.finding, reached.case.today
    needed = reached.case.policy.terms.approvals_for(reached.scope.priority)
    waits = " It excepts nothing until it is approved." if needed else ""
    others = ", ".join(one for one in finding.aliases if one != finding.rule)
    return (
        f"{finding.rule}{f' ({others})' if others else ''}",
        finding.title,
        f"Drafted on {when} ({reached.scope.priority}).{waits}",
    )


def _vex(wanted: Wanted) -> Vex | None:
    """Say to others only what the type of the exception lets one say."""
    if wanted.type in ("not_affected", "false_positive"):
        if not wanted.justification:
            return None
        why = wanted.justification
        return Vex(status="not_affected", justification=why, action_statement=None)
    if not wanted.action:
        return None
    return Vex(status="affected", justification=None, action_statement=wanted.action)


def schema_of(gate: bytes) -> str:
    """Return where an exception's file finds its schema: where gate.yaml finds its own."""
    found = _GATE.search(gate)
    folder = found[1].decode("utf-8", "replace") if found else None
    if folder is None:
        return _USUAL + _SCHEMA
    if folder.startswith("/") or "://" in folder:
        return folder + _SCHEMA
    return f"../{folder.removeprefix('./')}{_SCHEMA}"
