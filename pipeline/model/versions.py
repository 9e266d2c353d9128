"""Orders the versions that mend a package, well enough to name the lowest that mends all."""

import re
from collections.abc import Iterable
from itertools import takewhile
from typing import Final

_PART: Final = re.compile(r"\d+|[A-Za-z]+")
_EPOCH: Final = re.compile(r"(\d+)[!:](.*)", re.DOTALL)
_EARLY: Final = frozenset({"a", "alpha", "b", "beta", "c", "rc", "pre", "preview", "dev", "m"})


def key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Make a sort key: epoch, numbers by size, words below numbers, pre-releases below nothing.

    Not any ecosystem's own order: good to choose what to suggest, never to decide by.
    """
    epoch, rest = "0", version.lstrip("vV")
    if found := _EPOCH.fullmatch(rest):
        epoch, rest = found[1], found[2]
    parts = [(3, int(epoch), "")]
    for part in _PART.findall(rest.partition("+")[0]):
        if part.isdigit():
            parts.append((3, int(part), ""))
        else:
            parts = _trimmed(parts)
            parts.append((0 if part.lower() in _EARLY else 2, 0, part.lower()))
    return (*_trimmed(parts), (1, 0, ""))


def _trimmed(parts: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Drop trailing zeros: 1.0 is 1. The epoch stays."""
    kept = len(parts)
    while kept > 1 and parts[kept - 1] == (3, 0, ""):
        kept -= 1
    return parts[:kept]


def lowest_above(version: str, fixes: Iterable[str]) -> str | None:
    """Return the lowest fix above a version; where none is above, the highest there is."""
    ordered = sorted(fixes, key=key)
    above = [fix for fix in ordered if key(fix) > key(version)]
    if above:
        return above[0]
    return ordered[-1] if ordered else None


def mends(version: str, fixes: Iterable[str]) -> bool:
    """Say whether a version has a fix: it is on the line of one at or below it.

    Fixes of several release lines, such as 2.11.3 and 3.1.3, leave 3.0.0 without one.
    """
    ordered = sorted(fixes, key=key)
    reached = [fix for fix in ordered if key(fix) <= key(version)]
    ahead = [fix for fix in ordered if key(fix) > key(version)]
    if not reached or not ahead:
        return bool(reached)
    return _shared(version, reached[-1]) > _shared(version, ahead[0])


def _shared(one: str, other: str) -> int:
    """Count the parts that two versions begin with in common; the end marker is none."""
    pairs = zip(key(one)[:-1], key(other)[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def highest(versions: Iterable[str]) -> str:
    """Return the highest of at least one version."""
    return max(versions, key=key)
