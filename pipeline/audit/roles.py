"""Who may do what, by which keys, when each was used last; and what nobody can hold them to."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from pipeline.model.approval import Signature
from pipeline.policy.model import PolicyException
from pipeline.policy.roles import EVERYBODY, Key, Roles, person

SCHEMA: Final = "penstock/roles@1"
LIMITS: Final = (
    "an administrator of the repository can take branch rules and owners away",
    "whoever administers the CI can change runners, variables and the gate's workflow",
    "root on the runner, and every step before the gate, can replace what judges",
    "who may merge into the protected branch can merge another policy, which judges from then on",
    "whoever has a key is taken for the person whose key it is",
)
"""What the tool cannot enforce: docs/limits.md says what holds instead."""
_SIGNING: Final = frozenset({"approve_exception", "approve_break_glass"})


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A key of somebody."""

    fingerprint: str
    kind: str
    revoked: bool
    place: str
    last_used: str | None
    """The day on which the newest exception was created that it signed; None: it signs none."""


class PersonLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who holds a role or a key."""

    person: str
    roles: tuple[str, ...]
    can: tuple[str, ...]
    keys: tuple[KeyLine, ...]
    last_edit: str | None
    """The day of the newest commit to the policy under this e-mail address, which proves nothing:
    everybody can write any address into a commit."""


class RoleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A role."""

    role: str
    can: tuple[str, ...]
    members: tuple[str, ...]
    place: str


class RolesReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report. Every list is always there."""

    schema: Literal["penstock/roles@1"] = SCHEMA
    source: str
    roles: tuple[RoleLine, ...]
    people: tuple[PersonLine, ...]
    problems: tuple[str, ...]
    not_enforced: tuple[str, ...] = LIMITS


def report(
    roles: Roles | None,
    *,
    source: str,
    signatures: Iterable[Signature],
    exceptions: Iterable[PolicyException],
    edits: Mapping[str, str],
) -> RolesReport:
    """Make the report. `edits` has, by e-mail address, the day of the last change of the policy."""
    if roles is None:
        told = "there is no roles.yaml: nobody can approve an exception"
        return RolesReport(source=source, roles=(), people=(), problems=(told,))
    used = _used(signatures, {one.id: one.created.isoformat() for one in exceptions})
    people = tuple(_people(roles, used, {person(name): day for name, day in edits.items()}))
    return RolesReport(
        source=source,
        roles=tuple(_lines(roles)),
        people=people,
        problems=tuple(_problems(roles, people)),
    )


def _lines(roles: Roles) -> Iterator[RoleLine]:
    for role, members in sorted(roles.members.items()):
        place = str(roles.places[role]) if role in roles.places else ""
        yield RoleLine(role=role, can=tuple(sorted(roles.can[role])), members=members, place=place)


def _used(signatures: Iterable[Signature], created: Mapping[str, str]) -> dict[str, str]:
    """Return the newest day by key; only signatures that hold say that a key was used."""
    days: dict[str, str] = {}
    for one in signatures:
        if one.state == "good" and one.exception in created:
            days[one.key] = max(days.get(one.key, ""), created[one.exception])
    return days


def _people(
    roles: Roles, used: Mapping[str, str], edits: Mapping[str, str]
) -> Iterator[PersonLine]:
    spelt = {person(key.principal): key.principal for key in roles.keys}
    spelt |= {person(name): name for names in roles.members.values() for name in names}
    for known, name in sorted(spelt.items()):
        held = tuple(
            role
            for role in sorted(roles.members)
            if known in {person(one) for one in roles.members[role]}
        )
        keys = (key for key in roles.keys if person(key.principal) == known)
        yield PersonLine(
            person=name,
            roles=held,
            can=tuple(sorted({word for role in held for word in roles.can[role]})),
            keys=tuple(_key(key, used) for key in keys),
            last_edit=edits.get(known),
        )


def _key(key: Key, used: Mapping[str, str]) -> KeyLine:
    return KeyLine(
        fingerprint=key.fingerprint,
        kind=key.kind,
        revoked=key.revoked,
        place=str(key.place),
        last_used=used.get(key.fingerprint),
    )


def _problems(roles: Roles, people: Iterable[PersonLine]) -> Iterator[str]:
    if roles.distrusted:
        yield f"no signature is believed: {roles.distrusted}"
    for role, members in sorted(roles.members.items()):
        persons = {person(one) for one in members}
        if not persons:
            yield f"the role {role} has no member"
        elif len(persons) == 1 and EVERYBODY not in members:
            yield f"the role {role} has one member: without {members[0]} nobody can act"
    for one in people:
        yield from _about(one)


def _about(one: PersonLine) -> Iterator[str]:
    valid = [key for key in one.keys if not key.revoked]
    if not one.roles:
        yield f"{one.person} has a key and no role: it counts for nothing"
    elif _SIGNING & set(one.can) and not valid:
        what = "only revoked keys" if one.keys else "no key"
        yield f"{one.person} may approve and has {what}: nothing can be signed"
