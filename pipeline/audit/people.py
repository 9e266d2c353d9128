"""Who may do what today, by which keys: the roles of a policy, person by person."""

from pipeline.audit.model import RoleRow
from pipeline.policy.roles import Roles, person


def rows(roles: Roles | None) -> tuple[RoleRow, ...]:
    """Return everybody who holds a role or a key, sorted. A key without a role counts for nothing.

    Keys are fingerprints, a revoked one is marked.
    """
    if roles is None:
        return ()
    people = {name for names in roles.members.values() for name in names}
    people |= {key.principal for key in roles.keys}
    spelt: dict[str, str] = {}
    for name in sorted(people):
        spelt.setdefault(person(name), name)
    return tuple(_row(roles, name) for name in sorted(spelt.values()))


def _row(roles: Roles, name: str) -> RoleRow:
    held = tuple(
        role
        for role in sorted(roles.members)
        if any(person(one) == person(name) for one in roles.members[role])
    )
    return RoleRow(
        person=name,
        roles=held,
        can=tuple(sorted({word for role in held for word in roles.can.get(role, ())})),
        keys=tuple(
            f"{key.fingerprint}{' revoked' if key.revoked else ''}"
            for key in roles.keys
            if person(key.principal) == person(name)
        ),
    )
