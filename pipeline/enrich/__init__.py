"""What is added to findings after the parsers. Nothing here ever loses one."""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from pipeline.enrich import aliases, merge, purls, severity
from pipeline.model.finding import Finding

Enricher: TypeAlias = Callable[[Iterable[Finding]], tuple[Finding, ...]]

ENRICHERS: Final[tuple[Enricher, ...]] = (
    purls.normalise,
    aliases.unite,
    merge.merge,
    severity.rate,
)
"""In this order: each relies on what those before it did."""
