"""Tells apart what says the same in one place, among millions, in few bytes for each."""

from collections import Counter
from typing import Final

_BUCKETS: Final = 1 << 16
_TAIL: Final = 6
"""Bytes of a hash that are kept; two more choose the bucket. Python's hash has a secret seed, and
of 64 bits no two of a million meet."""
_MASK: Final = (1 << 64) - 1
_TAIL_MASK: Final = (1 << 48) - 1


class Seen:
    """Counts what comes more than once; of what came once there are a few bytes in a bucket."""

    def __init__(self) -> None:
        self._buckets: list[bytearray | None] = [None] * _BUCKETS
        self._again: Counter[tuple[str, ...]] = Counter()

    def times(self, *words: str) -> int:
        """Note words that belong together, and return how often they came before."""
        key = hash(words) & _MASK
        place = key >> 48
        tail = (key & _TAIL_MASK).to_bytes(_TAIL, "big")
        bucket = self._buckets[place]
        if bucket is None:
            self._buckets[place] = bytearray(tail)
            return 0
        at = bucket.find(tail)
        while at >= 0 and at % _TAIL:
            at = bucket.find(tail, at + 1)
        if at < 0:
            bucket += tail
            return 0
        self._again[words] += 1
        return self._again[words]
