"""How bad a finding is, and how sure its tool was."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """The words of every report. UNKNOWN is a class of its own, never the lowest."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How sure the tool was that this is real."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


RANK: Final[Mapping[Severity, int]] = {
    Severity.UNKNOWN: 0,
    Severity.INFO: 1,
    Severity.LOW: 2,
    Severity.MEDIUM: 3,
    Severity.HIGH: 4,
    Severity.CRITICAL: 5,
}
"""For taking the maximum of known words. UNKNOWN loses to any known word, and is judged apart."""

_WORDS: Final[Mapping[str, Severity]] = {
    **{word.value: word for word in Severity},
    "moderate": Severity.MEDIUM,
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "informational": Severity.INFO,
    "note": Severity.INFO,
}


def severity_of(word: str | None) -> Severity:
    """Read a tool's word. A word that nobody told us about is UNKNOWN, never dropped."""
    return _WORDS.get((word or "").strip().lower(), Severity.UNKNOWN)


def confidence_of(word: str | None) -> Confidence:
    """Read a tool's word for its confidence."""
    try:
        return Confidence((word or "").strip().lower())
    except ValueError:
        return Confidence.UNKNOWN


def worst(words: Iterable[Severity]) -> Severity:
    """Return the worst known word, UNKNOWN when there is none."""
    return max(words, key=RANK.__getitem__, default=Severity.UNKNOWN)
