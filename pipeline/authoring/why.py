"""Says why a rule did or did not fail a finding of a test: the first thing that its author asks."""

from collections.abc import Iterator
from typing import Final

from pipeline.authoring.trial import STATUSES, Mismatch, Trial
from pipeline.model.finding import Finding
from pipeline.policy.explaining.explain import fields_tried
from pipeline.policy.explaining.explanation import FieldTried
from pipeline.policy.judging.fields import World
from pipeline.policy.judging.gate import matcher_of
from pipeline.policy.judging.hits import no_longer_stands
from pipeline.policy.model import Policy, Rule

_LISTS: Final = frozenset({"rules", "warnings", "grace"})
_MOST: Final = 4


def notes(trial: Trial, mismatch: Mismatch) -> tuple[str, ...]:
    """Explain one mismatch in sentences, each with the place in gate.yaml that it speaks of."""
    return tuple(_notes(trial, mismatch))


def _notes(trial: Trial, mismatch: Mismatch) -> Iterator[str]:
    if mismatch.key in _LISTS:
        for name in sorted({*mismatch.expected} ^ {*mismatch.got}):
            yield from _of_rule(trial, mismatch, name)
    elif mismatch.key == "priority":
        yield from _of_priority(trial, mismatch)
    elif mismatch.key == "verdict":
        yield from _of_verdict(trial)
    else:
        yield from _of_exceptions(trial, mismatch)


def _of_exceptions(trial: Trial, mismatch: Mismatch) -> Iterator[str]:
    records = {one.id: one for one in trial.judgement.verdict.exceptions}
    for name in sorted({*mismatch.expected} ^ {*mismatch.got}):
        if name in records:
            said = records[name]
            yield f"{name} is {said.status.value}{f': {said.reason}' if said.reason else ''}"
        elif mismatch.key == "excepted" or mismatch.key in STATUSES:
            yield f"{name} is not among the exceptions of this case"


def _of_rule(trial: Trial, mismatch: Mismatch, name: str) -> Iterator[str]:
    rule = next((one for one in trial.staged.policy.rules if one.id == name), None)
    if rule is None:
        yield from _of_notice(trial, name)
        return
    missing = name in mismatch.expected
    world = matcher_of(trial.staged).world
    lines = [
        _tried(trial, rule, world, finding, missing=missing) for finding in trial.judgement.findings
    ]
    told = [line for line in lines if line]
    if not told and missing:
        told = [f"{name} met nothing: the case has no findings"]
    yield from (f"{line}  {rule.place}" for line in told[:_MOST])


def _of_notice(trial: Trial, name: str) -> Iterator[str]:
    verdict = trial.judgement.verdict
    said = [one for one in (*verdict.breaches, *verdict.warnings) if one.rule == name]
    if said:
        yield from (one.message for one in said[:_MOST])
    else:
        yield f"the policy has no rule {name}"


def _tried(trial: Trial, rule: Rule, world: World, finding: Finding, *, missing: bool) -> str:
    """Say what a rule makes of a finding; nothing where that is not what is asked."""
    fields = fields_tried(rule.match, world, finding)
    no = [one for one in fields if one.answer == "no"]
    if no:
        said = ", ".join(f"{one.field} = {one.wanted} (is {one.found})" for one in no)
        return f"{rule.id} does not match {finding.id}: {said}" if missing else ""
    said = ", ".join(map(_value, fields))
    return f"{rule.id} matches {finding.id}: {said}{_fate(trial, rule, finding)}"


def _value(tried: FieldTried) -> str:
    words = {"yes": "", "no": "", "assumed": " (assumed)", "unknown": " (unknown, so it matches)"}
    return f"{tried.field} is {tried.found}{words[tried.answer]}"


def _fate(trial: Trial, rule: Rule, finding: Finding) -> str:
    verdict = trial.judgement.verdict
    for late in verdict.grace:
        if (late.rule, late.finding) == (rule.id, finding.id):
            return f"; it has grace until {late.until}"
    for free in verdict.excepted:
        if free.finding == finding.id and rule.id in free.rules:
            return f"; {free.exception} excepts it"
    if verdict.report_only_until is not None:
        return f"; report_only_until {verdict.report_only_until} makes it a warning"
    if no_longer_stands(finding):
        return f"; it was withdrawn on {finding.withdrawn}, so that nothing fails by it"
    effect = rule.effect_for(trial.staged.environment)
    return f"; in {trial.staged.environment} its effect is {effect}"


def _of_priority(trial: Trial, mismatch: Mismatch) -> Iterator[str]:
    wanted = dict(one.split(" ", 1) for one in mismatch.expected)
    matcher = matcher_of(trial.staged)
    for finding in trial.judgement.findings:
        if wanted.get(finding.id) == finding.priority:
            continue
        row = matcher.row(finding)
        why = f"by the row {row.title!r}  {row.place}" if row else "since no row matches"
        yield f"{finding.id} is {finding.priority} {why}"


def _of_verdict(trial: Trial) -> Iterator[str]:
    verdict = trial.judgement.verdict
    for one in verdict.unanswered[:_MOST]:
        where = ": ".join(part for part in (one.stage or "run", one.target) if part)
        yield f"{where} is not answered: {one.reason.value}, {one.detail}"
    places = _places(trial.staged.policy)
    said = (*verdict.breaches, *verdict.warnings)
    for breach in said[:_MOST]:
        at = f"  {places[breach.rule]}" if breach.rule in places else ""
        who = f"{breach.finding}: " if breach.finding else ""
        yield f"{breach.rule} says {who}{breach.message}{at}"
    yield from (f"{one.rule} gives {one.finding} until {one.until}" for one in verdict.grace)


def _places(policy: Policy) -> dict[str, str]:
    rules = {one.id: str(one.place) for one in policy.rules}
    return rules | {one.id: str(one.place) for one in policy.budgets}
