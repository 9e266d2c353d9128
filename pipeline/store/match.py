"""Which findings were there before: pass by pass, one to one, and new where it is not clear."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from pipeline.model.aliases import closure
from pipeline.model.tracks import PASSES, algorithm


class Trace(msgspec.Struct, frozen=True):
    """A finding as far as the comparison goes."""

    tracks: tuple[str, ...]
    subject: str


def matched(new: Sequence[Trace], old: Iterable[Trace]) -> frozenset[int]:
    """Return the places of the new findings that are among the old ones.

    Names are compared only within one algorithm, the most exact one first; a finding that has
    found its other takes no part in later passes.
    """
    left_new = dict(enumerate(new))
    left_old = dict(enumerate(old))
    found: set[int] = set()
    for name in PASSES:
        for one, other in _pass(name, left_new, left_old):
            found.add(one)
            del left_new[one], left_old[other]
    return frozenset(found)


def _pass(name: str, new: dict[int, Trace], old: dict[int, Trace]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for news, olds in _components(name, new, old):
        pairs += _pairs(news, olds, new, old)
    return pairs


def _pairs(
    news: list[int], olds: list[int], new: dict[int, Trace], old: dict[int, Trace]
) -> list[tuple[int, int]]:
    """Pair what is the same to the last letter; then one that is left with one that is left."""
    by_subject: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for one in news:
        by_subject[new[one].subject][0].append(one)
    for one in olds:
        by_subject[old[one].subject][1].append(one)
    pairs = [(a[0], b[0]) for a, b in by_subject.values() if len(a) == len(b) == 1]
    rest_new = [one for one in news if one not in {pair[0] for pair in pairs}]
    rest_old = [one for one in olds if one not in {pair[1] for pair in pairs}]
    if len(rest_new) == len(rest_old) == 1:
        pairs.append((rest_new[0], rest_old[0]))
    return pairs


def _components(
    name: str, new: dict[int, Trace], old: dict[int, Trace]
) -> list[tuple[list[int], list[int]]]:
    """Group what shares a name of one algorithm, directly or by way of others."""
    sides = [(side, place, _of(name, one)) for side, place, one in _both(new, old)]
    whole = closure(tracks for _, _, tracks in sides)
    groups: dict[frozenset[str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, place, tracks in sides:
        if tracks:
            groups[whole[tracks[0]]][side].append(place)
    return [one for one in groups.values() if one[0] and one[1]]


def _both(new: dict[int, Trace], old: dict[int, Trace]) -> Iterator[tuple[int, int, Trace]]:
    yield from ((0, place, one) for place, one in new.items())
    yield from ((1, place, one) for place, one in old.items())


def _of(name: str, trace: Trace) -> tuple[str, ...]:
    return tuple(track for track in trace.tracks if algorithm(track) == name)
