"""Says why a verdict is what it is: counts, gaps, budgets, exceptions, and the cheapest way out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from pipeline.model.finding import Finding
from pipeline.model.verdict import Breach, ExceptionRecord
from pipeline.model.versions import highest, lowest_above
from pipeline.policy import purl
from pipeline.policy.case import Case, Judgement
from pipeline.policy.explaining.explanation import (
    ExceptionLine,
    RuleCount,
    Upgrade,
    VerdictExplanation,
)


def explain_verdict(case: Case, judgement: Judgement) -> VerdictExplanation:
    """Explain the verdict as a whole."""
    verdict = judgement.verdict
    said = (*verdict.breaches, *verdict.warnings)
    failing = _failing(judgement)
    upgrades = upgrades_of(failing)
    mended = sum(one.findings for one in upgrades)
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
        budgets=verdict.budgets,
        exceptions=_exceptions(case, verdict.exceptions),
        upgrades=upgrades,
        remaining=len(failing) - mended,
    )


def _failing(judgement: Judgement) -> tuple[Finding, ...]:
    """Return the findings that fail the gate, or would without report_only_until."""
    verdict = judgement.verdict
    said: tuple[Breach, ...] = verdict.breaches
    if verdict.report_only_until is not None:
        said = verdict.warnings
    wanted = {one.finding for one in said}
    return tuple(one for one in judgement.findings if one.id in wanted)


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


def upgrades_of(findings: Iterable[Finding]) -> tuple[Upgrade, ...]:
    """Group what can be mended by package; the bump that removes most comes first."""
    by_package: Mapping[str, list[Finding]] = defaultdict(list)
    for one in findings:
        if one.purl and one.fix_versions:
            by_package[purl.unversioned(one.purl)].append(one)
    bumps = [_bump(package, group) for package, group in by_package.items()]
    return tuple(sorted(bumps, key=lambda one: (-one.findings, one.package)))


def _bump(package: str, group: list[Finding]) -> Upgrade:
    fixes = [
        fix
        for one in group
        if (fix := lowest_above(purl.version_of(one.purl or ""), one.fix_versions or ()))
    ]
    return Upgrade(
        package=package,
        versions=tuple(sorted({purl.version_of(one.purl or "") for one in group})),
        to=highest(fixes),
        targets=tuple(sorted({one.target for one in group})),
        findings=len(group),
    )
