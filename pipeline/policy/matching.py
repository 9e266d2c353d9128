"""Compiles a policy's matches to closures, once for each judgement."""

from datetime import date
from typing import Final, TypeAlias

import msgspec

from pipeline.model.finding import Finding
from pipeline.policy.fields import FIELDS, Answer, Test, World
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


def world_of(policy: Policy, *, today: date, feeds: frozenset[str]) -> World:
    """Gather what tests may know beside the finding."""
    return World(
        unknowns=policy.unknowns,
        clocks=policy.clocks,
        overdue_on=today.toordinal(),
        epss_known="epss" in feeds,
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
        if answer is Answer.YES:
            continue
        if answer is Answer.NO:
            return None
        if answer is Answer.ASSUMED:
            assumed = (*assumed, field)
        else:
            unknown = (*unknown, field)
    return Met(assumed=assumed, unknown=unknown) if assumed or unknown else _CERTAIN


def surely(tests: Compiled, finding: Finding) -> bool:
    """Say whether all tests say yes on known values: what grace asks for."""
    return all(test(finding) is Answer.YES for _, test in tests)


class Matcher:
    """The compiled priorities and rules of one judgement."""

    def __init__(self, policy: Policy, world: World) -> None:
        self.world = world
        self.rows: tuple[tuple[PriorityRow, Compiled], ...] = tuple(
            (row, compiled(row.match, world)) for row in policy.priorities
        )
        self.rules: tuple[tuple[Rule, Compiled], ...] = tuple(
            (rule, compiled(rule.match, world)) for rule in policy.rules
        )
        self.grace: dict[str, Compiled] = {
            rule.id: compiled(rule.grace.only_if, world) for rule in policy.rules if rule.grace
        }

    def row(self, finding: Finding) -> PriorityRow | None:
        """Return the first row that matches."""
        for row, tests in self.rows:
            if met(tests, finding) is not None:
                return row
        return None

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
