"""All enrichers over all findings of a run."""

from collections.abc import Iterable

from pipeline.enrich import ENRICHERS
from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge


def enrich(findings: Iterable[Finding], knowledge: Knowledge) -> tuple[Finding, ...]:
    """Unite, merge, rate and enrich findings; sorted by id, whatever the order they came in."""
    whole = tuple(findings)
    for step in ENRICHERS:
        whole = step(whole, knowledge)
    return tuple(sorted(whole, key=lambda finding: finding.id))
