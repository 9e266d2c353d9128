"""What each exception covers, and what became of it. None is ever dropped."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.severity import RANK
from pipeline.model.verdict import ExceptionRecord, ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.judging.approvals import Approval, Approvals, told
from pipeline.policy.judging.cover import Index, covers, cves_of
from pipeline.policy.judging.hits import Hit
from pipeline.policy.model import ExceptionTerms, PolicyException


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """An exception, what it matched, and whether it applies."""

    exception: PolicyException
    status: ExceptionStatus
    reason: str
    findings: tuple[Finding, ...]
    approval: Approval

    @property
    def record(self) -> ExceptionRecord:
        """As the verdict lists it."""
        return ExceptionRecord(
            id=self.exception.id,
            status=self.status,
            matches=len(self.findings),
            expires=self.exception.expires.isoformat(),
            reason=self.reason,
            approved_by=self.approval.approved_by,
        )


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """The exceptions of a judgement, applied to its hits."""

    fates: tuple[Fate, ...]
    covered: Mapping[tuple[str, str], tuple[str, ...]]
    """Exception ids by (finding, rule)."""


def apply(case: Case, found: Iterable[Hit]) -> Applied:
    """Match every exception to the hits, which stand finding by finding, of the rules it names."""
    index = Index(case.policy.exceptions)
    named = {rule for one in case.policy.exceptions for rule in one.rules}
    matched: dict[str, dict[str, Finding]] = defaultdict(dict)
    pairs: list[tuple[Hit, list[PolicyException]]] = []
    concerned = (hit for hit in found if hit.rule.id in named)
    for finding, its_hits in groupby(concerned, key=lambda hit: hit.finding):
        covering = [one for one in index.named(finding) if covers(one, finding, case.environment)]
        if not covering:
            continue
        for hit in its_hits:
            fitting = [one for one in covering if hit.rule.id in one.rules]
            pairs.append((hit, fitting))
            for one in fitting:
                matched[one.id][finding.id] = finding
    approvals = Approvals(case)
    fates = {
        one.id: fate(case, one, tuple(matched.get(one.id, {}).values()), approvals.of(one))
        for one in case.policy.exceptions
    }
    covered = {}
    for hit, fitting in pairs:
        active = [one for one in fitting if fates[one.id].status is ExceptionStatus.ACTIVE]
        if active and _whole(hit.finding, active):
            covered[hit.finding.id, hit.rule.id] = tuple(sorted(one.id for one in active))
    return Applied(fates=tuple(fates[name] for name in sorted(fates)), covered=covered)


def _whole(finding: Finding, active: list[PolicyException]) -> bool:
    """Say whether every CVE of the finding has an exception.

    Its own key is made of one of them, and says nothing of what an alias joined to that later.
    """
    return cves_of(finding) <= {one.vulnerability for one in active}


def fate(
    case: Case, one: PolicyException, findings: tuple[Finding, ...], approval: Approval
) -> Fate:
    """Say what became of an exception. ACTIVE is the last line, never a default."""
    status, reason = _fate(case, one, findings, approval)
    return Fate(exception=one, status=status, reason=reason, findings=findings, approval=approval)


def _fate(
    case: Case, one: PolicyException, findings: tuple[Finding, ...], approval: Approval
) -> tuple[ExceptionStatus, str]:
    today = case.today
    if today >= one.expires:
        return ExceptionStatus.EXPIRED, f"it ended on {one.expires}"
    if today < max(one.created, one.not_before):
        return ExceptionStatus.NOT_YET, f"it begins on {max(one.created, one.not_before)}"
    return _in_force(case, one, findings, approval)


def _in_force(
    case: Case, one: PolicyException, findings: tuple[Finding, ...], approval: Approval
) -> tuple[ExceptionStatus, str]:
    terms = case.policy.terms
    if void := sorted(filter(None, (_void(terms, one, finding) for finding in findings))):
        return ExceptionStatus.VOID, void[0]
    needed = needed_for(terms, findings)
    if len(approval.approved_by) < needed:
        return ExceptionStatus.UNAPPROVED, told(approval, needed, roles=case.policy.roles)
    if len(findings) > one.max_matches:
        many = f"it matches {len(findings)} findings and may match {one.max_matches}"
        return ExceptionStatus.OVER_MATCHED, many
    if not findings:
        elsewhere = case.environment not in one.environments
        why = f"it is not for {case.environment}" if elsewhere else "it matches nothing"
        return ExceptionStatus.UNUSED, why
    return ExceptionStatus.ACTIVE, ""


def _void(terms: ExceptionTerms, one: PolicyException, finding: Finding) -> str:
    """Say why a finding ends an exception; nothing where it does not."""
    if finding.kev:
        return f"{finding.rule} is now known to be exploited (void_if.kev)"
    approved = one.approved_at_severity
    if approved is not None and RANK[finding.severity] > RANK[approved]:
        return f"approved at {approved}, now {finding.severity} (void_if.severity_raised)"
    if one.approved_without_fix and terms.void_when_fixable and finding.fix_versions:
        return "a fixed version appeared (void_if.fix_available_became_true)"
    days = (one.expires - one.created).days
    most = terms.max_days[finding.priority or "P0"]
    if days > most:
        return f"it runs {days} days, and a {finding.priority} may have {most}"
    return ""


def needed_for(terms: ExceptionTerms, findings: Iterable[Finding]) -> int:
    """Return how many people must have signed: as many as the worst of its findings asks for."""
    return max(
        (terms.approvals_for(finding.priority) for finding in findings),
        default=terms.approvals_for(None),
    )
