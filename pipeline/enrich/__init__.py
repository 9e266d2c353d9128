"""What is added to findings after the parsers. Nothing here ever loses one."""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from pipeline.enrich import aliases, assessed, exploited, exposure, merge, purls, severity, ssvc
from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge

Enricher: TypeAlias = Callable[[Iterable[Finding], Knowledge], tuple[Finding, ...]]

ENRICHERS: Final[tuple[Enricher, ...]] = (
    purls.normalise,
    aliases.unite,
    merge.merge,
    severity.rate,
    exposure.state,
    exploited.join,
    assessed.assess,
    ssvc.decide,
)
"""In this order: each relies on what those before it did."""
