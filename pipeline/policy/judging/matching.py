"""Compiles a policy's matches to closures, once for each judgement."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
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
Result = TypeVar("Result")

Found: TypeAlias = tuple[tuple[Subject, Met], ...]
Candidates: TypeAlias = tuple[tuple[Subject, Met, Compiled], ...]


class Screen(Generic[Subject, Result]):
    """Many matches asked at once: findings that answer alike are weighed once.

    `result` makes of what they meet, in order and with how, what they all get.
    """

    def __init__(
        self,
        matches: Iterable[tuple[Subject, Compiled]],
        result: Callable[[Found[Subject]], Result],
    ) -> None:
        self._result = result
        self._matches = tuple(
            (
                subject,
                tuple(test for test in tests if test[0] in TRAITS),
                tuple(test for test in tests if test[0] not in TRAITS),
            )
            for subject, tests in matches
        )

    def alike(self, finding: Finding) -> "Alike[Subject, Result]":
        """Weigh whatever rests on the traits of a finding alone, for all that share them."""
        return Alike(tuple(self._candidates(finding)), self._result)

    def _candidates(self, finding: Finding) -> Iterator[tuple[Subject, Met, Compiled]]:
        for subject, shared, rest in self._matches:
            how = met(shared, finding)
            if how is not None:
                yield subject, how, rest


class Alike(Generic[Subject, Result]):
    """What findings of equal traits may still meet, and what that rests on beside the traits."""

    def __init__(
        self, candidates: Candidates[Subject], result: Callable[[Found[Subject]], Result]
    ) -> None:
        self._candidates = candidates
        self._result = result
        asked = dict.fromkeys(test for _, _, rest in candidates for _, test in rest)
        self._asked = tuple(asked)
        self._known: dict[tuple[Answer, ...], Result] = {}

    def met(self, finding: Finding) -> Result:
        """Return what becomes of whatever the finding meets."""
        # In a comprehension Python calls functions of Python without leaving its own loop.
        answers = tuple([test(finding) for test in self._asked]) if self._asked else ()
        try:
            return self._known[answers]
        except KeyError:
            made = self._known[answers] = self._result(tuple(self._weigh(finding)))
            return made

    def _weigh(self, finding: Finding) -> Iterator[tuple[Subject, Met]]:
        for subject, how, rest in self._candidates:
            if (more := met(rest, finding)) is not None:
                yield subject, _both(how, more)


def _both(one: Met, other: Met) -> Met:
    if other is _CERTAIN:
        return one
    return Met(assumed=(*one.assumed, *other.assumed), unknown=(*one.unknown, *other.unknown))


class Rules(msgspec.Struct, frozen=True, eq=False):
    """The rules that findings meet which answer alike, made once and shared by all of them.

    Each equals itself alone, so that whatever rests on it can be kept by it.
    """

    met: tuple[tuple[Rule, Met], ...]
    ids: frozenset[str]


def _rules(found: Found[Rule]) -> Rules:
    return Rules(found, frozenset(rule.id for rule, _ in found))


def _first(found: Found[PriorityRow]) -> PriorityRow | None:
    return found[0][0] if found else None


Weighed: TypeAlias = tuple[Finding, Rules]
"""A finding with its priority, and the rules that it meets."""
_Shared: TypeAlias = tuple[Alike[PriorityRow, PriorityRow | None], Alike[Rule, Rules]]


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
        self._rules = Screen(self.rules, _rules)
        self._rows = Screen(self.rows, _first)
        self._known: dict[tuple[object, ...], _Shared] = {}

    def weighed(self, finding: Finding) -> Weighed:
        """Return a finding made ready, and the rules that it then meets."""
        rows, rules = self._alike(finding)
        ready = self._ready(finding, rows.met(finding))
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
        return self._alike(finding)[0].met(finding)

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

    def _alike(self, finding: Finding) -> _Shared:
        key = traits(finding)
        try:
            return self._known[key]
        except KeyError:
            made = self._known[key] = (self._rows.alike(finding), self._rules.alike(finding))
            return made
