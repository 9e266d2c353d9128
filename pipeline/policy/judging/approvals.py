"""Which signatures approve an exception: whose they are, and what those people may approve now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from pipeline.model.approval import Signature
from pipeline.policy.case import Case
from pipeline.policy.model import PolicyException, Rule
from pipeline.policy.roles import Capability, Roles, person

_MOST_NAMED: Final = 5
_APPROVE: Final[Capability] = "approve_exception"


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that counts for nothing."""

    principal: str
    reason: str


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """What the signatures beside one exception come to."""

    approved_by: tuple[str, ...]
    """Principals whose signatures count, one for each person; sorted."""
    refused: tuple[Refused, ...]
    eligible: tuple[str, ...]
    """Who else may approve; sorted."""


class Approvals:
    """Weighs the signatures of a case, exception by exception."""

    def __init__(self, case: Case) -> None:
        self._roles = case.policy.roles or Roles(members={}, can={})
        self._rules = {rule.id: rule for rule in case.policy.rules}
        self._signatures: dict[str, list[Signature]] = defaultdict(list)
        for one in case.signatures:
            self._signatures[one.exception].append(one)
        self._authors: dict[str, set[str]] = defaultdict(set)
        for name, author in case.authors:
            self._authors[name].add(person(author))

    def of(self, one: PolicyException) -> Approval:
        """Weigh what stands beside one exception."""
        signatures = self._signatures.get(one.id, ())
        excluded = _excluded(one.requester, self._authors.get(one.id, ()))
        rules = tuple(self._rules[name] for name in one.rules if name in self._rules)
        eligible = self._eligible(rules, excluded)
        shared = shared_keys(signatures)
        counted: dict[str, str] = {}
        refused = []
        for each in sorted(signatures):
            reason = why_not(each, shared, excluded) or self._no_role(each.principal, rules)
            if reason:
                refused.append(Refused(principal=each.principal, reason=reason))
            else:
                counted.setdefault(person(each.principal), each.principal)
        return Approval(
            approved_by=tuple(sorted(counted.values())),
            refused=tuple(refused),
            eligible=tuple(name for name in eligible if person(name) not in counted),
        )

    def _no_role(self, principal: str, rules: tuple[Rule, ...]) -> str:
        """Say which rule accepts none of somebody's roles; nothing where each accepts one."""
        held = frozenset(self._roles.roles_of(principal, _APPROVE))
        for rule in rules:
            if held.isdisjoint(rule.exception_roles):
                wanted = " or ".join(rule.exception_roles)
                return f"holds no role that approves exceptions from {rule.id} (it takes {wanted})"
        return "" if rules else "the exception names no rule"

    def _eligible(self, rules: tuple[Rule, ...], excluded: Mapping[str, str]) -> tuple[str, ...]:
        names = [set(self._roles.holders(rule.exception_roles, _APPROVE)) for rule in rules]
        everywhere = set.intersection(*names) if names else set()
        return tuple(sorted(name for name in everywhere if person(name) not in excluded))


def _excluded(requester: str, authors: Iterable[str]) -> dict[str, str]:
    """Return who may never approve a record, and why; its requester is told as such."""
    return {
        **dict.fromkeys(authors, "wrote the file, by the commit that brought it in"),
        person(requester): "asked for it",
    }


def shared_keys(signatures: Iterable[Signature]) -> frozenset[str]:
    """Return the keys by which more than one person signed: nobody knows who that was."""
    persons: dict[str, set[str]] = defaultdict(set)
    for one in signatures:
        if one.state == "good":
            persons[one.key].add(person(one.principal))
    return frozenset(key for key, names in persons.items() if len(names) > 1)


def why_not(one: Signature, shared: frozenset[str], excluded: Mapping[str, str]) -> str:
    """Say why a signature counts for nothing, whatever roles its principal holds."""
    if one.state != "good":
        return one.detail or one.state.replace("_", " ")
    if one.key in shared:
        return "another person signed with the same key"
    return excluded.get(person(one.principal), "")


def told(approval: Approval, needed: int, *, roles: Roles | None) -> str:
    """Say what is missing, who may give it, and which signatures count for nothing."""
    have = len(approval.approved_by)
    signed = f" ({_names(approval.approved_by)} signed)" if have else ""
    parts = [f"{have} of {needed} approvals{signed}"]
    if roles is None:
        parts.append("there is no roles.yaml, so nobody can approve")
    elif approval.eligible:
        parts.append(f"may approve: {_names(approval.eligible)}")
    else:
        parts.append("nobody else holds a role that may approve it")
    parts += [f"{one.principal}'s signature: {one.reason}" for one in approval.refused]
    return "; ".join(parts)


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    named = ", ".join(names[:_MOST_NAMED])
    return f"{named} and {more} more" if more > 0 else named
