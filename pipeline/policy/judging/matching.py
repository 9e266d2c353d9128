"""Compiles a policy's matches to closures, once for each judgement."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import repeat
from operator import call
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from pipeline.model.finding import Finding
from pipeline.policy.judging.fields import ASSUMED, FIELDS, NO, UNKNOWN, YES, Answer, Test, World
from pipeline.policy.judging.traits import TRAITS, traits
from pipeline.policy.model import (
    LAST_PRIORITY,
    Condition,
    Match,
    Policy,
    PriorityRow,
    Rule,
)


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """How a match was met: on known values, on assumed ones, or for want of a value."""

    assumed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether no field was unknown."""
        return not self.unknown


_CERTAIN: Final = Met()
Compiled: TypeAlias = tuple[tuple[str, Test], ...]


def world_of(
    policy: Policy, *, today: date, feeds: frozenset[str], doubted: frozenset[str]
) -> World:
    """Gather what tests may know beside the finding: feeds that can be believed, and others."""
    return World(
        unknowns=policy.unknowns,
        clocks=policy.clocks,
        overdue_on=today.toordinal(),
        epss_known="epss" in feeds,
        kev_known="kev" in feeds,
        kev_doubted="kev" in doubted,
    )


def compiled(match: Match, world: World, made: dict[Condition, Test] | None = None) -> Compiled:
    """Make the tests of a match, in the order of the registry: cheap and selective ones first.

    `made` holds those of other matches: equal conditions share one test, which is asked once.
    """
    order = tuple(FIELDS)
    tests = {} if made is None else made
    return tuple(
        (one.field, tests.get(one) or tests.setdefault(one, FIELDS[one.field](one, world)))
        for one in sorted(match, key=lambda one: order.index(one.field))
    )


def met(tests: Compiled, finding: Finding) -> Met | None:
    """Ask all tests; None when one says no."""
    assumed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    for field, test in tests:
        answer = test(finding)
        if answer is NO:
            return None
        if answer is ASSUMED:
            assumed = (*assumed, field)
        elif answer is UNKNOWN:
            unknown = (*unknown, field)
    return Met(assumed=assumed, unknown=unknown) if assumed or unknown else _CERTAIN


def surely(tests: Compiled, finding: Finding) -> bool:
    """Say whether all tests say yes on known values: what grace asks for."""
    return all(test(finding) is YES for _, test in tests)


Subject = TypeVar("Subject")


Candidates: TypeAlias = tuple[tuple[Subject, Met, Compiled], ...]


class Screen(Generic[Subject]):
    """Many matches asked at once: findings that answer alike are weighed once."""

    def __init__(self, matches: Iterable[tuple[Subject, Compiled]]) -> None:
        self._matches = tuple(
            (
                subject,
                tuple(test for test in tests if test[0] in TRAITS),
                tuple(test for test in tests if test[0] not in TRAITS),
            )
            for subject, tests in matches
        )

    def alike(self, finding: Finding) -> "Alike[Subject]":
        """Weigh whatever rests on the traits of a finding alone, for all that share them."""
        return Alike(tuple(self._candidates(finding)))

    def _candidates(self, finding: Finding) -> Iterator[tuple[Subject, Met, Compiled]]:
        for subject, shared, rest in self._matches:
            how = met(shared, finding)
            if how is not None:
                yield subject, how, rest


class Alike(Generic[Subject]):
    """What findings of equal traits may still meet, and what that rests on beside the traits."""

    def __init__(self, candidates: "Candidates[Subject]") -> None:
        self._candidates = candidates
        asked = dict.fromkeys(test for _, _, rest in candidates for _, test in rest)
        self._asked = tuple(asked)
        self._known: dict[tuple[Answer, ...], tuple[tuple[Subject, Met], ...]] = {}

    def met(self, finding: Finding) -> tuple[tuple[Subject, Met], ...]:
        """Return, in order, whatever the finding meets and how."""
        answers = tuple(map(call, self._asked, repeat(finding)))
        found = self._known.get(answers)
        if found is None:
            found = self._known[answers] = tuple(self._weigh(finding))
        return found

    def _weigh(self, finding: Finding) -> Iterator[tuple[Subject, Met]]:
        for subject, how, rest in self._candidates:
            if (more := met(rest, finding)) is not None:
                yield subject, _both(how, more)


def _both(one: Met, other: Met) -> Met:
    if other is _CERTAIN:
        return one
    return Met(assumed=(*one.assumed, *other.assumed), unknown=(*one.unknown, *other.unknown))


Rules: TypeAlias = tuple[tuple[Rule, Met], ...]
Weighed: TypeAlias = tuple[Finding, Rules]
"""A finding with its priority, and the rules that it meets."""


class Matcher:
    """The compiled priorities and rules of one judgement."""

    def __init__(self, policy: Policy, world: World) -> None:
        self.world = world
        made: dict[Condition, Test] = {}
        self.rules = tuple((rule, compiled(rule.match, world, made)) for rule in policy.rules)
        self.rows = tuple((row, compiled(row.match, world, made)) for row in policy.priorities)
        self.grace = {
            rule.id: compiled(rule.grace.only_if, world) for rule in policy.rules if rule.grace
        }
        self._rules = Screen(self.rules)
        self._rows = Screen(self.rows)
        self._known: dict[tuple[object, ...], tuple[Alike[PriorityRow], Alike[Rule]]] = {}

    def weighed(self, finding: Finding) -> Weighed:
        """Return a finding made ready, and the rules that it then meets."""
        rows, rules = self._alike(finding)
        found = rows.met(finding)
        ready = self._ready(finding, found[0][0] if found else None)
        if ready is finding:
            return finding, rules.met(finding)
        return ready, self.met(ready)

    def met(self, finding: Finding) -> Rules:
        """Return the rules that a finding meets."""
        return self._alike(finding)[1].met(finding)

    def weigh(self, findings: Iterable[Finding]) -> Iterator[Weighed]:
        """Hold findings that have their priority against the rules."""
        return ((finding, self.met(finding)) for finding in findings)

    def row(self, finding: Finding) -> PriorityRow | None:
        """Return the first row that matches."""
        rows = self._alike(finding)[0].met(finding)
        return rows[0][0] if rows else None

    def ready(self, finding: Finding) -> Finding:
        """Return a copy with its priority, and with the assumed severity where none is known."""
        return self._ready(finding, self.row(finding))

    def _ready(self, finding: Finding, row: PriorityRow | None) -> Finding:
        priority = row.priority if row else LAST_PRIORITY
        if finding.severity_assumed or finding.severity == "unknown":
            return msgspec.structs.replace(
                finding,
                priority=priority,
                severity=self.world.unknowns.severity,
                severity_assumed=True,
            )
        if finding.priority == priority:
            return finding
        return msgspec.structs.replace(finding, priority=priority)

    def _alike(self, finding: Finding) -> tuple[Alike[PriorityRow], Alike[Rule]]:
        key = traits(finding)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (self._rows.alike(finding), self._rules.alike(finding))
        return known
