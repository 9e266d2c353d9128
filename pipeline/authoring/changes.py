"""What differs between two policies as they are written, and which way each change goes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from pipeline.model.severity import RANK
from pipeline.model.walls import Sandbox
from pipeline.policy.demand import Required, StageDemand
from pipeline.policy.model import Budget, ExceptionTerms, Match, Policy, Rule

Way: TypeAlias = Literal["weaker", "stricter", "unclear"]
_OWED: Final = {"no": 0, "when_present": 1, "always": 2}
_WALLED: Final[Mapping[Sandbox, int]] = {"off": 0, "preferred": 1, "required": 2}
_ENDLESS: Final = 1 << 30


class Altered(msgspec.Struct, frozen=True, kw_only=True):
    """One change."""

    subject: str
    """`GATE-002`, `BUD-001`, `evidence.stages.semgrep`."""
    told: str
    way: Way


def changes(before: Policy, after: Policy) -> tuple[Altered, ...]:
    """List every change that matters to a verdict, the weaker ones first."""
    found = [
        *_rules(before, after),
        *_budgets(before, after),
        *_evidence(before, after),
        *_values(before, after),
        *_terms(before.terms, after.terms),
        *_people(before, after),
        *_exceptions(before, after),
    ]
    order: Sequence[Way] = ("weaker", "unclear", "stricter")
    return tuple(sorted(found, key=lambda one: (order.index(one.way), one.subject, one.told)))


def _more(subject: str, name: str, was: float, now: float, *, high: Way) -> Iterator[Altered]:
    """Tell of a number; `high` says which way it goes when it rises."""
    if was != now:
        low: Way = "stricter" if high == "weaker" else "weaker"
        told = f"{name} {_number(was)} -> {_number(now)}"
        yield Altered(subject=subject, told=told, way=high if now > was else low)


def _number(value: float) -> str:
    return "none" if value >= _ENDLESS else f"{value:g}"


def _set(
    subject: str, name: str, was: Sequence[str], now: Sequence[str], *, added: Way
) -> Iterator[Altered]:
    """Tell of a list; `added` says which way it goes when it grows."""
    removed: Way = "stricter" if added == "weaker" else "weaker"
    for word in sorted(set(now) - set(was)):
        yield Altered(subject=subject, told=f"{name} + {word}", way=added)
    for word in sorted(set(was) - set(now)):
        yield Altered(subject=subject, told=f"{name} - {word}", way=removed)


def _rules(before: Policy, after: Policy) -> Iterator[Altered]:
    was, now = ({rule.id: rule for rule in one.rules} for one in (before, after))
    for name in sorted(was.keys() - now.keys()):
        yield Altered(subject=name, told=f"dropped: {was[name].title}", way="weaker")
    for name in sorted(now.keys() - was.keys()):
        yield Altered(subject=name, told=f"new: {now[name].title}", way="stricter")
    for name in sorted(was.keys() & now.keys()):
        yield from _rule(was[name], now[name])


def _rule(was: Rule, now: Rule) -> Iterator[Altered]:
    effects = {"warn": 0, "fail": 1}
    for environment in (None, *sorted({*was.effect_in, *now.effect_in})):
        first = was.effect if environment is None else was.effect_for(environment)
        second = now.effect if environment is None else now.effect_for(environment)
        if first != second:
            where = f" in {environment}" if environment else ""
            way: Way = "stricter" if effects[second] > effects[first] else "weaker"
            yield Altered(subject=was.id, told=f"effect{where} {first} -> {second}", way=way)
    yield from _match(was.id, was.match, now.match)
    yield from _grace(was, now)
    yield from _set(
        was.id, "exception_roles", was.exception_roles, now.exception_roles, added="weaker"
    )


def _match(subject: str, was: Match, now: Match) -> Iterator[Altered]:
    first, second = ({one.field: one for one in match} for match in (was, now))
    for field in sorted(second.keys() - first.keys()):
        told = f"match asks for {field} = {second[field]} too"
        yield Altered(subject=subject, told=told, way="weaker")
    for field in sorted(first.keys() - second.keys()):
        told = f"match no longer asks for {field} = {first[field]}"
        yield Altered(subject=subject, told=told, way="stricter")
    for field in sorted(first.keys() & second.keys()):
        one, other = first[field], second[field]
        if one.at_least is not None and other.at_least is not None:
            yield from _more(subject, f"{field} >=", one.at_least, other.at_least, high="weaker")
        elif one.flag != other.flag:
            yield Altered(subject=subject, told=f"{field} {one} -> {other}", way="unclear")
        else:
            yield from _set(subject, field, one.words, other.words, added="stricter")


def _grace(was: Rule, now: Rule) -> Iterator[Altered]:
    first = was.grace.days if was.grace else 0
    second = now.grace.days if now.grace else 0
    yield from _more(was.id, "grace days", first, second, high="weaker")
    if (
        was.grace
        and now.grace
        and (was.grace.only_if, was.grace.since)
        != (
            now.grace.only_if,
            now.grace.since,
        )
    ):
        yield Altered(subject=was.id, told="grace holds for others", way="unclear")


def _budgets(before: Policy, after: Policy) -> Iterator[Altered]:
    was, now = ({one.id: one for one in policy.budgets} for policy in (before, after))
    for name in sorted(was.keys() - now.keys()):
        yield Altered(subject=name, told=f"dropped: {was[name].title}", way="weaker")
    for name in sorted(now.keys() - was.keys()):
        yield Altered(subject=name, told=f"new: {now[name].title}", way="stricter")
    for name in sorted(was.keys() & now.keys()):
        yield from _budget(was[name], now[name])


def _budget(was: Budget, now: Budget) -> Iterator[Altered]:
    yield from _more(was.id, "lt", was.limit, now.limit, high="weaker")
    yield from _set(was.id, "in", was.environments, now.environments, added="stricter")
    if was.effect != now.effect:
        way: Way = "stricter" if now.effect == "fail" else "weaker"
        yield Altered(subject=was.id, told=f"effect {was.effect} -> {now.effect}", way=way)
    if was.count != now.count:
        yield Altered(subject=was.id, told=f"counts {now.count}, not {was.count}", way="unclear")


def _required(
    subject: str, one: StageDemand | None, other: StageDemand | None
) -> Iterator[Altered]:
    """Say once what is the same in several environments."""
    changed: dict[tuple[Required, Required], list[str]] = {}
    for environment in ("pr", "main", "release", "weekly"):
        was = one.required_in.get(environment, one.required) if one else "no"
        now = other.required_in.get(environment, other.required) if other else "no"
        if was != now:
            changed.setdefault((was, now), []).append(environment)
    for (was, now), where in changed.items():
        way: Way = "stricter" if _OWED[now] > _OWED[was] else "weaker"
        told = f"required in {', '.join(where)} {was} -> {now}"
        yield Altered(subject=subject, told=told, way=way)


def _evidence(before: Policy, after: Policy) -> Iterator[Altered]:
    first, second = before.demands, after.demands
    for stage in sorted({*first.stages, *second.stages}):
        subject = f"evidence.stages.{stage}"
        one, other = first.stages.get(stage), second.stages.get(stage)
        yield from _required(subject, one, other)
        if one and other:
            was_age, now_age = one.max_feed_age_hours, other.max_feed_age_hours
            yield from _more(
                subject, "max_feed_age_hours", was_age or 0, now_age or 0, high="weaker"
            )
            yield from _set(subject, "no_os", one.no_os, other.no_os, added="weaker")
    if first.sandbox != second.sandbox:
        way: Way = "stricter" if _WALLED[second.sandbox] > _WALLED[first.sandbox] else "weaker"
        told = f"{first.sandbox} -> {second.sandbox}"
        yield Altered(subject="evidence.sandbox", told=told, way=way)
    yield from _set(
        "evidence.allowed_exclusions",
        "glob",
        [f"{one.glob} until {one.expires}" for one in first.allowed_exclusions],
        [f"{one.glob} until {one.expires}" for one in second.allowed_exclusions],
        added="weaker",
    )
    yield from _set(
        "evidence.tolerated_gaps",
        "gap",
        [f"{one.stage}: {one.target} until {one.expires}" for one in first.tolerated_gaps],
        [f"{one.stage}: {one.target} until {one.expires}" for one in second.tolerated_gaps],
        added="weaker",
    )


def _values(before: Policy, after: Policy) -> Iterator[Altered]:
    was, now = before.signed_within_hours, after.signed_within_hours
    yield from _more("signing", "max_age_hours", was, now, high="weaker")
    if before.rekor_down != after.rekor_down:
        told = f"rekor_down {before.rekor_down} -> {after.rekor_down}"
        yield Altered(
            subject="signing", told=told, way="weaker" if after.rekor_down == "key" else "stricter"
        )
    until = {str(name): day.toordinal() for name, day in before.report_only_until.items()}
    later = {str(name): day.toordinal() for name, day in after.report_only_until.items()}
    for name in sorted({*until, *later}):
        if until.get(name, 0) != later.get(name, 0):
            way: Way = "weaker" if later.get(name, 0) > until.get(name, 0) else "stricter"
            told = f"{name} until {after.report_only_until.get(name, 'never')}"
            yield Altered(subject="report_only_until", told=told, way=way)
    if before.unknowns.severity != after.unknowns.severity:
        raised = RANK[after.unknowns.severity] > RANK[before.unknowns.severity]
        told = f"severity {before.unknowns.severity} -> {after.unknowns.severity}"
        yield Altered(subject="unknowns", told=told, way="stricter" if raised else "weaker")
    for name, one, other in (
        ("unknowns", before.unknowns, after.unknowns),
        ("evidence", _other_demands(before), _other_demands(after)),
        ("priorities", _table(before), _table(after)),
    ):
        if one != other and (name != "unknowns" or _but_severity(before) != _but_severity(after)):
            yield Altered(subject=name, told="changed", way="unclear")
    if before.clocks and after.clocks:
        for priority, days in before.clocks.days.items():
            yield from _more(
                "sla", f"days of {priority}", days, after.clocks.days[priority], high="weaker"
            )
    elif before.clocks != after.clocks:
        yield Altered(subject="sla", told="new" if after.clocks else "dropped", way="unclear")


def _but_severity(policy: Policy) -> object:
    return msgspec.structs.replace(policy.unknowns, severity=next(iter(RANK)))


def _other_demands(policy: Policy) -> object:
    return msgspec.structs.replace(
        policy.demands, stages={}, sandbox="off", allowed_exclusions=(), tolerated_gaps=()
    )


def _table(policy: Policy) -> object:
    return [(row.priority, row.match) for row in policy.priorities]


def _terms(was: ExceptionTerms, now: ExceptionTerms) -> Iterator[Altered]:
    subject = "exceptions"
    for name in sorted({*was.approvals, *now.approvals}):
        first, second = was.approvals_for(name), now.approvals_for(name)
        yield from _more(subject, f"approvals of {name}", first, second, high="stricter")
    for name, days in was.max_days.items():
        yield from _more(subject, f"max_days of {name}", days, now.max_days[name], high="weaker")
    endless = (was.unused_fail_after_days, now.unused_fail_after_days)
    first, second = (_ENDLESS if days is None else days for days in endless)
    yield from _more(subject, "unused.fail_after_days", first, second, high="weaker")
    if was.void_when_fixable != now.void_when_fixable:
        way: Way = "stricter" if now.void_when_fixable else "weaker"
        word = str(now.void_when_fixable).lower()
        told = f"void_if.fix_available_became_true -> {word}"
        yield Altered(subject=subject, told=told, way=way)


def _people(before: Policy, after: Policy) -> Iterator[Altered]:
    was: Mapping[str, tuple[str, ...]] = before.roles.members if before.roles else {}
    now: Mapping[str, tuple[str, ...]] = after.roles.members if after.roles else {}
    for role in sorted({*was, *now}):
        yield from _set(
            f"roles.{role}", "member", was.get(role, ()), now.get(role, ()), added="weaker"
        )
    keys = [{f"{k.principal} {k.fingerprint}" for k in p.roles.keys if not k.revoked}
            if p.roles else set[str]() for p in (before, after)]  # fmt: skip
    yield from _set("keys", "key", sorted(keys[0]), sorted(keys[1]), added="weaker")


def _exceptions(before: Policy, after: Policy) -> Iterator[Altered]:
    was, now = ({one.id: one for one in policy.exceptions} for policy in (before, after))
    yield from _set("exceptions", "file", sorted(was), sorted(now), added="weaker")
    for name in sorted(was.keys() & now.keys()):
        if was[name].digest != now[name].digest:
            yield Altered(subject=name, told="the file changed", way="unclear")
