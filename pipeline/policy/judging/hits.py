"""Which rules each finding meets, and whether there is time left."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import msgspec

from pipeline.model.finding import Finding, State
from pipeline.model.severity import Severity
from pipeline.policy.case import Case
from pipeline.policy.judging.matching import Matcher, Met, Weighed, surely
from pipeline.policy.judging.sla import day_of
from pipeline.policy.model import Effect, Rule


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A rule that a finding meets."""

    finding: Finding
    rule: Rule
    met: Met
    effect: Effect
    until: str | None
    """The day on which its grace ends; None where it has none."""


class Stakes:
    """What it means here that a finding meets a rule."""

    def __init__(self, case: Case, matcher: Matcher) -> None:
        self._today = case.today
        self._matcher = matcher
        self._effects = {rule.id: rule.effect_for(case.environment) for rule in case.policy.rules}
        self.fixed = {
            rule.id: self._effects[rule.id] for rule in case.policy.rules if rule.grace is None
        }
        """The effects of rules without grace, on all that has not been withdrawn."""

    def of(self, finding: Finding, rule: Rule) -> tuple[Effect, str | None]:
        """Return the effect, and the day on which its grace ends, if it has any."""
        effect = self._effects[rule.id]
        if finding.withdrawn is not None:
            effect = effect_on(finding, effect)
        return effect, grace(self._matcher, rule, effect, finding, self._today)


def hits(case: Case, matcher: Matcher, found: Iterable[Weighed]) -> Iterator[Hit]:
    """Say of every rule that was met what it means here."""
    stakes = Stakes(case, matcher)
    for finding, rules in found:
        for rule, how in rules.met:
            yield Hit(finding, rule, how, *stakes.of(finding, rule))


def effect_on(finding: Finding, effect: Effect) -> Effect:
    """Return what an effect is for a finding: nothing fails by what nobody stands by any more."""
    return "warn" if no_longer_stands(finding) else effect


def no_longer_stands(finding: Finding) -> bool:
    """Say whether everybody who published an advisory took it back, and nobody exploits it."""
    return finding.withdrawn is not None and not finding.kev


def grace(
    matcher: Matcher, rule: Rule, effect: Effect, finding: Finding, today: date
) -> str | None:
    """Return the end of a breach's grace, if it has any today."""
    if rule.grace is None or effect == "warn" or refused_grace(finding) is not None:
        return None
    since = day_of(getattr(finding, rule.grace.since))
    if since is None or since > today.toordinal():
        return None
    until = date.fromordinal(since) + timedelta(days=rule.grace.days)
    if today >= until or not surely(matcher.grace[rule.id], finding):
        return None
    return until.isoformat()


def refused_grace(finding: Finding) -> str | None:
    """Say why a finding never has grace, whatever the rule says."""
    if finding.kev:
        return "it is known to be exploited"
    if finding.severity is Severity.CRITICAL:
        return "it is critical"
    if finding.severity_assumed or finding.severity is Severity.UNKNOWN:
        return "nobody knows how severe it is"
    if finding.state is State.NEW:
        return "it is new"
    return None
