"""The gate: evidence first, then rules, grace, exceptions and budgets, and PASS last of all."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from operator import attrgetter, eq

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.verdict import (
    Breach,
    Decision,
    Excepted,
    ExceptionRecord,
    ExceptionStatus,
    Grace,
    Verdict,
)
from pipeline.policy.case import Case, Judgement
from pipeline.policy.judging.break_glass import break_glass
from pipeline.policy.judging.budgets import Tally
from pipeline.policy.judging.evidence import Evidence, weigh
from pipeline.policy.judging.exceptions import Applied, apply
from pipeline.policy.judging.freshness import believed
from pipeline.policy.judging.hits import Hit, hits, no_longer_stands
from pipeline.policy.judging.matching import Matcher, world_of
from pipeline.policy.judging.notices import about_exceptions
from pipeline.policy.model import Rule

__all__ = ["Case", "Judgement", "judge"]


def judge(case: Case) -> Judgement:
    """Judge a case. Raises UsageError where the policy cannot judge this environment."""
    case.policy.refuse_unusable(case.environment)
    evidence = weigh(case)
    matcher = matcher_of(case)
    findings = _by_id(map(matcher.ready, case.findings))
    # Two lists, and no pairs: a million of those cost more than all that is asked of them.
    rules = list(map(matcher.met, findings))
    applied = apply(case, zip(findings, rules, strict=True))
    sorted_hits = _sort(hits(case, matcher, zip(findings, rules, strict=True)), applied)
    tally = Tally(case, findings, applied.fates, sorted_hits.failing)
    return Judgement(
        verdict=_verdict(case, evidence, sorted_hits, applied, tally),
        findings=findings,
        required=tuple(case.policy.required(case.environment).items()),
    )


def matcher_of(case: Case) -> Matcher:
    """Compile the policy for a case."""
    feeds = believed(case)
    doubted = frozenset(feed.name for feed in case.feeds) - feeds
    world = world_of(case.policy, today=case.today, feeds=feeds, doubted=doubted)
    return Matcher(case.policy, world)


def _by_id(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort; two findings under one id stand in an order that does not rest on the input's."""
    found = sorted(findings, key=attrgetter("id"))
    ids = [one.id for one in found]
    if any(map(eq, ids, islice(ids, 1, None))):
        found.sort(key=lambda one: (one.id, msgspec.json.encode(one)))
    return tuple(found)


class _Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """The hits, each in exactly one list."""

    breaches: tuple[Breach, ...]
    warnings: tuple[Breach, ...]
    grace: tuple[Grace, ...]
    excepted: tuple[Excepted, ...]

    @property
    def failing(self) -> frozenset[str]:
        """The findings that fail the gate by themselves."""
        return frozenset(one.finding for one in self.breaches if one.finding is not None)


def _sort(found: Iterable[Hit], applied: Applied) -> _Sorted:
    breaches: list[Breach] = []
    warnings: list[Breach] = []
    grace: list[Grace] = []
    excepted: dict[tuple[str, str], list[str]] = {}
    covered = applied.covered
    for hit in found:
        finding, rule, how, effect, until = hit.finding, hit.rule, hit.met, hit.effect, hit.until
        if until is not None:
            grace.append(Grace(rule=rule.id, finding=finding.id, until=until))
        elif covering := covered.get((finding.id, rule.id)):
            for name in covering:
                excepted.setdefault((name, finding.id), []).append(rule.id)
        else:
            breach = Breach(
                rule=rule.id,
                finding=finding.id,
                certain=not how.unknown,
                assumed=how.assumed,
                message=rule.title if finding.withdrawn is None else _told(rule, finding),
            )
            (breaches if effect == "fail" else warnings).append(breach)
    return _Sorted(
        breaches=tuple(breaches),
        warnings=tuple(warnings),
        grace=tuple(sorted(grace)),
        excepted=tuple(
            Excepted(exception=name, finding=finding, rules=tuple(sorted(rules)))
            for (name, finding), rules in sorted(excepted.items())
        ),
    )


def _told(rule: Rule, finding: Finding) -> str:
    if no_longer_stands(finding):
        return f"{rule.title} (withdrawn on {finding.withdrawn}: it warns)"
    return rule.title


def _verdict(
    case: Case, evidence: Evidence, found: _Sorted, applied: Applied, tally: Tally
) -> Verdict:
    budgets = tally.records()
    breaches = list(found.breaches)
    warnings = [*found.warnings, *evidence.warnings]
    for budget, record in budgets:
        if record.breached:
            told = f"{budget.title}: {record.value} of fewer than {record.limit}"
            breach = Breach(rule=budget.id, finding=None, certain=True, message=told)
            (breaches if budget.effect == "fail" else warnings).append(breach)
    about = about_exceptions(case, applied.fates, complete=not evidence.unanswered)
    breaches += about.breaches
    warnings += about.warnings
    until = case.policy.report_only_until.get(case.environment)
    hidden = bool(breaches) and until is not None and case.today < until
    if hidden:
        warnings += breaches
        breaches = []
    decision = _decide(breaches, evidence, [*warnings, *found.grace])
    return Verdict(
        verdict=decision,
        exit_code=int(decision.exit),
        environment=case.environment,
        now=case.instant.isoformat().replace("+00:00", "Z"),
        subject=case.subject,
        policy=case.source,
        demo=evidence.demo,
        breaches=_ordered(breaches),
        warnings=_ordered(warnings),
        grace=found.grace,
        excepted=found.excepted,
        exceptions=_records(case, applied),
        budgets=tuple(sorted(record for _, record in budgets)),
        unanswered=evidence.unanswered,
        tolerated=evidence.tolerated,
        break_glass=break_glass(case, decision, evidence.unanswered),
        report_only_until=until.isoformat() if hidden and until else None,
    )


def _decide(breaches: list[Breach], evidence: Evidence, warned: list[Breach | Grace]) -> Decision:
    if breaches:
        return Decision.FAIL
    if evidence.unanswered:
        return Decision.INCONCLUSIVE
    if warned:
        return Decision.WARN
    return Decision.PASS


def _ordered(breaches: Iterable[Breach]) -> tuple[Breach, ...]:
    """Sort by rule: those of findings as they come, by finding, then others by their message."""
    by_rule: dict[str, list[Breach]] = defaultdict(list)
    others: dict[str, list[Breach]] = defaultdict(list)
    for one in breaches:
        (by_rule if one.finding is not None else others)[one.rule].append(one)
    return tuple(
        one
        for rule in sorted({*by_rule, *others})
        for one in (*by_rule[rule], *sorted(others[rule], key=attrgetter("message")))
    )


def _records(case: Case, applied: Applied) -> tuple[ExceptionRecord, ...]:
    bad = (
        ExceptionRecord(
            id=one.id,
            status=ExceptionStatus.INVALID,
            matches=0,
            expires=None,
            reason=f"{one.place}: {one.reason}",
        )
        for one in case.policy.bad_exceptions
    )
    good = (one.record for one in applied.fates)
    return tuple(sorted((*good, *bad), key=lambda one: (one.id, one.reason)))
