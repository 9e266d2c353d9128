"""Turns a checked gate.yaml into the policy of the gate; refuses what contradicts itself."""

import re
from collections.abc import Mapping
from typing import Final

from pipeline.errors import UsageError, Where
from pipeline.model.severity import Severity
from pipeline.policy.loading.document import (
    BudgetTable,
    ExceptionsTable,
    GateDocument,
    GraceTable,
    MatchTable,
    PriorityTable,
    RuleTable,
    SlaTable,
    UnknownsTable,
    named,
)
from pipeline.policy.loading.located import fault, near
from pipeline.policy.loading.yaml import Document, Path
from pipeline.policy.model import (
    PRIORITIES,
    Budget,
    Clocks,
    Condition,
    ExceptionTerms,
    GraceTerms,
    Match,
    PriorityRow,
    Rule,
    Unknowns,
)

_NOT_IN: Final = {
    "priorities": frozenset({"priority", "sla_breached"}),
    "rules": frozenset[str](),
    "grace": frozenset({"sla_breached"}),
}
"""Fields that a match may not use, since they are made from its own result."""


_NEAR_THE_TOP: Final = 3


class Builder:
    """Builds the parts of one gate.yaml; every fault names its line."""

    def __init__(self, gate: GateDocument, document: Document, stages: tuple[str, ...]) -> None:
        self.gate = gate
        self.document = document
        self.stages = stages

    def priorities(self) -> tuple[PriorityRow, ...]:
        """Build the priority table, in its order."""
        return tuple(self._row(index, row) for index, row in enumerate(self.gate.priorities))

    def _row(self, index: int, row: PriorityTable) -> PriorityRow:
        path: Path = ("priorities", index)
        return PriorityRow(
            priority=row.priority,
            title=row.title,
            match=self._match(row.match, (*path, "match"), "priorities"),
            place=self.document.where(path),
        )

    def rules(self) -> tuple[Rule, ...]:
        """Build the rules, each under an id of its own."""
        seen: dict[str, Path] = {}
        rules = []
        for index, rule in enumerate(self.gate.rules):
            self._unique(rule.id, ("rules", index, "id"), seen)
            rules.append(self._rule(index, rule))
        for index, budget in enumerate(self.gate.budgets):
            self._unique(budget.id, ("budgets", index, "id"), seen)
        return tuple(rules)

    def _unique(self, name: str, path: Path, seen: dict[str, Path]) -> None:
        if name in seen:
            first = self.document.where(seen[name]).line
            raise fault(self.document, path, f"the id {name} stands here again, first on {first}")
        seen[name] = path

    def _rule(self, index: int, rule: RuleTable) -> Rule:
        path: Path = ("rules", index)
        return Rule(
            id=rule.id,
            title=rule.title,
            match=self._match(rule.match, (*path, "match"), "rules"),
            effect=rule.effect,
            effect_in=named(rule.effect_in),
            grace=self._grace(rule.grace, (*path, "grace")) if rule.grace else None,
            exception_roles=tuple(rule.exception_roles),
            controls=tuple(rule.controls),
            place=self.document.where(path),
        )

    def _grace(self, grace: GraceTable, path: Path) -> GraceTerms:
        return GraceTerms(
            days=grace.days,
            since=grace.since,
            only_if=self._match(grace.only_if, (*path, "only_if"), "grace"),
        )

    def _match(self, match: MatchTable, path: Path, place: str) -> Match:
        written = match.model_dump(exclude_none=True)
        if not written:
            raise fault(self.document, path, "an empty match would match everything or nothing")
        for field in sorted(_NOT_IN[place] & set(written)):
            raise fault(self.document, (*path, field), f"{field} cannot be used in {place}")
        if match.sla_breached and self.gate.sla is None:
            raise fault(
                self.document, (*path, "sla_breached"), "no `sla` says how long it may take"
            )
        for name in match.stage or ():
            self._known_stage(name, (*path, "stage"))
        return tuple(_condition(field, value) for field, value in written.items())

    def _known_stage(self, name: str, path: Path) -> None:
        known = (*self.stages, "penstock")
        if name not in known:
            raise fault(
                self.document,
                path,
                f"there is no stage {name!r}",
                near(name, known) or _list(known),
            )

    def budgets(self) -> tuple[Budget, ...]:
        """Build the budgets."""
        return tuple(self._budget(index, one) for index, one in enumerate(self.gate.budgets))

    def _budget(self, index: int, budget: BudgetTable) -> Budget:
        return Budget(
            id=budget.id,
            title=budget.title,
            count=budget.count,
            limit=budget.lt,
            effect=budget.effect,
            environments=tuple(budget.environments),
            place=self.document.where(("budgets", index)),
        )

    def terms(self) -> ExceptionTerms:
        """Build what an exception may be."""
        said = self.gate.exceptions
        return ExceptionTerms(
            approvals={"default": 1, **named(said.approvals)},
            max_days=max_days(said),
            warn_before_days=said.warn_before_days,
            unused_warn_after_days=said.unused.warn_after_days,
            unused_fail_after_days=said.unused.fail_after_days,
            void_when_fixable=said.void_if.fix_available_became_true,
            ticket_pattern=said.ticket_pattern,
            min_reason_chars=said.min_reason_chars,
            max_matches=said.max_matches_default,
        )

    def ticket(self) -> re.Pattern[str]:
        """Compile the pattern that a ticket must match."""
        try:
            return re.compile(self.gate.exceptions.ticket_pattern)
        except (re.error, OverflowError, RecursionError) as exc:
            path = ("exceptions", "ticket_pattern")
            raise fault(self.document, path, f"this is no regular expression: {exc}") from exc

    def places(self) -> Mapping[str, Where]:
        """Name the lines that messages of the gate point at."""
        places = {
            f"stage:{stage}": self.document.where(("evidence", "stages", stage))
            for stage in self.stages
        }
        terms = {
            f"exceptions.{name}": self.document.where(("exceptions", name))
            for name in ExceptionsTable.model_fields
        }
        return {
            **self._written(),
            **places,
            **terms,
            "excerpts": self.document.where(("evidence", "excerpts")),
            "sandbox": self.document.where(("evidence", "sandbox")),
            "denied": self.document.where(("evidence", "tools", "denied")),
        }

    def _written(self) -> Mapping[str, Where]:
        """Name the place of every key near the top, such as `sla.days.P0`."""
        return {
            ".".join(map(str, path)): self.document.where(path)
            for path in self.document.marks
            if 0 < len(path) <= _NEAR_THE_TOP and path[0] not in _NOT_IN
        }


def max_days(said: ExceptionsTable) -> Mapping[str, int]:
    """Return the longest life of an exception by priority; what is not written is short."""
    default = {"P0": 7, "P1": 30, "P2": 90, "P3": 180}
    written = named(said.max_days)
    return {priority: written.get(priority, default[priority]) for priority in PRIORITIES}


def unknowns(said: UnknownsTable) -> Unknowns:
    """Build what unknown values count as."""
    return Unknowns(
        severity=Severity(said.severity),
        fix_available=True if said.fix_available else None,
        epss=said.epss,
        kev=said.kev,
        exposure=said.exposure,
    )


def clocks(said: SlaTable | None, document: Document) -> Clocks | None:
    """Build the remediation clocks; every priority needs one."""
    if said is None:
        return None
    written = named(said.days)
    missing = [priority for priority in PRIORITIES if priority not in written]
    if missing:
        raise fault(document, ("sla", "days"), f"{', '.join(missing)} has no number of days")
    return Clocks(clock=said.clock, days=written, unknown_since=said.unknown_since)


def _condition(field: str, value: object) -> Condition:
    match value:
        case bool():
            return Condition(field=field, flag=value)
        case {"gte": float() | int() as bound}:
            return Condition(field=field, at_least=float(bound))
        case list():
            return Condition(field=field, words=tuple(str(word) for word in value))
        case _:
            raise UsageError(f"the field {field} has a value of no known form")


def _list(known: tuple[str, ...]) -> str:
    return f"known are {', '.join(known)}"
