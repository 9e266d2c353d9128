"""How bad a finding is, over everything that anybody says about it."""

from collections.abc import Iterable
from typing import Final

import msgspec

from pipeline.model.finding import Finding, SeverityClaim
from pipeline.model.knowledge import Knowledge
from pipeline.model.severity import Severity, worst

_MALICIOUS: Final = SeverityClaim(source="malicious-package", value=Severity.CRITICAL)


def rate(findings: Iterable[Finding], _: Knowledge) -> tuple[Finding, ...]:
    """Take the worst of all sources. UNKNOWN stays where nobody knows: the policy names it."""
    return tuple(_rated(without_assumption(finding)) for finding in findings)


def without_assumption(finding: Finding) -> Finding:
    """Undo what a policy assumed before, so that judging twice is judging once."""
    if not finding.severity_assumed:
        return finding
    return msgspec.structs.replace(finding, severity=Severity.UNKNOWN, severity_assumed=False)


def _rated(finding: Finding) -> Finding:
    if not finding.severities and not finding.aliases:
        return finding
    claims = set(finding.severities)
    if any(name.startswith("MAL-") for name in finding.aliases):
        claims.add(_MALICIOUS)
    return msgspec.structs.replace(
        finding,
        severities=tuple(sorted(claims, key=repr)),
        severity=worst([finding.severity, *(claim.value for claim in claims)]),
    )
