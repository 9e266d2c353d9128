"""Whether there are people for what the policy asks of people."""

from collections.abc import Iterator

from pipeline.authoring.lint_model import Flaw, warning
from pipeline.errors import Where
from pipeline.policy.model import Policy, Rule
from pipeline.policy.roles import EVERYBODY, Roles


def roles(policy: Policy) -> Iterator[Flaw]:
    """Find roles that hang on one person, and rules from which nobody can except."""
    if not any(policy.terms.approvals.values()):
        return
    if policy.roles is None:
        if policy.exceptions:
            first = policy.exceptions[0].place
            hint = "write roles.yaml: who may approve, and by which keys"
            yield warning("no-roles", first, "there are exceptions, and nobody can approve", hint)
        return
    yield from _lonely(policy.roles)
    yield from _holders(policy, policy.roles)


def _lonely(known: Roles) -> Iterator[Flaw]:
    for name, members in known.members.items():
        if len(members) == 1 and members != (EVERYBODY,):
            told = f"the role {name} has one member, {members[0]}"
            hint = "who asks for an exception cannot approve it: name a second person"
            yield warning("role-of-one", known.places.get(name, Where("roles.yaml")), told, hint)


def _holders(policy: Policy, known: Roles) -> Iterator[Flaw]:
    for rule in policy.rules:
        if not rule.exception_roles:
            continue
        names = " or ".join(rule.exception_roles)
        people = known.holders(rule.exception_roles, "approve_exception")
        if not people:
            told = f"nobody holds {names} and may approve an exception from {rule.id}"
            yield warning("nobody-approves", rule.place, told, "see `can` in roles.yaml")
            continue
        needed = _needed(policy, rule)
        if len(people) < needed:
            told = f"an exception from {rule.id} needs {needed} approvals, and"
            told += f" {len(people)} hold {names}"
            yield warning("too-few-approve", rule.place, told, "name more members in roles.yaml")


def _needed(policy: Policy, rule: Rule) -> int:
    """Return how many approvals an exception needs from the rule, as far as its match says."""
    asked = next((one.words for one in rule.match if one.field == "priority"), (None,))
    return max(policy.terms.approvals_for(name) for name in asked)
