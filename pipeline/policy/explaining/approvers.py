"""Who may approve an exception: what the policy asks, and whom roles.yaml names."""

from collections.abc import Iterable, Sequence

from pipeline.policy.explaining.actions import Approval
from pipeline.policy.model import Policy, Rule


def approval(policy: Policy, rules: Iterable[Rule], needed: int) -> Approval:
    """Say who may approve an exception from these rules together."""
    wanted = tuple(dict.fromkeys(rule.exception_roles for rule in rules))
    return Approval(needed=needed, roles=wanted, holders=holders(policy, wanted))


def holders(policy: Policy, wanted: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return who satisfies every rule, sorted; nobody where there is no roles.yaml."""
    if policy.roles is None:
        return ()
    named = [set(policy.roles.holders(roles, "approve_exception")) for roles in wanted]
    return tuple(sorted(set.intersection(*named))) if named else ()


def together(policy: Policy, rules: Sequence[Rule], needed: int) -> tuple[tuple[Rule, ...], ...]:
    """Split rules into as few exceptions as there are people for; nothing where there are none.

    One exception needs signers who satisfy all its rules. Where too few do, an exception for
    some rules and one for the others may still be possible.
    """
    parts: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda one: one.id):
        if not rule.exception_roles or not enough(policy, [rule], needed):
            return ()
        home = next((part for part in parts if enough(policy, [*part, rule], needed)), None)
        if home is None:
            parts.append([rule])
        else:
            home.append(rule)
    return tuple(tuple(part) for part in parts)


def enough(policy: Policy, rules: Sequence[Rule], needed: int) -> bool:
    """Say whether so many people may approve an exception from these rules."""
    return len(approval(policy, rules, needed).holders) >= needed


def why_not(policy: Policy, rules: Sequence[Rule], needed: int) -> str:
    """Say why no exception from these rules is possible; nothing where one is."""
    closed = [rule.id for rule in rules if not rule.exception_roles]
    if closed:
        return f"{', '.join(closed)} {'allow' if len(closed) > 1 else 'allows'} no exception"
    for rule in rules:
        if not enough(policy, [rule], needed):
            asked = f"{_people(needed)} of {' or '.join(rule.exception_roles)} must approve"
            return f"{asked}, {_known(policy, rule)}"
    return ""


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _known(policy: Policy, rule: Rule) -> str:
    if policy.roles is None:
        return "and there is no roles.yaml"
    count = len(holders(policy, [rule.exception_roles]))
    return f"and roles.yaml names {count or 'nobody'}"
