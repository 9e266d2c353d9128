"""Where the lines of files that are gone or were changed stand now."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

Read = Callable[[str], bytes]

_MANY: Final = 20
"""So many lines are a part of a file that has to be looked at, however long it was."""
_TELLING: Final = 10
"""A shorter line is one of those that stand everywhere."""


class Moved:
    """The lines of files as they were before, and the new or changed files that hold them now."""

    def __init__(self, before: Mapping[str, bytes], now: Iterable[str], read: Read) -> None:
        self._lines = {name: _lines(data) for name, data in before.items()}
        wanted = set().union(*self._lines.values())
        self._places: dict[bytes, set[str]] = defaultdict(set)
        for place in now if wanted else ():
            for line in wanted & _lines(read(place)):
                self._places[line].add(place)

    def to(self, name: str) -> tuple[str, ...]:
        """Return the files that hold at least half of a file's lines."""
        lines = self._lines.get(name, set())
        return _most(self._held(lines), len(lines) / 2)

    def lost(self, name: str, seen: AbstractSet[str]) -> set[bytes]:
        """Return the lines that stand somewhere, but nowhere among the files that are seen."""
        places = ((line, self._places.get(line)) for line in self._lines.get(name, ()))
        return {line for line, where in places if where and seen.isdisjoint(where)}

    def hidden(self, name: str, seen: AbstractSet[str], *, gone: bool) -> tuple[str, ...]:
        """Name the unseen files to which so much of a file moved that it has to be looked at.

        Half of it, wherever it was cut to, or many lines. Of a file that is gone it is any line
        that stands in a place with half of the file: the rest of it may be a decoy.
        """
        lines, lost = self._lines.get(name, set()), self.lost(name, seen)
        places = _most(self._held(lost), 1)
        telling = sum(len(line) >= _TELLING for line in lost)
        if lost and (2 * len(lost) >= len(lines) or telling >= _MANY):
            return places
        return tuple(one for one in self.to(name) if one in places) if gone else ()

    def _held(self, lines: Iterable[bytes]) -> Counter[str]:
        return Counter(place for line in lines for place in self._places.get(line, ()))

    def kept(self, name: str, seen: AbstractSet[str]) -> bool:
        """Say whether at least half of a file's lines stand where they are seen."""
        lines = self._lines.get(name, set())
        found = sum(not seen.isdisjoint(self._places.get(line, ())) for line in lines)
        return bool(found) and 2 * found >= len(lines)

    def places(self, lines: Iterable[bytes]) -> tuple[str, ...]:
        """Return the files that hold any of these lines, the one with most of them first."""
        return _most(self._held(lines), 1)


def _most(counts: Counter[str], least: float) -> tuple[str, ...]:
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(place for place, count in ranked if count >= least)


def _lines(data: bytes) -> set[bytes]:
    """Return what a file says, whatever its order and its white space."""
    return {b" ".join(line.split()) for line in data.splitlines() if line.strip()}
