"""Tells apart what says the same in one place, among millions, in few bytes for each."""

from collections import Counter
from typing import Final

_BUCKETS: Final = 1 << 16
_TAIL: Final = 6
"""Bytes of a name that are kept; two more choose the bucket. 64 bits: no two of a million meet."""


class Seen:
    """Counts names (hex digests) that come more than once; the others are bytes in a bucket."""

    def __init__(self) -> None:
        self._buckets: list[bytearray | None] = [None] * _BUCKETS
        self._again: Counter[str] = Counter()

    def times(self, name: str) -> int:
        """Note a name, and return how often it came before."""
        key = bytes.fromhex(name[:16])
        place = key[0] << 8 | key[1]
        tail = key[2:]
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
        self._again[name] += 1
        return self._again[name]
