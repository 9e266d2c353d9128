"""Images that a run asks about, by what their names keep from one build to the next."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, assert_never

import msgspec

from pipeline.config import base, found
from pipeline.config.settings import Settings
from pipeline.model.references import repository
from pipeline.oci.errors import ImageError
from pipeline.oci.reference import Archive, Folder, Remote, parse
from pipeline.plan.make import home_of_images
from pipeline.runner.change import Lost

IMAGE: Final = "image"
ON_DISK: Final = ("oci:", "archive:")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A commit that was looked at before."""

    commit: str
    images: tuple[str, ...] | None = None
    """Names that were asked about with it; None where nothing but its configuration tells."""


def asked(settings: Settings) -> tuple[str, ...]:
    """Name the images that a run asks about, each as often as it does."""
    return _named(settings.images, home_of_images(settings), settings)


def before(settings: Settings, seen: Seen) -> tuple[str, ...]:
    """Name those that were asked about with a commit. Raises PenstockError."""
    if seen.images is not None:
        return seen.images
    then = base.find(seen.commit, settings.target, must_be_ancestor=False)
    known = found.find(settings.target, then)
    refs = (entry.ref for entry in known.document.image) if known else ()
    return _named(set(refs), known.home, settings) if known else ()


def lost(were: Iterable[str], are: Iterable[str]) -> Iterator[Lost]:
    """Name the images that are asked about less often than they were.

    A place on disk says nothing of what lies in it: where as many new ones come as go, the
    images of a build lie elsewhere now.
    """
    then, now = Counter(were), Counter(are)
    gone, new = then - now, now - then
    moved = _on_disk(gone).total() <= _on_disk(new).total()
    for name in sorted(gone):
        if not (moved and name.startswith(ON_DISK)):
            yield Lost(stage=IMAGE, path=name, why=_why(then[name], now[name]))


def _on_disk(names: Counter[str]) -> Counter[str]:
    return Counter({name: often for name, often in names.items() if name.startswith(ON_DISK)})


def _why(then: int, now: int) -> str:
    if not now:
        return "no image of this name is asked about"
    return f"{then} images of this name were asked about, and {now} now"


def _named(refs: Iterable[str], home: Path, settings: Settings) -> tuple[str, ...]:
    top = base.repository_of(settings.target) or settings.target
    return tuple(sorted(_name(ref, home, top) for ref in set(refs)))


def _name(ref: str, home: Path, top: Path) -> str:
    """Name an image without tag and digest; one on disk as seen from the repository's top."""
    try:
        source = parse(ref, home=home)
    except ImageError:
        return repository(ref)
    match source:
        case Folder(path=path):
            return f"oci:{_below(path, top)}"
        case Archive(path=path):
            return f"archive:{_below(path, top)}"
        case Remote(place=place):
            return place.repository
        case _:
            assert_never(source)


def _below(path: Path, top: Path) -> str:
    whole = Path(os.path.normpath(path))
    return (whole.relative_to(top) if whole.is_relative_to(top) else whole).as_posix()
