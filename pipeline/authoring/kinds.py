"""Which kinds of finding a match can meet at all."""

from collections.abc import Mapping
from typing import Final

from pipeline.model.finding import Kind
from pipeline.policy.model import Match

ONLY: Final[Mapping[str, frozenset[Kind]]] = {
    "fix_available": frozenset({Kind.SCA}),
    "kev": frozenset({Kind.SCA}),
    "epss": frozenset({Kind.SCA}),
    "ssvc": frozenset({Kind.SCA}),
    "verified": frozenset({Kind.SECRET, Kind.DAST}),
}
"""Fields that are meant for some kinds alone: for every other one they do not match."""


def possible_kinds(match: Match) -> frozenset[Kind]:
    """Return the kinds that all conditions leave; none where no finding can meet them."""
    kinds = frozenset(Kind)
    for one in match:
        if one.field == "kind":
            kinds &= {Kind(word) for word in one.words}
        kinds &= ONLY.get(one.field, kinds)
    return kinds
