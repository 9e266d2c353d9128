"""Everything that a run knows about vulnerable packages, analysed or not: a VDR."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.exceptions.export import Export
from pipeline.model.finding import Finding, SeverityClaim
from pipeline.model.severity import Severity
from pipeline.model.versions import lowest_above
from pipeline.policy import purl as purls
from pipeline.policy.artifact import names
from pipeline.policy.judging.cover import spelt
from pipeline.vex.boms import Bom
from pipeline.vex.cyclonedx import Rating, Vulnerability
from pipeline.vex.model import Product, Statement

_IMAGE: Final = "image"


def entries(export: Export) -> tuple[Vulnerability, ...]:
    """Return the exceptions alone: a VEX."""
    return tuple(_entry(one.statement, one.findings, silent=False) for one in export.told)


def disclosure(
    export: Export, findings: Iterable[Finding], boms: Iterable[Bom]
) -> tuple[Vulnerability, ...]:
    """Return every advisory about a package, with its analysis where an exception gives one."""
    spoken = {finding.id for one in export.told for finding in one.findings}
    rest: defaultdict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.purl is not None and finding.aliases and finding.id not in spoken:
            where = finding.target if _in_image(finding) else ""
            rest[finding.rule, finding.purl, where].append(finding)
    known = tuple(boms)
    return (*entries(export), *(_silent(tuple(same), known) for _, same in sorted(rest.items())))


def _in_image(finding: Finding) -> bool:
    return _IMAGE in (finding.stage, *finding.sources)


def _silent(same: tuple[Finding, ...], boms: tuple[Bom, ...]) -> Vulnerability:
    first = same[0]
    purl = first.purl or ""
    links = sorted(_links(first, boms))
    statement = Statement(
        vulnerability=first.rule,
        aliases=tuple(sorted({*first.aliases} - {first.rule})),
        status="under_investigation",
        products=(Product(purl=purl, bom_links=tuple(links)),),
    )
    return _entry(statement, same, silent=True)


def _links(finding: Finding, boms: tuple[Bom, ...]) -> Iterator[str]:
    wanted = spelt(finding.purl or "")
    for bom in boms:
        image = bom.image
        here = image == finding.target or (image is not None and names(image, finding.target))
        if here if _in_image(finding) else image is None:
            yield from (link for purl, link in bom.packages if spelt(purl) == wanted)


def _entry(statement: Statement, findings: tuple[Finding, ...], *, silent: bool) -> Vulnerability:
    if not findings:
        return Vulnerability(statement=statement, silent=silent)
    first = findings[0]
    fixes = {fix for one in findings for fix in one.fix_versions or ()}
    fix = lowest_above(purls.version_of(first.purl or ""), fixes)
    claims = {claim for one in findings for claim in one.severities}
    numbers = {cwe.removeprefix("CWE-") for one in findings for cwe in one.cwes}
    return Vulnerability(
        statement=statement,
        silent=silent,
        description=first.title,
        ratings=tuple(_rating(claim) for claim in sorted(claims, key=_order)),
        cwes=tuple(sorted(int(number) for number in numbers if number.isdecimal())),
        recommendation=f"Upgrade to {fix}." if fix else "",
        published=_instant(first.advisory_published),
    )


def _order(claim: SeverityClaim) -> tuple[str, str, str, float]:
    return claim.source, claim.value, claim.vector or "", claim.score or 0.0


def _rating(claim: SeverityClaim) -> Rating:
    return Rating(
        source=claim.source,
        severity=claim.value if claim.value is not Severity.UNKNOWN else "unknown",
        score=claim.score,
        vector=claim.vector,
    )


def _instant(day: str | None) -> str | None:
    """Write a date as the instant that the format asks for."""
    return f"{day}T00:00:00Z" if day and len(day) == len("2026-11-22") else day
