"""The same evidence with actions done, so that the gate itself can say what they are worth."""

from collections.abc import Iterable
from datetime import timedelta
from typing import assert_never

import msgspec

from pipeline.errors import Where
from pipeline.model.approval import Signature
from pipeline.model.finding import Finding
from pipeline.model.identity import with_purl
from pipeline.model.versions import key
from pipeline.policy.case import Case
from pipeline.policy.explaining.actions import (
    Action,
    Approval,
    Approve,
    Except,
    Mend,
    Rebuild,
    Remove,
    Upgrade,
)
from pipeline.policy.model import ENVIRONMENTS, Policy, PolicyException
from pipeline.policy.purl import at_version, spelt, unversioned, version_of

_NOBODY = "nobody@invalid"


def enact(case: Case, actions: Iterable[Action]) -> Case:
    """Return the case as it is once the actions are done. Nothing else changes."""
    for number, action in enumerate(actions):
        case = _done(case, action, number)
    return case


def _done(case: Case, action: Action, number: int) -> Case:
    match action:
        case Upgrade():
            return _with(case, findings=upgraded(case.findings, action))
        case Rebuild() | Mend():
            gone = frozenset(action.findings)
            return _with(case, findings=tuple(one for one in case.findings if one.id not in gone))
        case Except():
            one = filed(case, action, f"EX-NEW-{number}")
            every = (*case.policy.exceptions, one)
            policy = msgspec.structs.replace(case.policy, exceptions=every)
            return _signed(_with(case, policy=policy), one.id, action.approval)
        case Approve():
            return _signed(case, action.exception, action.approval)
        case Remove():
            return _with(case, policy=_without(case, action.exception, action.place))
        case _:
            assert_never(action)


def _with(case: Case, **fields: object) -> Case:
    return msgspec.structs.replace(case, **fields)


def upgraded(findings: Iterable[Finding], action: Upgrade) -> tuple[Finding, ...]:
    """Drop what an upgrade mends; what it does not mend is found in the new version."""
    gone = frozenset(action.findings)
    kept = {}
    for one in findings:
        if one.id not in gone:
            moved = _moved(one, action)
            kept[moved.id] = moved
    return tuple(kept.values())


def _moved(one: Finding, action: Upgrade) -> Finding:
    known = spelt(one.purl)
    if known is None or one.target not in action.targets or unversioned(known) != action.package:
        return one
    if key(version_of(known)) >= key(action.to):
        return one
    return with_purl(one, at_version(known, action.to))


def earlier(
    policy: Policy, *, vulnerability: str, purl: str, artifact: str, match_key: str
) -> tuple[PolicyException, ...]:
    """Return the exceptions that had the same target in any version: a new one renews them."""
    package = unversioned(purl) if purl else ""
    wanted = (vulnerability, package, artifact, match_key)
    return tuple(one for one in policy.exceptions if not one.paths and wanted == _target_of(one))


def _target_of(one: PolicyException) -> tuple[str, str, str, str]:
    package = unversioned(one.purl) if one.purl else ""
    return one.vulnerability or "", package, one.artifact or "", one.match_key or ""


def filed(case: Case, action: Except, ident: str) -> PolicyException:
    """Return the exception that an action would file, as a file of today."""
    return PolicyException(
        id=ident,
        rules=action.rules,
        vulnerability=action.vulnerability,
        purl=action.purl,
        artifact=action.artifact,
        match_key=action.match_key,
        environments=ENVIRONMENTS,
        paths=(),
        max_matches=action.max_matches,
        approved_at_severity=None,
        approved_without_fix=False,
        owner=_NOBODY,
        requester=_NOBODY,
        ticket="",
        reason="",
        created=case.today,
        not_before=case.today,
        expires=case.today + timedelta(days=action.days),
        renewals=len(
            earlier(
                case.policy,
                vulnerability=action.vulnerability or "",
                purl=action.purl or "",
                artifact=action.artifact or "",
                match_key=action.match_key or "",
            )
        ),
        place=Where(f"{ident}.yaml"),
        type="risk_acceptance",
        compensating_controls=(),
        evidence=None,
        supersedes=action.supersedes,
        vex=None,
        digest="",
    )


def _signed(case: Case, ident: str, approval: Approval) -> Case:
    """Let as many people sign as have to."""
    signers = approval.holders[: approval.needed]
    signatures = tuple(
        Signature(exception=ident, principal=name, key=f"SHA256:{name}", state="good")
        for name in signers
    )
    return _with(case, signatures=(*case.signatures, *signatures))


def _without(case: Case, ident: str, place: str) -> Policy:
    """Drop a file, good or bad; two bad ones may have one id."""
    policy = case.policy
    return msgspec.structs.replace(
        policy,
        exceptions=tuple(one for one in policy.exceptions if one.id != ident),
        bad_exceptions=tuple(
            one for one in policy.bad_exceptions if (one.id, str(one.place)) != (ident, place)
        ),
    )
