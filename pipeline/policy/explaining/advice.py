"""Says why a verdict is what it is: counts, gaps, budgets, exceptions, and the cheapest way out."""

from collections import Counter
from collections.abc import Iterable, Mapping

from pipeline.model.verdict import ExceptionRecord
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
    return VerdictExplanation(
        verdict=verdict.verdict,
        policy=case.policy.name,
        digest=case.policy.digest,
        rules=_counts(case, judgement),
        severities=dict(sorted(Counter(one.severity for one in judgement.findings).items())),
        assumed=dict(sorted(Counter(field for one in said for field in one.assumed).items())),
        uncertain=sum(not one.certain for one in said),
        unanswered=verdict.unanswered,
        tolerated=verdict.tolerated,
        help=help_for((*verdict.unanswered, *verdict.tolerated)),
        budgets=verdict.budgets,
        exceptions=_exceptions(case, verdict.exceptions),
        inputs=inputs(case, files),
        plan=plan(case),
    )


def _counts(case: Case, judgement: Judgement) -> tuple[RuleCount, ...]:
    verdict = judgement.verdict
    breaches = Counter(one.rule for one in verdict.breaches)
    warnings = Counter(one.rule for one in verdict.warnings)
    grace = Counter(one.rule for one in verdict.grace)
    excepted = Counter(
        rule for rule, _ in {(rule, one.finding) for one in verdict.excepted for rule in one.rules}
    )
    return tuple(
        RuleCount(
            id=rule.id,
            title=rule.title,
            place=str(rule.place),
            breaches=breaches[rule.id],
            warnings=warnings[rule.id],
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
