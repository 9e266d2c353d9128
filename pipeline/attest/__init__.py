"""What is said of an image, as in-toto statements. To add a kind, write its module and its line."""

from collections.abc import Mapping
from typing import Final

from pipeline.attest import bom, coverage, provenance, summary, verdict, vex, vulns
from pipeline.attest.base import Predicate

PREDICATES: Final[Mapping[str, Predicate]] = {
    "summary": summary,
    "verdict": verdict,
    "coverage": coverage,
    "sbom": bom,
    "vulns": vulns,
    "vex": vex,
    "provenance": provenance,
}
"""By the first word of the files' names; in the order in which they are signed."""
