"""Sorts what was met: breaches, warnings, what has grace, and what exceptions cover."""

from collections import defaultdict
from collections.abc import Iterator
from operator import attrgetter

from pipeline.model.finding import Finding
from pipeline.model.verdict import Breach, Excepted, Grace
from pipeline.policy.judging.exceptions import Applied
from pipeline.policy.judging.hits import Stakes, no_longer_stands
from pipeline.policy.judging.matching import Met, Rules
from pipeline.policy.model import Rule


class Told:
    """Breaches, or warnings: those of findings by rule, as they come, and others."""

    def __init__(self) -> None:
        self.by_rule: dict[str, list[Breach]] = defaultdict(list)
        self.others: list[Breach] = []

    def __bool__(self) -> bool:
        return bool(self.by_rule or self.others)

    def __iter__(self) -> Iterator[Breach]:
        for some in self.by_rule.values():
            yield from some
        yield from self.others

    def take(self, more: "Told") -> None:
        """Add what another holds."""
        for rule, some in more.by_rule.items():
            self.by_rule[rule] += some
        self.others += more.others

    def ordered(self) -> tuple[Breach, ...]:
        """Sort by rule: those of findings as they came, then others by their message."""
        others: dict[str, list[Breach]] = defaultdict(list)
        for one in sorted(self.others, key=attrgetter("message")):
            others[one.rule].append(one)
        every: list[Breach] = []
        for rule in sorted({*self.by_rule, *others}):
            every += self.by_rule.get(rule, ())
            every += others.get(rule, ())
        return tuple(every)


class Sorted:
    """What was met, each in exactly one list, in the order in which it came."""

    def __init__(self, stakes: Stakes, applied: Applied) -> None:
        self.breaches = Told()
        self.warnings = Told()
        self._of = {"fail": self.breaches.by_rule, "warn": self.warnings.by_rule}
        self.grace: list[Grace] = []
        self._excepted: dict[tuple[str, str], list[str]] = {}
        self._stakes = stakes
        self._covered = applied.covered

    def take(self, finding: Finding, rules: Rules) -> None:
        """Sort the rules that a finding meets."""
        # Most findings are neither excepted nor withdrawn, and most rules give no grace: for
        # a million findings, asking each again costs more than all that is done here.
        covered = self._covered.get(finding.id)
        plain = self._stakes.fixed if covered is None and finding.withdrawn is None else {}
        for rule, how in rules:
            effect = plain.get(rule.id)
            if effect is None:
                self._take(finding, rule, how, (covered or {}).get(rule.id, ()))
            else:
                self._of[effect][rule.id].append(_breach(finding, rule, how, rule.title))

    def _take(self, finding: Finding, rule: Rule, how: Met, covering: tuple[str, ...]) -> None:
        effect, until = self._stakes.of(finding, rule)
        if until is not None:
            self.grace.append(Grace(rule=rule.id, finding=finding.id, until=until))
        elif covering:
            for name in covering:
                self._excepted.setdefault((name, finding.id), []).append(rule.id)
        else:
            breach = _breach(finding, rule, how, _told(rule, finding))
            self._of[effect][rule.id].append(breach)

    @property
    def excepted(self) -> tuple[Excepted, ...]:
        """What exceptions cover."""
        return tuple(
            Excepted(exception=name, finding=finding, rules=tuple(sorted(rules)))
            for (name, finding), rules in sorted(self._excepted.items())
        )


def _breach(finding: Finding, rule: Rule, how: Met, message: str) -> Breach:
    return Breach(
        rule=rule.id,
        finding=finding.id,
        certain=not how.unknown,
        assumed=how.assumed,
        message=message,
    )


def _told(rule: Rule, finding: Finding) -> str:
    if no_longer_stands(finding):
        return f"{rule.title} (withdrawn on {finding.withdrawn}: it warns)"
    return rule.title
