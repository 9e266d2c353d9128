"""How far attacks can be automated and reach, as CISA says: joined by the CVEs of a finding."""

from collections.abc import Iterable, Sequence

import msgspec

from pipeline.enrich.aliases import is_advisory
from pipeline.enrich.exploited import cves
from pipeline.model.assessment import AUTOMATABLE, IMPACT, UNKNOWN, worst
from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge


def assess(findings: Iterable[Finding], knowledge: Knowledge) -> tuple[Finding, ...]:
    """Give every advisory the worst answer about all of its CVEs.

    Good news counts where it is said of each of them: an alias more must not make a finding
    look better.
    """
    if knowledge.vulnrichment is None:
        return tuple(findings)
    return tuple(_joined(one, knowledge) if is_advisory(one) else one for one in findings)


def _joined(finding: Finding, knowledge: Knowledge) -> Finding:
    said = [(knowledge.vulnrichment or {}).get(name) for name in cves(finding)]
    automatable = [one.automatable if one else UNKNOWN for one in said]
    impact = [one.technical_impact if one else UNKNOWN for one in said]
    return msgspec.structs.replace(
        finding,
        automatable=worse(finding.automatable, worst(automatable, AUTOMATABLE), AUTOMATABLE),
        technical_impact=worse(finding.technical_impact, worst(impact, IMPACT), IMPACT),
    )


def worse(tool: str | None, told: str, order: Sequence[str]) -> str | None:
    """Return the worse of two answers, of those that are any; None where neither is one."""
    known = [one for one in (tool, told) if one is not None and one != UNKNOWN]
    return worst(known, order) if known else None
