"""The ways to weaken a policy, each as another policy. What no test sees, no test protects.

To add one, write its maker and add its line to MAKERS.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from pipeline.authoring.kinds import possible_kinds
from pipeline.model.finding import Kind
from pipeline.policy.model import (
    ENVIRONMENTS,
    LAST_PRIORITY,
    Budget,
    Condition,
    GraceTerms,
    Match,
    Policy,
    PriorityRow,
    Rule,
)

_LONG: Final = 90
"""Days of a grace that nobody meant to give."""
_A_BIT: Final = 1e-9
_UNKNOWN: Final = "unknown"


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """A weaker policy, and what was done to it."""

    name: str
    """What was changed, in words."""
    part: str
    """The rule, row or key that it was done to."""
    place: str
    advice: str
    """Which test would see it."""
    policy: Policy


class Survivor(msgspec.Struct, frozen=True, kw_only=True):
    """A mutant under which every test stays green."""

    name: str
    part: str
    place: str
    advice: str


Maker: TypeAlias = Callable[[Policy], Iterator[Mutant]]


def mutants(policy: Policy) -> Iterator[Mutant]:
    """Yield every weaker policy, one change each."""
    for maker in MAKERS:
        yield from maker(policy)


def _rules(policy: Policy) -> Iterator[Mutant]:
    for rule in policy.rules:
        yield _of_rule(policy, rule, "is dropped", None, f"a case that fails by {rule.id} alone")
        yield from _effects(policy, rule)
        for name, match in _narrowed(rule.match):
            weaker = msgspec.structs.replace(rule, match=match)
            advice = f"a case that expects {rule.id} from a finding with {name}"
            yield _of_rule(policy, rule, f"does not match {name}", weaker, advice)
        yield from _graces(policy, rule)
        yield from _approvers(policy, rule)


def _of_rule(policy: Policy, rule: Rule, name: str, weaker: Rule | None, advice: str) -> Mutant:
    rules = tuple(
        weaker if one is rule else one for one in policy.rules if one is not rule or weaker
    )
    return Mutant(
        name=name,
        part=rule.id,
        place=str(rule.place),
        advice=advice,
        policy=msgspec.structs.replace(policy, rules=tuple(filter(None, rules))),
    )


def _effects(policy: Policy, rule: Rule) -> Iterator[Mutant]:
    failing = [name for name in ENVIRONMENTS if rule.effect_for(name) == "fail"]
    if not failing:
        return
    weaker = msgspec.structs.replace(rule, effect="warn", effect_in={})
    advice = f"a case that expects verdict fail by {rule.id} alone"
    yield _of_rule(policy, rule, "only warns", weaker, advice)
    for name, effect in sorted(rule.effect_in.items()):
        if effect == "fail":
            inherited = {**rule.effect_in, name: "warn"}
            weaker = msgspec.structs.replace(rule, effect_in=inherited)
            yield _of_rule(policy, rule, f"only warns in {name}", weaker, f"{advice} in {name}")


def _narrowed(match: Match) -> Iterator[tuple[str, Match]]:
    """Yield what each word less, and each bound higher, would leave of a match."""
    for index, one in enumerate(match):
        for name, condition in _stricter(one):
            yield name, (*match[:index], condition, *match[index + 1 :])


def _stricter(one: Condition) -> Iterator[tuple[str, Condition]]:
    if one.at_least is not None:
        weaker = msgspec.structs.replace(one, at_least=one.at_least + _A_BIT)
        yield f"{one.field} of exactly {one.at_least:g}", weaker
    if len(one.words) > 1:
        for word in one.words:
            if word == _UNKNOWN:
                continue  # it matches all the same, for want of a value
            rest = tuple(each for each in one.words if each != word)
            yield f"{one.field} = {word}", msgspec.structs.replace(one, words=rest)


def _graces(policy: Policy, rule: Rule) -> Iterator[Mutant]:
    if all(rule.effect_for(name) == "warn" for name in ENVIRONMENTS):
        return
    if rule.grace is None:
        kinds = possible_kinds(rule.match)
        since: Literal["advisory_published", "first_seen"] = (
            "advisory_published" if kinds == {Kind.SCA} else "first_seen"
        )
        terms = GraceTerms(days=_LONG, since=since, only_if=())
        advice = (
            f"a case that fails by {rule.id} on an existing finding of less than critical"
            f" severity with {since} a day before"
        )
        yield _of_rule(policy, rule, f"gives {_LONG} days of grace", _with(rule, terms), advice)
        return
    longer = msgspec.structs.replace(rule.grace, days=rule.grace.days + 1)
    advice = f"a case that fails by {rule.id} on the first day after the grace"
    yield _of_rule(policy, rule, "gives a day more of grace", _with(rule, longer), advice)
    for index, one in enumerate(rule.grace.only_if):
        rest = (*rule.grace.only_if[:index], *rule.grace.only_if[index + 1 :])
        wider = msgspec.structs.replace(rule.grace, only_if=rest)
        name = f"gives grace whatever {one.field} is"
        advice = f"a fresh case that fails by {rule.id} since {one.field} is not {one}"
        yield _of_rule(policy, rule, name, _with(rule, wider), advice)


def _with(rule: Rule, grace: GraceTerms) -> Rule:
    return msgspec.structs.replace(rule, grace=grace)


def _approvers(policy: Policy, rule: Rule) -> Iterator[Mutant]:
    if not rule.exception_roles:
        weaker = msgspec.structs.replace(rule, exception_roles=("security",))
        advice = f"a case that names an exception from {rule.id} and expects it under `invalid`"
        yield _of_rule(policy, rule, "allows exceptions", weaker, advice)


def _priorities(policy: Policy) -> Iterator[Mutant]:
    for row in policy.priorities:
        yield _of_row(policy, row, "is dropped", None, _expect(row))
        if row.priority != LAST_PRIORITY:
            lower = msgspec.structs.replace(row, priority=LAST_PRIORITY)
            yield _of_row(policy, row, f"gives {LAST_PRIORITY}", lower, _expect(row))
        for name, match in _narrowed(row.match):
            weaker = msgspec.structs.replace(row, match=match)
            advice = f"{_expect(row)} with {name}"
            yield _of_row(policy, row, f"does not match {name}", weaker, advice)


def _expect(row: PriorityRow) -> str:
    return f"a case that expects priority {row.priority} by the row {row.title!r}"


def _of_row(
    policy: Policy, row: PriorityRow, name: str, weaker: PriorityRow | None, advice: str
) -> Mutant:
    rows = tuple(weaker if one is row else one for one in policy.priorities)
    return Mutant(
        name=name,
        part=f"{row.priority} {row.title!r}",
        place=str(row.place),
        advice=advice,
        policy=msgspec.structs.replace(policy, priorities=tuple(filter(None, rows))),
    )


def _budgets(policy: Policy) -> Iterator[Mutant]:
    for budget in policy.budgets:
        advice = f"a case that expects budgets: [{budget.id}] at exactly {budget.limit}"
        yield _of_budget(policy, budget, "is dropped", None, advice)
        more = msgspec.structs.replace(budget, limit=budget.limit + 1)
        yield _of_budget(policy, budget, f"lets {budget.limit} through", more, advice)
        if budget.effect == "fail":
            weaker = msgspec.structs.replace(budget, effect="warn")
            advice = f"a case that expects verdict fail by {budget.id} alone"
            yield _of_budget(policy, budget, "only warns", weaker, advice)


def _of_budget(
    policy: Policy, budget: Budget, name: str, weaker: Budget | None, advice: str
) -> Mutant:
    budgets = tuple(weaker if one is budget else one for one in policy.budgets)
    return Mutant(
        name=name,
        part=budget.id,
        place=str(budget.place),
        advice=advice,
        policy=msgspec.structs.replace(policy, budgets=tuple(filter(None, budgets))),
    )


def _clocks(policy: Policy) -> Iterator[Mutant]:
    if policy.clocks is None:
        return
    if not any(one.field == "sla_breached" for rule in policy.rules for one in rule.match):
        return
    for priority, days in sorted(policy.clocks.days.items()):
        later = {**policy.clocks.days, priority: days + 1}
        clocks = msgspec.structs.replace(policy.clocks, days=later)
        yield _of_key(
            policy,
            f"sla.days.{priority}",
            "is a day longer",
            f"a case with a {priority} finding that is {days + 1} days old",
            clocks=clocks,
        )


def _terms(policy: Policy) -> Iterator[Mutant]:
    terms = policy.terms
    if terms.void_when_fixable:
        weaker = msgspec.structs.replace(terms, void_when_fixable=False)
        advice = (
            "a case with an exception that says approved_without_fix, and a finding with a fix,"
            " that expects it under `void`"
        )
        key = "exceptions.void_if"
        yield _of_key(policy, key, "does not end what can be mended", advice, terms=weaker)
    for priority, needed in sorted(terms.approvals.items()):
        if needed:
            weaker = msgspec.structs.replace(terms, approvals={**terms.approvals, priority: 0})
            advice = (
                "a case with an exception and signed_by: [] that expects it under `unapproved`"
                + ("" if priority == "default" else f", for a {priority} finding")
            )
            key = f"exceptions.approvals.{priority}"
            yield _of_key(policy, key, "asks for no signature", advice, terms=weaker)
    for priority, days in sorted(terms.max_days.items()):
        longer = msgspec.structs.replace(terms, max_days={**terms.max_days, priority: days + 1})
        advice = (
            f"a case with an exception that runs {days + 1} days, and a {priority} finding,"
            " that expects it under `void` or `invalid`"
        )
        key = f"exceptions.max_days.{priority}"
        yield _of_key(policy, key, "is a day longer", advice, terms=longer)


def _demands(policy: Policy) -> Iterator[Mutant]:
    for stage, demand in policy.demands.stages.items():
        if not any(policy.required(name)[stage] != "no" for name in ENVIRONMENTS):
            continue
        off = msgspec.structs.replace(demand, required="no", required_in={})
        stages = {**policy.demands.stages, stage: off}
        demands = msgspec.structs.replace(policy.demands, stages=stages)
        advice = f"a case with gaps: [{{stage: {stage}}}] that expects unanswered: [{stage}]"
        yield _of_key(policy, f"stage:{stage}", "is not required", advice, demands=demands)
        if any(policy.required(name)[stage] == "always" for name in ENVIRONMENTS):
            mild = msgspec.structs.replace(demand, required="when_present", required_in={})
            stages = {**policy.demands.stages, stage: mild}
            demands = msgspec.structs.replace(policy.demands, stages=stages)
            advice = f"a case with absent: [{stage}] that expects unanswered: [{stage}]"
            yield _of_key(
                policy, f"stage:{stage}", "may have nothing to look at", advice, demands=demands
            )


def _of_key(policy: Policy, key: str, name: str, advice: str, **changes: object) -> Mutant:
    place = policy.places.get(key) or policy.places.get(key.rpartition(".")[0])
    return Mutant(
        name=name,
        part=key.replace("stage:", "evidence.stages."),
        place=str(place or ""),
        advice=advice,
        policy=msgspec.structs.replace(policy, **changes),
    )


MAKERS: Final[tuple[Maker, ...]] = (_rules, _priorities, _budgets, _clocks, _terms, _demands)
