"""What CISA answers to the questions of SSVC about a CVE."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

UNKNOWN: Final = "unknown"
EXPLOITATION: Final = ("active", "poc", UNKNOWN, "none")
AUTOMATABLE: Final = ("yes", UNKNOWN, "no")
IMPACT: Final = ("total", UNKNOWN, "partial")
"""The words of each question, the worst first: what nobody knows is worse than good news."""


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """The answers that a row of BOD 26-04 rests on, each a word of its question."""

    automatable: str
    technical_impact: str


def worst(words: Iterable[str], order: Sequence[str]) -> str:
    """Return the worst of some words; unknown where there are none."""
    return min(words, key=order.index, default=UNKNOWN)
