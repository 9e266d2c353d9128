"""Says why a verdict is what it is: counts, gaps, budgets, exceptions, and the cheapest way out."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from pipeline.model.record import Sums
from pipeline.model.verdict import Breach, ExceptionRecord, Verdict
from pipeline.policy.case import Case, Judgement
from pipeline.policy.explaining.explanation import (
    ExceptionLine,
    RuleCount,
    VerdictExplanation,
)
from pipeline.policy.explaining.gap_help import help_for
from pipeline.policy.explaining.inputs import inputs
from pipeline.policy.explaining.to_pass import plan


def explain_verdict(
    case: Case, judgement: Judgement, files: Mapping[str, str]
) -> VerdictExplanation:
    """Explain the verdict as a whole. `files` are the digests of the bundle's, by path."""
    verdict = judgement.verdict
    said = (*verdict.breaches, *verdict.warnings)
    sums = Sums(
        severities=tuple(Counter(one.severity for one in judgement.findings).items()),
        breaches=_by_rule(verdict.breaches),
        warnings=_by_rule(verdict.warnings),
        assumed=tuple(sorted(Counter(field for one in said for field in one.assumed).items())),
        uncertain=sum(not one.certain for one in said),
    )
    return msgspec.structs.replace(explain_sums(case, verdict, sums, files), plan=plan(case))


def explain_sums(
    case: Case, verdict: Verdict, sums: Sums, files: Mapping[str, str]
) -> VerdictExplanation:
    """Explain a verdict over more findings than are held at once; nobody plans for all of them."""
    return VerdictExplanation(
        verdict=verdict.verdict,
        policy=case.policy.name,
        digest=case.policy.digest,
        rules=_counts(case, verdict, sums),
        severities=dict(sorted(sums.severities)),
        assumed=dict(sums.assumed),
        uncertain=sums.uncertain,
        unanswered=verdict.unanswered,
        tolerated=verdict.tolerated,
        help=help_for(
            (*verdict.unanswered, *verdict.tolerated),
            imported=any(one.imported is not None for one in case.stages),
        ),
        budgets=verdict.budgets,
        exceptions=_exceptions(case, verdict.exceptions),
        inputs=inputs(case, files),
        plan=None,
    )


def _by_rule(entries: Iterable[Breach]) -> tuple[tuple[str, str, int], ...]:
    return tuple((rule, "", count) for rule, count in Counter(one.rule for one in entries).items())


def _counts(case: Case, verdict: Verdict, sums: Sums) -> tuple[RuleCount, ...]:
    breaches = {rule: count for rule, _, count in sums.breaches}
    warnings = {rule: count for rule, _, count in sums.warnings}
    grace = Counter(one.rule for one in verdict.grace)
    excepted = Counter(
        rule for rule, _ in {(rule, one.finding) for one in verdict.excepted for rule in one.rules}
    )
    return tuple(
        RuleCount(
            id=rule.id,
            title=rule.title,
            place=str(rule.place),
            breaches=breaches.get(rule.id, 0),
            warnings=warnings.get(rule.id, 0),
            grace=grace[rule.id],
            excepted=excepted[rule.id],
        )
        for rule in case.policy.rules
    )


def _exceptions(case: Case, records: Iterable[ExceptionRecord]) -> tuple[ExceptionLine, ...]:
    ends = {one.id: one.expires for one in case.policy.exceptions}
    lines = [
        ExceptionLine(
            record=record,
            days_left=(ends[record.id] - case.today).days if record.expires else None,
        )
        for record in records
    ]
    return tuple(
        sorted(lines, key=lambda one: (one.days_left is None, one.days_left or 0, one.record.id))
    )
