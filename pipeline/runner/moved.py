"""Where the lines of files that are gone stand now."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

Read = Callable[[str], bytes]


class Moved:
    """For each file of before, the files of now that hold at least half of its lines."""

    def __init__(self, before: Mapping[str, bytes], now: Iterable[str], read: Read) -> None:
        known = {name: _lines(data) for name, data in before.items()}
        owners: dict[bytes, list[str]] = defaultdict(list)
        for name, lines in known.items():
            for line in lines:
                owners[line].append(name)
        self._places: dict[str, list[str]] = defaultdict(list)
        for place in now if owners else ():
            counts = Counter(name for line in _lines(read(place)) for name in owners.get(line, ()))
            for name, shared in counts.items():
                if 2 * shared >= len(known[name]):
                    self._places[name].append(place)

    def to(self, name: str) -> tuple[str, ...]:
        """Return the places where a file's lines are now; none where it is really gone."""
        return tuple(self._places.get(name, ()))


def _lines(data: bytes) -> set[bytes]:
    """Return what a file says, whatever its order and its white space."""
    return {b" ".join(line.split()) for line in data.splitlines() if line.strip()}
