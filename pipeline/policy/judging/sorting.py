"""Sorts what was met: breaches, warnings, what has grace, and what exceptions cover."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from pipeline.model.finding import Finding
from pipeline.model.verdict import Breach, Excepted, Grace
from pipeline.policy.judging.hits import Stakes, no_longer_stands
from pipeline.policy.judging.matching import Met, Rules
from pipeline.policy.model import Rule


class Told:
    """Breaches, or warnings: those of findings by rule, and others."""

    def __init__(self) -> None:
        self.by_rule: dict[str, list[Breach]] = defaultdict(list)
        self.others: list[Breach] = []

    def __bool__(self) -> bool:
        return bool(self.by_rule or self.others)

    def about(self, findings: frozenset[str]) -> frozenset[str]:
        """Return those of some findings, by id, that are spoken of here."""
        if not findings:
            return findings
        spoken = chain(self.others, *self.by_rule.values())
        return findings.intersection(map(attrgetter("finding"), spoken))

    def take(self, more: "Told") -> None:
        """Add what another holds."""
        for rule, some in more.by_rule.items():
            self.by_rule[rule] += some
        self.others += more.others

    def ordered(self) -> tuple[Breach, ...]:
        """Sort by rule: first those of findings, by id, then others by their message."""
        others: dict[str, list[Breach]] = defaultdict(list)
        for one in sorted(self.others, key=attrgetter("message")):
            others[one.rule].append(one)
        every: list[Breach] = []
        for rule in sorted({*self.by_rule, *others}):
            every += sorted(self.by_rule.get(rule, ()), key=attrgetter("finding"))
            every += others.get(rule, ())
        return tuple(every)


class _Plain(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of findings that meet equal rules, and are neither excepted nor withdrawn."""

    sure: tuple[tuple[list[Breach], Breach], ...]
    """By rules without grace: the list, and all of the breach but the finding."""
    others: tuple[tuple[Rule, Met], ...]


class Sorted:
    """What was met, each in exactly one list."""

    def __init__(self, stakes: Stakes) -> None:
        self.breaches = Told()
        self.warnings = Told()
        self._of = {"fail": self.breaches.by_rule, "warn": self.warnings.by_rule}
        self.grace: list[Grace] = []
        self._excepted: dict[tuple[str, str], list[str]] = {}
        self._stakes = stakes
        self._plain: dict[Rules, _Plain] = {}

    def take(self, finding: Finding, rules: Rules) -> None:
        """Sort the rules that a finding meets of which no exception speaks."""
        if finding.withdrawn is not None:
            self.take_covered(finding, rules, {})
            return
        # Most findings are neither excepted nor withdrawn, and most rules give no grace: for
        # a million findings, asking each again costs more than all that is done here.
        ident = finding.id
        plain = self._plain.get(rules) or self._kept(rules)
        for told, breach in plain.sure:
            told.append(replace(breach, finding=ident))
        for rule, how in plain.others:
            self._take(finding, rule, how, ())

    def take_covered(
        self, finding: Finding, rules: Rules, covered: Mapping[str, tuple[str, ...]]
    ) -> None:
        """Sort the rules that a finding meets, by the exceptions that cover it for each."""
        for rule, how in rules.met:
            self._take(finding, rule, how, covered.get(rule.id, ()))

    def _kept(self, rules: Rules) -> "_Plain":
        """Prepare what all findings get that meet these rules, and keep it."""
        fixed = self._stakes.fixed
        sure = tuple(
            (self._of[fixed[rule.id]][rule.id], _breach(None, rule, how, rule.title))
            for rule, how in rules.met
            if rule.id in fixed
        )
        others = tuple((rule, how) for rule, how in rules.met if rule.id not in fixed)
        made = self._plain[rules] = _Plain(sure=sure, others=others)
        return made

    def _take(self, finding: Finding, rule: Rule, how: Met, covering: tuple[str, ...]) -> None:
        effect, until = self._stakes.of(finding, rule)
        if until is not None:
            self.grace.append(Grace(rule=rule.id, finding=finding.id, until=until))
        elif covering:
            for name in covering:
                self._excepted.setdefault((name, finding.id), []).append(rule.id)
        else:
            breach = _breach(finding.id, rule, how, _told(rule, finding))
            self._of[effect][rule.id].append(breach)

    @property
    def excepted(self) -> tuple[Excepted, ...]:
        """What exceptions cover."""
        return tuple(
            Excepted(exception=name, finding=finding, rules=tuple(sorted(rules)))
            for (name, finding), rules in sorted(self._excepted.items())
        )


def _breach(finding: str | None, rule: Rule, how: Met, message: str) -> Breach:
    return Breach(
        rule=rule.id,
        finding=finding,
        certain=not how.unknown,
        assumed=how.assumed,
        message=message,
    )


def _told(rule: Rule, finding: Finding) -> str:
    if no_longer_stands(finding):
        return f"{rule.title} (withdrawn on {finding.withdrawn}: it warns)"
    return rule.title
