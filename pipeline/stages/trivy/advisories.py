"""Findings from Trivy's vulnerabilities."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from pipeline.model import identity
from pipeline.model.finding import Finding, Kind, SeverityClaim
from pipeline.model.severity import Confidence, Severity, severity_of, worst
from pipeline.stages import cvss_score
from pipeline.stages.trivy.report import Result, Score, Vulnerability

_NUMBERS: Final = (
    Severity.UNKNOWN,
    Severity.LOW,
    Severity.MEDIUM,
    Severity.HIGH,
    Severity.CRITICAL,
)
_ONE_DEFECT: Final = ("CVE-", "GHSA-", "PYSEC-", "GO-", "RUSTSEC-", "MAL-", "OSV-")
"""Ids that name one defect each. A DSA or RHSA names several, and would join strangers."""
_UNFIXED: Final = frozenset({"affected", "will_not_fix", "fix_deferred", "end_of_life"})


def findings(stage: str, target: str, results: Iterable[Result]) -> Iterator[Finding]:
    """Make a finding of each vulnerability, each package version once in a target."""
    seen: set[str] = set()
    for result in results:
        for one in result.vulnerabilities:
            finding = _finding(stage, target, one)
            if finding.id not in seen:
                seen.add(finding.id)
                yield finding


def _finding(stage: str, target: str, one: Vulnerability) -> Finding:
    claims = tuple(sorted(_claims(one), key=lambda claim: (claim.source, claim.vector or "")))
    aliases = {one.id, *(name for name in one.vendor_ids if name.startswith(_ONE_DEFECT))}
    where = f" ({one.pkg_path})" if one.pkg_path else ""
    fixed = f"; fixed in {one.fixed_version}" if one.fixed_version else ""
    return identity.new(
        kind=Kind.SCA,
        stage=stage,
        rule=identity.display_id(aliases),
        target=target,
        purl=normalised(one.pkg_identifier.purl) or f"pkg:generic/{one.pkg_name}",
        aliases=tuple(sorted(aliases)),
        title=one.title or one.id,
        message=f"{one.pkg_name} {one.installed_version}{where}: {one.title or one.id}{fixed}",
        severity=worst(claim.value for claim in claims),
        severities=claims,
        confidence=Confidence.HIGH,
        cwes=tuple(sorted(set(one.cwe_ids))),
        fix_versions=_fixes(one),
        advisory_published=one.published_date[:10] or None,
    )


def _fixes(one: Vulnerability) -> tuple[str, ...] | None:
    if one.fixed_version:
        return tuple(part.strip() for part in one.fixed_version.split(",") if part.strip())
    return () if one.status in _UNFIXED else None


def _claims(one: Vulnerability) -> Iterator[SeverityClaim]:
    yield SeverityClaim(source="trivy", value=severity_of(one.severity))
    for source in {*one.vendor_severity, *one.cvss}:
        number = one.vendor_severity.get(source, 0)
        value = _NUMBERS[number] if 0 <= number < len(_NUMBERS) else Severity.UNKNOWN
        yield from _of_source(source, value, one.cvss.get(source, Score()))


def _of_source(source: str, word: Severity, score: Score) -> Iterator[SeverityClaim]:
    """Say what a source says in a word and by vectors, whose base metrics alone are scored.

    The number beside a vector may count threat metrics, by which a vendor lowers its own score.
    """
    newer = [vector for vector in (score.v40_vector, score.v3_vector) if vector]
    vectors = newer or [vector for vector in (score.v2_vector,) if vector]
    claims = [cvss_score.claim(source, vector) for vector in vectors]
    if not claims:
        yield SeverityClaim(source=source, value=word)
    for claim in claims:
        yield msgspec.structs.replace(claim, value=worst((claim.value, word)))


def normalised(purl: str) -> str:
    """Write a purl of Python as other tools do: name by PEP 503, no qualifiers."""
    if not purl.startswith("pkg:pypi/"):
        return purl
    name, _, version = purl.removeprefix("pkg:pypi/").partition("?")[0].rpartition("@")
    return f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
