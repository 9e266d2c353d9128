"""What each exception covers, and what became of it. None is ever dropped."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.severity import RANK
from pipeline.model.verdict import ExceptionRecord, ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.judging.approvals import Approval, Approvals, told
from pipeline.policy.judging.cover import Index, cves_of
from pipeline.policy.judging.matching import Rules, Weighed
from pipeline.policy.judging.sla import day_of
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
    covered: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Exception ids by finding and rule."""


class Claims:
    """Which findings each exception speaks of, taken one by one; its fate is known at the end."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._covering = Index(case.policy.exceptions, case.environment).covering
        self._matched: dict[str, dict[str, Finding]] = defaultdict(dict)
        self._claimed: list[tuple[Finding, Rules, list[PolicyException]]] = []

    def take(self, finding: Finding, rules: Rules) -> bool:
        """Say whether any exception speaks of a finding for a rule that it meets, and note it."""
        covering = self._covering(finding)
        if not covering:
            return False
        fitting = [one for one in covering if not rules.ids.isdisjoint(one.rules)]
        if not fitting:
            return False
        self._claimed.append((finding, rules, fitting))
        for one in fitting:
            self._matched[one.id][finding.id] = finding
        return True

    def applied(self) -> Applied:
        """Say what became of every exception, and what those in force cover."""
        approvals = Approvals(self._case)
        fates = {one.id: self._fate(one, approvals.of(one)) for one in self._case.policy.exceptions}
        active = {name for name, one in fates.items() if one.status is ExceptionStatus.ACTIVE}
        covered = _all_covered(
            (finding, rules, in_force)
            for finding, rules, fitting in self._claimed
            if (in_force := [one for one in fitting if one.id in active])
        )
        return Applied(fates=tuple(fates[name] for name in sorted(fates)), covered=covered)

    def _fate(self, one: PolicyException, approval: Approval) -> Fate:
        return fate(self._case, one, tuple(self._matched.get(one.id, {}).values()), approval)


def apply(case: Case, found: Iterable[Weighed]) -> Applied:
    """Match every exception to the findings that meet a rule it names."""
    claims = Claims(case)
    for finding, rules in found:
        claims.take(finding, rules)
    return claims.applied()


def _all_covered(
    candidates: Iterable[tuple[Finding, Rules, list[PolicyException]]],
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Say what covers each finding; findings for which it is the same share one answer."""
    covered: dict[str, dict[str, tuple[str, ...]]] = {}
    made: dict[tuple[object, ...], dict[str, tuple[str, ...]]] = {}
    for finding, rules, active in candidates:
        key = (rules, cves_of(finding), *[one.id for one in active])
        found = made.get(key)
        if found is None:
            found = made[key] = dict(_covered(finding, rules, active))
        before = covered.get(finding.id)
        covered[finding.id] = found if before is None else {**before, **found}
    return covered


def _covered(
    finding: Finding, rules: Rules, active: list[PolicyException]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for rule in rules.ids:
        naming = [one for one in active if rule in one.rules]
        if naming and _whole(finding, naming):
            yield rule, tuple(sorted([one.id for one in naming]))


def _whole(finding: Finding, active: list[PolicyException]) -> bool:
    """Say whether every CVE of the finding has an exception.

    Its own key is made of one of them, and says nothing of what an alias joined to that later.
    """
    several = cves_of(finding)
    return not several or several <= {one.vulnerability for one in active}


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
    if terms.void_when_fixable and finding.fix_versions and _had_no_fix(one, finding):
        return "a fixed version appeared (void_if.fix_available_became_true)"
    days = (one.expires - one.created).days
    most = terms.max_days[finding.priority or "P0"]
    if days > most:
        return f"it runs {days} days, and a {finding.priority} may have {most}"
    return ""


def _had_no_fix(one: PolicyException, finding: Finding) -> bool:
    """Say whether there was no fix when it was written: by its own word, or by the history's."""
    since = day_of(finding.fix_available_at)
    return one.approved_without_fix or (since is not None and since >= one.created.toordinal())


def needed_for(terms: ExceptionTerms, findings: Iterable[Finding]) -> int:
    """Return how many people must have signed: as many as the worst of its findings asks for."""
    return max(
        (terms.approvals_for(finding.priority) for finding in findings),
        default=terms.approvals_for(None),
    )
