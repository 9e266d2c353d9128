"""The fewest choices that serve every need, where each need has alternatives."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import combinations
from typing import Any, Final, TypeVar

_TRIED: Final = 12
"""So many choices are tried in every combination; of more, the most useful is taken each time."""

Choice = TypeVar("Choice", bound=Hashable)


def fewest(
    needs: Sequence[frozenset[Choice]], merit: Callable[[Choice], Any]
) -> tuple[tuple[Choice, ...], bool]:
    """Choose so that each need is served, the low in merit's order first.

    Returns the choices, and whether there are provably none fewer.
    """
    chosen: list[Choice] = []
    proven = True
    for group in _apart(needs):
        names = sorted(set().union(*group), key=merit)
        if len(names) <= _TRIED:
            chosen += _exactly(names, group)
        else:
            chosen += _greedily(names, group)
            proven = False
    return tuple(chosen), proven


def _apart(needs: Sequence[frozenset[Choice]]) -> Iterator[list[frozenset[Choice]]]:
    """Split needs into groups that share no choice."""
    by_choice: dict[Choice, list[frozenset[Choice]]] = defaultdict(list)
    distinct = list(dict.fromkeys(needs))
    for need in distinct:
        for choice in need:
            by_choice[choice].append(need)
    seen: set[frozenset[Choice]] = set()
    for first in distinct:
        if first in seen:
            continue
        seen.add(first)
        group = [first]
        for need in group:
            for other in (other for choice in need for other in by_choice[choice]):
                if other not in seen:
                    seen.add(other)
                    group.append(other)
        yield group


def _exactly(names: list[Choice], group: list[frozenset[Choice]]) -> tuple[Choice, ...]:
    """Try sizes upwards; combinations come in the order of merit."""
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            if all(not need.isdisjoint(some) for need in group):
                return some
    return ()


def _greedily(names: list[Choice], group: list[frozenset[Choice]]) -> Iterator[Choice]:
    left = group
    while left:
        best = max(names, key=lambda one: sum(one in need for need in left))
        left = [need for need in left if best not in need]
        yield best
