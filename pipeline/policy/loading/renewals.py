"""Counts how often a target was excepted before, whatever the files are called."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """As much of an exception as the count needs."""

    id: str
    supersedes: str | None
    created: date
    target: tuple[str, ...]


def renewals(filed: Iterable[Filed]) -> dict[str, int]:
    """Count for each exception its predecessors: those it names, or those of the same target."""
    known = {one.id: one for one in filed}
    earlier = _earlier(known.values())
    return {name: max(len(_chain(one, known)), earlier[name]) for name, one in known.items()}


def goes_in_circles(one: Filed, known: Mapping[str, Filed]) -> bool:
    """Say whether an exception is, by way of others, its own predecessor."""
    return one.id in _chain(one, known)


def _chain(one: Filed, known: Mapping[str, Filed]) -> list[str]:
    chain: list[str] = []
    before = one.supersedes
    while before is not None and before not in chain:
        chain.append(before)
        before = known[before].supersedes if before in known else None
    return chain


def _earlier(filed: Iterable[Filed]) -> dict[str, int]:
    by_target: dict[tuple[str, ...], list[Filed]] = defaultdict(list)
    for one in filed:
        by_target[one.target].append(one)
    return {
        one.id: place
        for group in by_target.values()
        for place, one in enumerate(sorted(group, key=lambda each: (each.created, each.id)))
    }
