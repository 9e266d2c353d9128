"""Who can reach what a finding is in: by what the configuration states of files and images."""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from pipeline.model.exposure import INTERNAL, PUBLIC, Stated
from pipeline.model.finding import Finding
from pipeline.model.globs import Globs, compiled
from pipeline.model.knowledge import Knowledge

_IMAGES = "image"
"""The stage whose targets are images; those of all others are files."""


def state(findings: Iterable[Finding], knowledge: Knowledge) -> tuple[Finding, ...]:
    """Give every finding the worst exposure that is stated; what nobody states stays unknown."""
    whole = tuple(findings)
    if not knowledge.exposures:
        return whole
    return tuple(_joined(one, knowledge.exposures) for one in whole)


def stating(finding: Finding, stated: Iterable[Stated]) -> tuple[Stated, ...]:
    """Return the entries that speak of a finding, in the order in which they were written."""
    return tuple(one for one in stated if any(_speaks(one, place) for place in _places(finding)))


def worst(words: Iterable[str | None]) -> str | None:
    """Return public where anybody says so, internal where all do; None is what nobody knows."""
    said = set(words)
    if PUBLIC in said:
        return PUBLIC
    return INTERNAL if said == {INTERNAL} else None


def _joined(finding: Finding, stated: tuple[Stated, ...]) -> Finding:
    said = worst(_stated(place, stated) for place in _places(finding))
    tool = [finding.exposure] if finding.exposure is not None else []
    known = [said] if said is not None else []
    if not known and not tool:
        return finding
    return msgspec.structs.replace(finding, exposure=worst([*known, *tool]))


def _places(finding: Finding) -> frozenset[tuple[bool, str]]:
    """Name what it is in, and say whether that is an image. Two files are two places."""
    if _IMAGES in finding.sources:
        return frozenset({(True, finding.target)})
    return frozenset({(False, finding.target), (False, finding.path)})


def _stated(place: tuple[bool, str], stated: tuple[Stated, ...]) -> str | None:
    said = {one.exposure for one in stated if _speaks(one, place)}
    return worst(said) if said else None


def _speaks(stated: Stated, place: tuple[bool, str]) -> bool:
    image, name = place
    if image:
        return _globs(stated.images, "").first(name) is not None
    return _globs(stated.paths, stated.below).first(name) is not None


@lru_cache(maxsize=1024)
def _globs(globs: tuple[str, ...], below: str) -> Globs:
    return compiled(globs, below=below)
