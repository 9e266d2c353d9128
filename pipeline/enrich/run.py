"""All enrichers over all findings of a run."""

from collections.abc import Iterable

from pipeline.enrich import ENRICHERS
from pipeline.model.finding import Finding


def enrich(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Unite, merge and rate findings; sorted by id, whatever the order they came in."""
    whole = tuple(findings)
    for step in ENRICHERS:
        whole = step(whole)
    return tuple(sorted(whole, key=lambda finding: finding.id))
