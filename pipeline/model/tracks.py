"""The names under which a finding is found again in a later run.

Each begins with its algorithm and version, as `sast/exact/1:…`, and is only ever compared with
names of the same algorithm. What a name rests on is what survives harmless changes: never a line
number, never a tool's own fingerprint, and for a package never its version.
"""

from collections.abc import Iterable
from typing import Final

from pipeline.model.digests import digest
from pipeline.model.finding import Kind, unversioned
from pipeline.model.references import repository

EXACT: Final = "exact/1"
ADDRESS: Final = "address/1"
PASSES: Final = (EXACT, ADDRESS)
"""In the order in which they are tried."""
_IMAGE: Final = "image"


def place(stage: str, target: str) -> str:
    """Return where a finding is found again: an image by its repository, as each build is new."""
    return repository(target) if stage == _IMAGE else target


def of_package(kind: Kind, ids: Iterable[str], purl: str, where: str) -> tuple[str, ...]:
    """Name an advisory about a package by each of its ids, so that a later alias orphans none."""
    package = unversioned(purl)
    names = {one.upper() for one in ids}
    return tuple(sorted(_named(kind, EXACT, name, where, package) for name in names))


def of_place(kind: Kind, rule: str, where: str, text: str, address: str = "") -> tuple[str, ...]:
    """Name what stands in a file by its text, and by the address that it has there, if it has one.

    The text outlives a move within the file, the address of a resource or of a key outlives an
    edit.
    """
    exact = _named(kind, EXACT, rule, where, text)
    return (exact, _named(kind, ADDRESS, rule, where, address)) if address else (exact,)


def of_secret(rule: str, called: str) -> tuple[str, ...]:
    """Name a secret by itself, so that it keeps its age where it is moved."""
    return (_named(Kind.SECRET, EXACT, rule, called),)


def algorithm(track: str) -> str:
    """Return the algorithm of a name, without the kind of finding before it."""
    return track.partition(":")[0].partition("/")[2]


def _named(kind: Kind, how: str, *parts: str) -> str:
    return f"{kind}/{how}:{digest(*parts)}"
