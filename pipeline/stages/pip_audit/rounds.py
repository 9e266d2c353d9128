"""Which pins pip-audit is asked about in which run: it refuses one name in two versions."""

from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

from pipeline.model.inventory import Pin
from pipeline.programs.osv_known import KNOWN_BAD, KnownBad
from pipeline.programs.osv_match import Json, question

Key: TypeAlias = tuple[str, str]
"""A canonical name and a version as PEP 440 writes it: what pip-audit is asked."""

CANARY: Final = "penstock-canary"
ADVISORY: Final = "PENSTOCK-CANARY"
_VERSION: Final = "1.0"


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that pip-audit is asked in a run."""

    asked: tuple[tuple[Key, ...], ...]
    """For each round its pins, canaries included; no name twice in one of them."""
    canary: Key
    """A package of our own in every round: does the answer arrive at all?"""
    known: KnownBad
    """A version that every complete database calls bad, in one round: is the database real?"""


def key_of(pin: Pin) -> Key | None:
    """Return what can be asked about a pin; None where its name or version is none."""
    return question(pin.name, pin.version)


def rounds(pins: Iterable[Pin]) -> Rounds | None:
    """Spread pins over as few rounds as their versions need; None when there is nothing to ask."""
    keys = sorted({key for pin in pins if (key := key_of(pin)) is not None})
    if not keys:
        return None
    found: list[dict[str, str]] = []
    for name, version in keys:
        _place(found, name, version)
    known = _known(found)
    _place(found, known.name, known.version)
    canary = CANARY
    while any(canary == name for name, _ in keys):
        canary += "-x"
    for names in found:
        names[canary] = _VERSION
    return Rounds(
        asked=tuple(tuple(sorted(names.items())) for names in found),
        canary=(canary, _VERSION),
        known=known,
    )


def _place(found: list[dict[str, str]], name: str, version: str) -> None:
    for names in found:
        if names.setdefault(name, version) == version:
            return
    found.append({name: version})


def _known(found: list[dict[str, str]]) -> KnownBad:
    """Choose one that fits into a round that is there anyway, if any does."""
    for bad in KNOWN_BAD:
        if any(names.get(bad.name, bad.version) == bad.version for names in found):
            return bad
    return KNOWN_BAD[0]


def flat(keys: Iterable[Key]) -> bytes:
    """Write one round as a requirements file."""
    return "".join(f"{name}=={version}\n" for name, version in keys).encode()


def record(canary: Key) -> Json:
    """Return the OSV record that makes our own package known bad."""
    name, version = canary
    return {
        "id": ADVISORY,
        "modified": "2020-01-01T00:00:00Z",
        "summary": "Planted by Penstock to see whether an answer arrives",
        "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "versions": [version]}],
    }
