"""Takes the inventory of a tree, and lays its private copy."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from pipeline.inventory import listing, manifests, names, pins
from pipeline.inventory.gather import Gathered, gather
from pipeline.inventory.texts import Texts
from pipeline.model import globs
from pipeline.model.artifact import sha256_of
from pipeline.model.inventory import (
    BadImage,
    Exclusion,
    Image,
    Inventory,
    Manifest,
)

SOURCE: Final = "src"
NARROWED: Final = "source.requirements"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to list."""

    root: Path
    exclude: tuple[str, ...] = ()
    """Globs over paths below the folder of the configuration."""
    requirements: tuple[str, ...] | None = None
    """The only Python manifests to ask, by path or glob as above; None for all."""
    below: str = ""
    """The root, seen from the folder of the configuration: `services/api/`, or empty."""
    ignore: tuple[Path, ...] = ()
    """Folders that this run writes anew: nothing of what is in them stays."""


def take(request: Request, *, tree: Path, images: tuple[Image | BadImage, ...]) -> Inventory:
    """List everything below the root, and write the neutralised copy to `tree/src`.

    Raises PenstockError when the root cannot be listed or the copy cannot be written.
    """
    listed = listing.take(_real(request.root), map(_real, request.ignore))
    return of(listed, request, tree=tree, images=images)


def of(
    listed: listing.Listing, request: Request, *, tree: Path, images: tuple[Image | BadImage, ...]
) -> Inventory:
    """Take the inventory of what was listed. Raises PenstockError as `take` does."""
    root = _real(request.root)
    destination = tree / SOURCE
    destination.mkdir(parents=True, exist_ok=True)
    found = gather(root, listed, globs.compiled(request.exclude, below=request.below), destination)
    python = [one for one in found.manifests if one.ecosystem == manifests.PYPI]
    foreign = [one for one in found.manifests if one.ecosystem != manifests.PYPI]
    read = pins.take(_narrowed(python, request, found), _texts(root, found))
    for one in read.manifests:
        # A file that another one names is read, whatever the configuration says of it.
        found.excluded.pop(one.path, None)
    inventory = Inventory(
        root=str(root),
        stamps=tuple(found.stamps),
        listed=frozenset(map(os.fsencode, listed.names)),
        origin=listed.origin,
        commit=listed.commit,
        tree=listed.tree,
        dirty=listed.dirty,
        files=tuple(one for _, one in sorted(found.files.items())),
        unread=tuple(one for _, one in sorted(found.unread.items())),
        excluded=tuple(Exclusion(path=one, by=by) for one, by in sorted(found.excluded.items())),
        suppressions=tuple(sorted(found.suppressions)),
        manifests=tuple(sorted((*foreign, *read.manifests))),
        pins=read.pins,
        workflows=tuple(sorted(found.workflows)),
        iac=tuple(sorted(found.iac)),
        foreign=tuple(sorted(found.foreign)),
        remote_modules=tuple(sorted(found.modules)),
        images=tuple(sorted(images, key=lambda one: one.ref)),
        digest="",
    )
    return msgspec.structs.replace(inventory, digest=digest_of(inventory))


def appeared(inventory: Inventory, request: Request) -> tuple[str, ...]:
    """Name what is there now, was not when it was listed, and would not be left out.

    Raises PenstockError when the root cannot be listed any more.
    """
    ignored = map(_real, request.ignore)
    now = listing.names_now(Path(inventory.root), ignored, inventory.origin)
    patterns = globs.compiled(request.exclude, below=request.below)
    new = (name for name in now if os.fsencode(name) not in inventory.listed)
    return tuple(
        sorted(names.copied(name) for name in new if not patterns.first(names.shown(name)))
    )


def digest_of(inventory: Inventory) -> str:
    """Hash what was found, without the places on this machine where it was found."""
    images = tuple(
        msgspec.structs.replace(one, layout="") if isinstance(one, Image) else one
        for one in inventory.images
    )
    placeless = msgspec.structs.replace(
        inventory, root="", stamps=(), listed=frozenset(), images=images, digest=""
    )
    return sha256_of(msgspec.json.encode(placeless, order="sorted"))


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _texts(root: Path, found: Gathered) -> Texts:
    return Texts(
        root=root,
        files=found.files,
        sources=found.sources,
        aliases=found.aliases,
        unread=found.unread,
        excluded=found.excluded,
    )


def _narrowed(python: list[Manifest], request: Request, found: Gathered) -> Iterable[Manifest]:
    """Keep the manifests that the configuration names; the others are exclusions."""
    if request.requirements is None:
        return python
    patterns = globs.compiled(request.requirements, below=request.below)
    kept = [one for one in python if patterns.first(one.path) is not None]
    known = {one.path for one in kept}
    found.excluded.update({one.path: NARROWED for one in python if one.path not in known})
    others = {path for path in found.files if path not in known and patterns.first(path)}
    for written in request.requirements:
        one = globs.compiled((written,), below=request.below)
        if not any(one.first(path) for path in (*known, *others)):
            # Asked all the same, so that its absence is a gap.
            others.add(written.removeprefix(request.below))
    extra = {path for path in others if found.excluded.get(path) != NARROWED}
    requirements = manifests.REQUIREMENTS
    return (
        *kept,
        *(Manifest(path=one, ecosystem=manifests.PYPI, form=requirements) for one in sorted(extra)),
    )
