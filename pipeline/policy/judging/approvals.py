"""Which signatures approve a record: whose they are, and what those people may approve now."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from pipeline.model.approval import Signature
from pipeline.policy.break_glass import PREFIX, BreakGlass
from pipeline.policy.case import Case
from pipeline.policy.model import PolicyException, Rule
from pipeline.policy.roles import Capability, Roles, barred, person

_MOST_NAMED: Final = 5
_APPROVE: Final[Capability] = "approve_exception"
_BREAK: Final[Capability] = "approve_break_glass"


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that counts for nothing."""

    principal: str
    reason: str


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """What the signatures beside one record come to."""

    approved_by: tuple[str, ...]
    """Principals whose signatures count, one for each person; sorted."""
    refused: tuple[Refused, ...]
    eligible: tuple[str, ...]
    """Who else may approve; sorted."""


_People: TypeAlias = tuple[tuple[str, str], ...]
"""(principal, person), sorted."""


class Approvals:
    """Weighs the signatures of a case, record by record."""

    def __init__(self, case: Case) -> None:
        self._roles = case.policy.roles or Roles(members={}, can={})
        self._rules = {rule.id: rule for rule in case.policy.rules}
        self._signatures: dict[str, list[Signature]] = defaultdict(list)
        for one in case.signatures:
            self._signatures[one.exception].append(one)
        self._authors: dict[str, set[str]] = defaultdict(set)
        for name, author in case.authors:
            self._authors[name].add(person(author))
        self._held: dict[str, frozenset[str]] = {}
        self._by_rules: dict[tuple[str, ...], tuple[tuple[Rule, ...], _People]] = {}

    def of(self, one: PolicyException) -> Approval:
        """Weigh what stands beside an exception."""
        rules, people = self._known(one.rules)
        return self._weigh(one.id, one.requester, people, lambda who: self._no_role(who, rules))

    def _known(self, names: tuple[str, ...]) -> tuple[tuple[Rule, ...], _People]:
        """Return the rules of these names, and who may approve from all of them."""
        if names not in self._by_rules:
            rules = tuple(self._rules[name] for name in names if name in self._rules)
            each = [set(self._roles.holders(rule.exception_roles, _APPROVE)) for rule in rules]
            everywhere = set.intersection(*each) if each else set[str]()
            self._by_rules[names] = rules, _people(everywhere)
        return self._by_rules[names]

    def of_break_glass(self, one: BreakGlass) -> Approval:
        """Weigh what stands beside a break-glass record."""
        roles = tuple(role for role, can in self._roles.can.items() if _BREAK in can)
        people = _people(self._roles.holders(roles, _BREAK))
        return self._weigh(f"{PREFIX}{one.id}", one.requester, people, self._no_breaker)

    def _weigh(
        self, owner: str, requester: str, people: _People, no_role: Callable[[str], str]
    ) -> Approval:
        signatures = self._signatures.get(owner, ())
        excluded = _excluded(requester, self._authors.get(owner, ()))
        shared = shared_keys(signatures)
        counted: dict[str, str] = {}
        refused = []
        for each in sorted(signatures):
            if reason := why_not(each, shared, excluded) or no_role(each.principal):
                refused.append(Refused(principal=each.principal, reason=reason))
            else:
                counted.setdefault(person(each.principal), each.principal)
        return Approval(
            approved_by=tuple(sorted(counted.values())),
            refused=tuple(refused),
            eligible=tuple(
                name for name, who in people if who not in counted and not barred(who, excluded)
            ),
        )

    def _no_breaker(self, principal: str) -> str:
        held = self._roles.roles_of(principal, _BREAK)
        return "" if held else f"holds no role that can {_BREAK}"

    def _no_role(self, principal: str, rules: tuple[Rule, ...]) -> str:
        """Say which rule accepts none of somebody's roles; nothing where each accepts one."""
        if principal not in self._held:
            self._held[principal] = frozenset(self._roles.roles_of(principal, _APPROVE))
        held = self._held[principal]
        for rule in rules:
            if held.isdisjoint(rule.exception_roles):
                wanted = " or ".join(rule.exception_roles)
                return f"holds no role that approves exceptions from {rule.id} (it takes {wanted})"
        return "" if rules else "the exception names no rule"


def _people(names: Iterable[str]) -> _People:
    return tuple(sorted((name, person(name)) for name in names))


def _excluded(requester: str, authors: Iterable[str]) -> dict[str, str]:
    """Return who may never approve a record, and why; its requester is told as such."""
    return {
        **dict.fromkeys(authors, "wrote the file, by the commit that brought it in"),
        person(requester): "asked for it",
    }


def shared_keys(signatures: Iterable[Signature]) -> frozenset[str]:
    """Return the keys by which more than one person signed: nobody knows who that was."""
    good = [one for one in signatures if one.state == "good"]
    if len({one.key for one in good}) == len(good):
        return frozenset()
    persons: dict[str, set[str]] = defaultdict(set)
    for one in good:
        persons[one.key].add(person(one.principal))
    return frozenset(key for key, names in persons.items() if len(names) > 1)


def why_not(one: Signature, shared: frozenset[str], excluded: Mapping[str, str]) -> str:
    """Say why a signature counts for nothing, whatever roles its principal holds."""
    if one.state != "good":
        return one.detail or one.state.replace("_", " ")
    if one.key in shared:
        return "another person signed with the same key"
    return barred(person(one.principal), excluded)


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
