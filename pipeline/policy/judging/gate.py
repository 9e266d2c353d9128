"""The gate: evidence first, then rules, grace, exceptions and budgets, and PASS last of all."""

from collections.abc import Iterable
from itertools import islice
from operator import attrgetter, lt

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.severity import Severity
from pipeline.model.verdict import (
    Breach,
    Decision,
    ExceptionRecord,
    ExceptionStatus,
    Verdict,
)
from pipeline.policy.case import Case, Judgement
from pipeline.policy.judging.break_glass import break_glass
from pipeline.policy.judging.budgets import Tally
from pipeline.policy.judging.evidence import Evidence, weigh
from pipeline.policy.judging.exceptions import Applied, Claims
from pipeline.policy.judging.freshness import believed
from pipeline.policy.judging.hits import Stakes
from pipeline.policy.judging.matching import Matcher, Weighed, world_of
from pipeline.policy.judging.notices import about_exceptions
from pipeline.policy.judging.sorting import Sorted, Told
from pipeline.policy.judging.uncollected import uncollected

__all__ = ["Case", "Judgement", "judge"]


@uncollected
def judge(case: Case) -> Judgement:
    """Judge a case. Raises UsageError where the policy cannot judge this environment."""
    case.policy.refuse_unusable(case.environment)
    evidence = weigh(case)
    matcher = matcher_of(case)
    met = Sorted(Stakes(case, matcher))
    findings, critical, applied = _sort(case, matcher, met)
    tally = Tally(case, critical, applied.fates, met.breaches)
    return Judgement(
        verdict=_verdict(case, evidence, met, applied, tally),
        findings=findings,
        required=tuple(case.policy.required(case.environment).items()),
    )


def _sort(
    case: Case, matcher: Matcher, met: Sorted
) -> tuple[tuple[Finding, ...], list[Finding], Applied]:
    """Weigh every finding; return all, the critical ones, and what exceptions cover.

    A million findings lie apart in memory, so each is read once: what no exception speaks of is
    sorted at once, and the others wait until it is known what became of their exceptions.
    """
    weigh, claims, worst = matcher.weighed, Claims(case), Severity.CRITICAL
    findings: list[Finding] = []
    critical: list[Finding] = []
    claimed: list[Weighed] = []
    for one in _by_id(case.findings, matcher):
        weighed = finding, rules = weigh(one)
        findings.append(finding)
        if finding.severity is worst:
            critical.append(finding)
        if not rules.met:
            continue
        if claims.take(finding, rules):
            claimed.append(weighed)
        else:
            met.take(finding, rules)
    applied = claims.applied()
    for finding, rules in claimed:
        met.take_covered(finding, rules, applied.covered.get(finding.id, {}))
    return tuple(findings), critical, applied


def matcher_of(case: Case) -> Matcher:
    """Compile the policy for a case."""
    feeds = believed(case)
    doubted = frozenset(feed.name for feed in case.feeds) - feeds
    world = world_of(case.policy, today=case.today, feeds=feeds, doubted=doubted)
    return Matcher(case.policy, world)


def _by_id(given: Iterable[Finding], matcher: Matcher) -> list[Finding]:
    """Sort; two findings under one id stand in an order that does not rest on the input's."""
    found = list(given)
    ids = list(map(attrgetter("id"), found))
    if all(map(lt, ids, islice(ids, 1, None))):
        return found  # as every bundle holds them
    if len(set(ids)) == len(ids):
        return sorted(found, key=attrgetter("id"))
    return sorted(found, key=lambda one: (one.id, msgspec.json.encode(matcher.ready(one))))


def _verdict(
    case: Case, evidence: Evidence, found: Sorted, applied: Applied, tally: Tally
) -> Verdict:
    budgets = tally.records()
    breaches, warnings = found.breaches, found.warnings
    warnings.others += evidence.warnings
    for budget, record in budgets:
        if record.breached:
            told = f"{budget.title}: {record.value} of fewer than {record.limit}"
            breach = Breach(rule=budget.id, finding=None, certain=True, message=told)
            (breaches if budget.effect == "fail" else warnings).others.append(breach)
    about = about_exceptions(case, applied.fates, complete=not evidence.unanswered)
    breaches.others += about.breaches
    warnings.others += about.warnings
    until = case.policy.report_only_until.get(case.environment)
    hidden = bool(breaches) and until is not None and case.today < until
    if hidden:
        warnings.take(breaches)
        breaches = Told()
    decision = _decide(breaches, evidence, warned=bool(warnings or found.grace))
    return Verdict(
        verdict=decision,
        exit_code=int(decision.exit),
        environment=case.environment,
        now=case.instant.isoformat().replace("+00:00", "Z"),
        subject=case.subject,
        policy=case.source,
        demo=evidence.demo,
        breaches=breaches.ordered(),
        warnings=warnings.ordered(),
        grace=tuple(sorted(found.grace)),
        excepted=found.excepted,
        exceptions=_records(case, applied),
        budgets=tuple(sorted(record for _, record in budgets)),
        unanswered=evidence.unanswered,
        tolerated=evidence.tolerated,
        break_glass=break_glass(case, decision, evidence.unanswered),
        report_only_until=until.isoformat() if hidden and until else None,
    )


def _decide(breaches: Told, evidence: Evidence, *, warned: bool) -> Decision:
    if breaches:
        return Decision.FAIL
    if evidence.unanswered:
        return Decision.INCONCLUSIVE
    if warned:
        return Decision.WARN
    return Decision.PASS


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
