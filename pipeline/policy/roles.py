"""Who may do what: roles, their members, and the keys with which members sign."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import msgspec

from pipeline.errors import Where

Capability: TypeAlias = Literal[
    "edit_policy", "approve_exception", "approve_break_glass", "request_exception"
]
EVERYBODY: Final = "*"
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\[\]-]+(?:@[A-Za-z0-9.-]+)?")


@lru_cache(maxsize=4096)
def person(name: str) -> str:
    """Return whom a name or an e-mail address means: one person has many spellings.

    `Erin <Erin+work@Example.com>` is erin@example.com. Used only where taking two for one
    refuses something.
    """
    address = name.rpartition("<")[2].partition(">")[0] if "<" in name else name
    mailbox, at, domain = address.strip().casefold().partition("@")
    return f"{mailbox.partition('+')[0]}{at}{domain.rstrip('.')}"


def barred(who: str, people: Mapping[str, str]) -> str:
    """Say why a person is among these; nothing where not. A name without a domain has all of them.

    `who` and the keys are as `person` gives them, the values say why.
    """
    if why := people.get(who):
        return why
    mailbox, at, _ = who.partition("@")
    for name, why in people.items():
        if not (at and "@" in name) and name.partition("@")[0] == mailbox:
            return why
    return ""


def unclear(name: str) -> str:
    """Say why nobody can tell who is meant by a name; nothing where it is clear."""
    shown, open_bracket, rest = name.strip().partition("<")
    address = rest.removesuffix(">") if open_bracket else shown
    ended = rest.endswith(">") if open_bracket else True
    if ended and _ADDRESS.fullmatch(address) and not (open_bracket and "@" in shown):
        return ""
    return f"{name!r} is no address in plain letters that signers could be compared with"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A line of allowed_signers that counts."""

    principal: str
    fingerprint: str
    """`SHA256:…`."""
    kind: str
    """`ssh-ed25519`, `sk-ssh-ed25519@openssh.com` …"""
    line: str
    """As ssh-keygen reads it: principal, options, kind, key."""
    revoked: bool
    place: Where


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """roles.yaml and the keys that it names."""

    members: Mapping[str, tuple[str, ...]]
    """By role, as written."""
    can: Mapping[str, tuple[Capability, ...]]
    """By role."""
    keys: tuple[Key, ...] = ()
    revoked: bytes = b""
    """What ssh-keygen gets as its list of revoked keys; empty: none is."""
    distrusted: str = ""
    """Why no signature can be believed, where the revoked keys cannot be read."""
    places: Mapping[str, Where] = {}
    """Where each role stands."""

    def roles_of(self, principal: str, capability: Capability | None = None) -> tuple[str, ...]:
        """Return the roles that somebody holds now, those with a capability where one is named."""
        name = principal.casefold()
        return tuple(
            role
            for role, members in self.members.items()
            if (capability is None or capability in self.can[role])
            and any(one in (EVERYBODY, name) for one in map(str.casefold, members))
        )

    def holders(self, roles: Iterable[str], capability: Capability) -> tuple[str, ...]:
        """Return who holds one of these roles with a capability, sorted."""
        found = {
            member
            for role in roles
            if capability in self.can.get(role, ())
            for member in self.members[role]
            if member != EVERYBODY
        }
        return tuple(sorted(found))
