"""CVSS vectors as words: base metrics alone, since a vendor's threat metrics may lower a score."""

from functools import lru_cache
from typing import Final

from pipeline.model.finding import SeverityClaim
from pipeline.model.severity import Severity

_V4_BASE: Final = frozenset({"AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"})
_BANDS: Final = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))


def word_of(score: float) -> Severity:
    """Return the band of a base score; 0.0 is informational."""
    for floor, word in _BANDS:
        if score >= floor:
            return word
    return Severity.LOW if score > 0 else Severity.INFO


def claim(source: str, vector: str) -> SeverityClaim:
    """Read a vector of any version. One that cannot be read stays visible, and says nothing."""
    score = base_score(vector)
    word = Severity.UNKNOWN if score is None else word_of(score)
    return SeverityClaim(source=source, value=word, vector=vector, score=score)


@lru_cache(maxsize=4096)
def base_score(vector: str) -> float | None:
    """Compute the base score; None where the vector is not one."""
    # The library ships no types.
    from cvss import CVSS2, CVSS3, CVSS4  # type: ignore[import-untyped]
    from cvss.exceptions import CVSSError  # type: ignore[import-untyped]

    try:
        if vector.startswith("CVSS:4."):
            return float(CVSS4(_base_metrics(vector)).base_score)
        if vector.startswith("CVSS:3."):
            return float(CVSS3(vector).base_score)
        return float(CVSS2(vector).base_score)
    except CVSSError:
        return None


def _base_metrics(vector: str) -> str:
    first, *metrics = vector.split("/")
    return "/".join([first, *(m for m in metrics if m.partition(":")[0] in _V4_BASE)])
