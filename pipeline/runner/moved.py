"""Where the lines of files that are gone stand now."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

Read = Callable[[str], bytes]


class Moved:
    """For each file of before, the files of now that hold at least half of its lines."""

    def __init__(self, before: Mapping[str, bytes], now: Iterable[str], read: Read) -> None:
        known = {name: _lines(data) for name, data in before.items()}
        owners: dict[bytes, list[str]] = defaultdict(list)
        for name, lines in known.items():
            for line in lines:
                owners[line].append(name)
        self._places: dict[str, dict[str, set[bytes]]] = defaultdict(dict)
        for place in now if owners else ():
            shared: dict[str, set[bytes]] = defaultdict(set)
            for line in _lines(read(place)):
                for name in owners.get(line, ()):
                    shared[name].add(line)
            for name, lines in shared.items():
                if 2 * len(lines) >= len(known[name]):
                    self._places[name][place] = lines

    def to(self, name: str) -> tuple[str, ...]:
        """Return the places where a file's lines are now; none where it is really gone."""
        return tuple(self._places.get(name, ()))

    def left_out(self, name: str, asked: Collection[str]) -> bool:
        """Say whether some of its lines stand only where nobody asks.

        A copy of its harmless half, where it is looked at, is no reason to pass over the rest.
        """
        places = self._places.get(name, {})
        seen = set().union(*(lines for place, lines in places.items() if place in asked))
        return any(lines - seen for place, lines in places.items() if place not in asked)


def _lines(data: bytes) -> set[bytes]:
    """Return what a file says, whatever its order and its white space."""
    return {b" ".join(line.split()) for line in data.splitlines() if line.strip()}
