"""Rules, rows and exceptions that can do nothing."""

from collections.abc import Iterator
from itertools import combinations

from pipeline.authoring.kinds import possible_kinds
from pipeline.authoring.lint_model import Flaw, error, warning
from pipeline.authoring.subsumed import subsumed
from pipeline.model.finding import Kind
from pipeline.policy.model import (
    ENVIRONMENTS,
    LAST_PRIORITY,
    Match,
    Policy,
    PolicyException,
    PriorityRow,
    Rule,
)


def rules(policy: Policy) -> Iterator[Flaw]:
    """Find rules that no finding can meet, and rules that add nothing to another one."""
    reachable = _given(policy)
    for rule in policy.rules:
        if told := _impossible(rule.match, reachable):
            yield error("rule-unreachable", rule.place, f"{rule.id} can never match: {told}")
    able = [rule for rule in policy.rules if not _impossible(rule.match, reachable)]
    for first, second in combinations(able, 2):
        yield from _pair(first, second)


def _impossible(match: Match, priorities: frozenset[str]) -> str:
    """Say why no finding can meet a match; nothing where one can."""
    if not possible_kinds(match):
        fields = ", ".join(sorted(one.field for one in match if one.field != "kind"))
        kinds = next((str(one) for one in match if one.field == "kind"), "no kind")
        return f"no finding of kind {kinds} has {fields}"
    for one in match:
        if one.field == "priority" and priorities.isdisjoint(one.words):
            return f"no row of the priorities gives {one}"
    return ""


def _given(policy: Policy) -> frozenset[str]:
    """Return the priorities that a finding can have."""
    dead = {id(row) for row, _ in _dead_rows(policy)}
    return frozenset(
        {LAST_PRIORITY, *(row.priority for row in policy.priorities if id(row) not in dead)}
    )


def _pair(first: Rule, second: Rule) -> Iterator[Flaw]:
    for narrow, wide in ((second, first), (first, second)):
        if not subsumed(narrow.match, wide.match):
            continue
        both = subsumed(wide.match, narrow.match)
        if _as_strict(wide, narrow):
            code = "rule-duplicate" if both else "rule-subsumed"
            same = "matches the same" if both else "matches nothing"
            than = "as" if both else "that is not matched by"
            told = f"{narrow.id} {same} {than} {wide.id}, which is as strict"
            hint = f"leave {narrow.id} out, or say what it is for; {wide.id} is at {wide.place}"
            yield error(code, narrow.place, told, hint)
            return
        if both:
            told = f"{narrow.id} matches the same as {wide.id}, and differs in what comes of it"
            hint = f"one of them may be meant for something else; {wide.id} is at {wide.place}"
            yield warning("rule-same-match", narrow.place, told, hint)
            return


def _as_strict(wide: Rule, narrow: Rule) -> bool:
    """Say whether one rule lets nothing pass that the other stops."""
    effects = all(
        wide.effect_for(name) == "fail" or narrow.effect_for(name) == "warn"
        for name in ENVIRONMENTS
    )
    grace = wide.grace is None or wide.grace == narrow.grace
    return effects and grace and set(wide.exception_roles) <= set(narrow.exception_roles)


def rows(policy: Policy) -> Iterator[Flaw]:
    """Find rows of the priority table that no finding reaches."""
    for row, told in _dead_rows(policy):
        hint = "the first row that matches counts: put the narrower one first"
        yield error("row-unreachable", row.place, f"the row {row.title!r} {told}", hint)


def _dead_rows(policy: Policy) -> Iterator[tuple[PriorityRow, str]]:
    for index, row in enumerate(policy.priorities):
        if told := _impossible(row.match, frozenset()):
            yield row, f"can never match: {told}"
            continue
        for earlier in policy.priorities[:index]:
            if subsumed(row.match, earlier.match):
                yield row, f"is never reached: {earlier.title!r} ({earlier.place}) matches it all"
                break


def exceptions(policy: Policy) -> Iterator[Flaw]:
    """Find exception files that cannot be used, and such as no finding can need."""
    for bad in policy.bad_exceptions:
        yield error("exception-invalid", bad.place, f"{bad.id} excepts nothing: {bad.reason}")
    by_id = {rule.id: rule for rule in policy.rules}
    for one in policy.exceptions:
        yield from _needless(one, by_id)
    for bad in policy.bad_break_glass:
        yield error("break-glass-invalid", bad.place, f"{bad.id} opens nothing: {bad.reason}")
    yield from _remarks(policy)


def _remarks(policy: Policy) -> Iterator[Flaw]:
    """Tell which lines count for nothing; one of the revoked keys stops every signature."""
    distrusted = policy.roles.distrusted if policy.roles else ""
    for remark in policy.remarks:
        if f"{remark.place}: {remark.reason}" == distrusted:
            told = f"no signature counts: {remark.reason}"
            hint = "mend or remove the line: which key it means to revoke, nobody can tell"
            yield error("revoked-unreadable", remark.place, told, hint)
        else:
            yield warning("counts-for-nothing", remark.place, remark.reason)


def _needless(one: PolicyException, known: dict[str, Rule]) -> Iterator[Flaw]:
    if one.match_key is not None:
        return
    for name in one.rules:
        if Kind.SCA not in possible_kinds(known[name].match):
            told = f"{one.id} names {name}, which matches no package"
            yield warning("exception-needless", one.place, told, f"leave {name} out of its rules")
