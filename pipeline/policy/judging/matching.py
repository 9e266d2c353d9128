"""Compiles a policy's matches to closures, once for each judgement."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from pipeline.model.finding import Finding
from pipeline.policy.judging.fields import FIELDS, TRAITS, Answer, Test, World, traits
from pipeline.policy.model import LAST_PRIORITY, Match, Policy, PriorityRow, Rule


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


def compiled(match: Match, world: World) -> Compiled:
    """Make the tests of a match, in the order of the registry: cheap and selective ones first."""
    order = tuple(FIELDS)
    return tuple(
        (condition.field, FIELDS[condition.field](condition, world))
        for condition in sorted(match, key=lambda one: order.index(one.field))
    )


def met(tests: Compiled, finding: Finding) -> Met | None:
    """Ask all tests; None when one says no."""
    assumed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    for field, test in tests:
        answer = test(finding)
        if answer is Answer.NO:
            return None
        if answer is Answer.ASSUMED:
            assumed = (*assumed, field)
        elif answer is Answer.UNKNOWN:
            unknown = (*unknown, field)
    return Met(assumed=assumed, unknown=unknown) if assumed or unknown else _CERTAIN


def surely(tests: Compiled, finding: Finding) -> bool:
    """Say whether all tests say yes on known values: what grace asks for."""
    return all(test(finding) is Answer.YES for _, test in tests)


Subject = TypeVar("Subject")


class Screen(Generic[Subject]):
    """Many matches asked at once. What rests on shared traits is answered once for each."""

    def __init__(self, matches: Iterable[tuple[Subject, Compiled]]) -> None:
        self._matches = tuple(
            (
                subject,
                tuple(test for test in tests if test[0] in TRAITS),
                tuple(test for test in tests if test[0] not in TRAITS),
            )
            for subject, tests in matches
        )
        self._known: dict[tuple[object, ...], tuple[tuple[Subject, Met, Compiled], ...]] = {}

    def met(self, finding: Finding) -> Iterator[tuple[Subject, Met]]:
        """Yield, in order, whatever the finding meets and how."""
        key = traits(finding)
        candidates = self._known.get(key)
        if candidates is None:
            candidates = self._known[key] = tuple(self._candidates(finding))
        for subject, how, rest in candidates:
            if not rest:
                yield subject, how
            elif (more := met(rest, finding)) is not None:
                yield subject, _both(how, more)

    def _candidates(self, finding: Finding) -> Iterator[tuple[Subject, Met, Compiled]]:
        for subject, shared, rest in self._matches:
            how = met(shared, finding)
            if how is not None:
                yield subject, how, rest


def _both(one: Met, other: Met) -> Met:
    if other is _CERTAIN:
        return one
    return Met(assumed=(*one.assumed, *other.assumed), unknown=(*one.unknown, *other.unknown))


class Matcher:
    """The compiled priorities and rules of one judgement."""

    def __init__(self, policy: Policy, world: World) -> None:
        self.world = world
        self.rules = tuple((rule, compiled(rule.match, world)) for rule in policy.rules)
        self.rows = tuple((row, compiled(row.match, world)) for row in policy.priorities)
        self.grace = {
            rule.id: compiled(rule.grace.only_if, world) for rule in policy.rules if rule.grace
        }
        self._rules = Screen(self.rules)
        self._rows = Screen(self.rows)

    def met(self, finding: Finding) -> Iterator[tuple[Rule, Met]]:
        """Yield the rules that a finding meets."""
        return self._rules.met(finding)

    def row(self, finding: Finding) -> PriorityRow | None:
        """Return the first row that matches."""
        return next((row for row, _ in self._rows.met(finding)), None)

    def ready(self, finding: Finding) -> Finding:
        """Return a copy with its priority, and with the assumed severity where none is known."""
        row = self.row(finding)
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
