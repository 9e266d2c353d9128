"""Whether one match can meet nothing that another does not meet: said only where it is proven."""

from typing import Final

from pipeline.authoring.kinds import possible_kinds
from pipeline.policy import purl
from pipeline.policy.globs import matcher, wild
from pipeline.policy.model import Condition, Match

_GLOBS: Final = frozenset({"rule", "package", "path"})
"""Fields whose words may hold wildcards."""


def subsumed(narrow: Match, wide: Match) -> bool:
    """Say whether every finding that meets `narrow` meets `wide` too.

    Field by field: each condition of `wide` must follow from one of `narrow` over the same
    field, or from the kinds that `narrow` can meet. False where that cannot be shown.
    """
    kinds = possible_kinds(narrow)
    known = {one.field: one for one in narrow}
    for one in wide:
        if one.field == "kind" and kinds <= set(one.words):
            continue
        if one.field not in known or not _follows(known[one.field], one):
            return False
    return True


def _follows(narrow: Condition, wide: Condition) -> bool:
    """Say whether one condition holds, on known and on unknown values, wherever another does."""
    if wide.flag is not None:
        return narrow.flag is wide.flag
    if wide.at_least is not None:
        return narrow.at_least is not None and narrow.at_least >= wide.at_least
    if wide.field not in _GLOBS:
        return set(narrow.words) <= set(wide.words)
    fits = matcher(_spelt(wide))
    return all(word in wide.words or (not wild(word) and fits(word)) for word in _spelt(narrow))


def _spelt(one: Condition) -> tuple[str, ...]:
    if one.field != "package":
        return one.words
    return tuple(word if wild(word) else _package(word) for word in one.words)


def _package(word: str) -> str:
    try:
        return purl.unversioned(word)
    except ValueError:
        return word
