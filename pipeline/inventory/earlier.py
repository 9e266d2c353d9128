"""What an earlier commit held that the tree does not hold any more, or holds otherwise."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.inventory import names, take
from pipeline.inventory.listing import Listing
from pipeline.model.inventory import Inventory, Origin
from pipeline.toolchain import objects
from pipeline.toolchain.git import git, index

_SUBMODULE: Final = "160000"
_REGULAR: Final = "100"
_DEPTH: Final = 64
_LARGEST: Final = 8 << 20
"""Of a larger file only its name counts: it stands for a binary one."""
_TOTAL: Final = 256 << 20
_FOREIGN: Final = frozenset({"", ".", "..", ".git"})


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an earlier tree that is not what the tree of today holds."""

    commit: str
    inventory: Inventory
    """Of the files that are gone or were changed, as they were."""
    tree: Path
    """`tree/src/` is the private copy of those."""
    files: frozenset[str]
    """Every file that was there, changed or not."""
    submodules: frozenset[str]
    """Those that are at the same commit now."""
    elsewhere: Mapping[str, Path]
    """New and changed files of today that nobody asks about, by path as seen from the root: what
    the configuration leaves out, and what lies in the repository and not below the root."""


def earlier(
    request: take.Request, commit: str, *, repository: Path, now: Inventory, scratch: Path
) -> Earlier:
    """Read what a commit held of the same tree, and list it as today's is listed.

    Raises PenstockError where the commit cannot be read whole. `scratch` is a private folder.
    """
    below = request.root.relative_to(repository).as_posix()
    entries = dict(_walk(repository, commit, "" if below == "." else below))
    regular = {name: one.id for name, one in entries.items() if one.mode.startswith(_REGULAR)}
    held = {one.path: one.blob for one in index(request.root)} if now.origin is Origin.GIT else {}
    other = _others(regular, held, now)
    before = scratch / "before"
    _write(repository, {name: regular[name] for name in other}, before)
    listing = Listing(origin=Origin.FILES, files=tuple(sorted(other)), unread=())
    asked, tree = msgspec.structs.replace(request, root=before), scratch / "tree"
    return Earlier(
        commit=commit,
        inventory=take.of(listing, asked, tree=tree, images=()),
        tree=tree,
        files=frozenset(map(names.copied, regular)),
        submodules=frozenset(
            names.shown(name)
            for name, one in entries.items()
            if one.mode == _SUBMODULE and held.get(name, one.id) == one.id
        ),
        elsewhere=dict(_elsewhere(repository, commit, request.root, now)),
    )


def _others(regular: dict[str, str], held: dict[str, str], now: Inventory) -> list[str]:
    """Name the files that git has otherwise now, or that are not in today's copy, or not as text.

    What git has as it was then is no other text, unless git does not have what is there.
    """
    known = {one.path for one in now.files if not one.binary or not now.dirty}
    return [
        name
        for name, blob in regular.items()
        if held.get(name) != blob or names.copied(name) not in known
    ]


def _elsewhere(
    repository: Path, commit: str, root: Path, now: Inventory
) -> Iterator[tuple[str, Path]]:
    """Yield what git tracks and nobody asks about, and has otherwise than the commit had it."""
    excluded = {one.path for one in now.excluded}.difference(one.path for one in now.files)
    if now.origin is not Origin.GIT or not (excluded or root != repository):
        return
    was = {path: one.id for path, one in _walk(repository, commit, "")}
    for one in index(repository):
        if one.mode.startswith(_REGULAR) and was.get(one.path) != one.blob:
            path = os.path.relpath(repository / one.path, root)
            if path.startswith("../") or names.copied(path) in excluded:
                yield names.shown(path), repository / one.path


def _walk(repository: Path, commit: str, below: str) -> Iterator[tuple[str, objects.Entry]]:
    """Yield every entry below a folder of a commit, by path; all trees of a depth at once."""
    tree = git(repository, "rev-parse", "--verify", "--quiet", f"{commit}:{below}")
    level = {"": tree.decode("ascii", "replace").strip()}
    for _ in range(_DEPTH):
        trees = objects.read(repository, level.values(), limit=_TOTAL)
        deeper: dict[str, str] = {}
        for prefix, one in level.items():
            for entry in objects.entries(one, trees[one]):
                path = prefix + os.fsdecode(entry.name)
                if entry.mode == objects.FOLDER:
                    deeper[f"{path}/"] = entry.id
                else:
                    yield path, entry
        if not deeper:
            return
        level = deeper
    raise PenstockError(f"the folders of {commit[:12]} lie more than {_DEPTH} deep")


def _write(repository: Path, wanted: dict[str, str], folder: Path) -> None:
    """Write files as they were, without their modes."""
    folder.mkdir(parents=True)
    sizes = objects.sizes(repository, wanted.values())
    small = {name for name, size in sizes.items() if size <= _LARGEST}
    if sum(sizes[name] for name in small) > _TOTAL:
        raise PenstockError(f"more than {_TOTAL >> 20} MiB of files were changed since")
    found = objects.read(repository, small, limit=_TOTAL)
    for name, blob in wanted.items():
        if _FOREIGN.intersection(name.split("/")):
            raise PenstockError(f"a file of an earlier commit has the name {names.shown(name)}")
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found[blob].data if blob in found else b"\0")
        except OSError as exc:
            raise PenstockError(
                f"cannot write {names.shown(name)} as it was: {exc.strerror}"
            ) from exc
