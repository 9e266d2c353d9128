"""Who is about to sign an exception, and whether that signature would count. Signs nothing."""

import base64
import binascii
from typing import Final

import msgspec

from pipeline.errors import UsageError
from pipeline.exceptions.waiting import Waiting
from pipeline.model.approval import Signature
from pipeline.model.sshsig import fingerprint_of
from pipeline.policy.case import Case
from pipeline.policy.judging.approvals import Approvals
from pipeline.policy.model import Policy, PolicyException
from pipeline.policy.roles import Key, Roles, person

_PARTS: Final = 2


def fingerprint(public: bytes) -> str:
    """Return the fingerprint of a public key's file. Raises UsageError for what is none."""
    parts = public.split()
    try:
        if len(parts) < _PARTS:
            raise ValueError(parts)  # noqa: TRY301 -- said below
        return fingerprint_of(base64.b64decode(parts[1], validate=True))
    except (binascii.Error, ValueError) as exc:
        raise UsageError(
            "this is no public key of OpenSSH", hint="`ssh-keygen -y -f KEY > KEY.pub` writes it"
        ) from exc


def signer(policy: Policy, key: str, principal: str | None) -> Key:
    """Return the line of allowed_signers under which a key signs. Raises UsageError for none."""
    roles = _roles(policy)
    mine = tuple(one for one in roles.keys if one.fingerprint == key)
    if not mine:
        raise UsageError(
            f"allowed_signers does not list the key {key}",
            hint="have it added there, in a change that others review; then sign",
        )
    if roles.distrusted:
        raise UsageError(f"no signature counts now: {roles.distrusted}")
    if revoked := next((one for one in mine if one.revoked), None):
        raise UsageError(f"the key {key} is revoked", where=revoked.place)
    return _named(mine, principal)


def _roles(policy: Policy) -> Roles:
    if policy.roles is None:
        raise UsageError(
            "there is no roles.yaml, so nobody can approve",
            hint="`penstock policy init` writes one; it says who may approve what",
        )
    return policy.roles


def _named(mine: tuple[Key, ...], principal: str | None) -> Key:
    names = sorted({one.principal for one in mine})
    if principal is not None:
        found = [one for one in mine if one.principal.casefold() == principal.casefold()]
        if not found:
            raise UsageError(f"the key is {', '.join(names)}'s, not {principal}'s")
        return found[0]
    if len(names) > 1:
        raise UsageError(f"the key signs as {', '.join(names)}", hint="choose one by --principal")
    return mine[0]


def refuse_worthless(case: Case, one: PolicyException, key: Key) -> None:
    """Raise UsageError where a signature with this key would not count, and say why."""
    if case.today >= one.expires:
        raise UsageError(
            f"{one.id} ended on {one.expires}", hint=f"penstock exception renew {one.id}"
        )
    others = tuple(
        each
        for each in case.signatures
        if each.exception != one.id or each.principal.casefold() != key.principal.casefold()
    )
    before = Approvals(msgspec.structs.replace(case, signatures=others)).of(one)
    if any(person(name) == person(key.principal) for name in before.approved_by):
        raise UsageError(f"{', '.join(before.approved_by)} has signed {one.id} already")
    tried = Signature(exception=one.id, principal=key.principal, key=key.fingerprint, state="good")
    after = Approvals(msgspec.structs.replace(case, signatures=(*others, tried))).of(one)
    if key.principal in after.approved_by:
        return
    why = next((each.reason for each in after.refused if each.principal == key.principal), "")
    may = ", ".join(before.eligible) or "nobody"
    raise UsageError(
        f"{key.principal} may not approve {one.id}: {why or 'the signature would not count'}",
        hint=f"who may: {may}",
    )


def is_signed_by(waits: Waiting, principal: str) -> bool:
    """Say whether somebody's approval counts already."""
    return principal.casefold() in map(str.casefold, waits.approval.approved_by)
