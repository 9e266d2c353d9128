"""Walks the trees of a base commit: which names, modes and sizes may be judged by."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.record import readable
from pipeline.toolchain import objects
from pipeline.toolchain.objects import FOLDER, Entry

MAX_BLOB: Final = 1 << 20
MAX_FILES: Final = 20_000
MAX_TOTAL: Final = 64 << 20
_MAX_TREES: Final = 64 << 20
_MAX_DEPTH: Final = 16
_REGULAR: Final = "100644"
_KINDS: Final[Mapping[str, str]] = {
    FOLDER: "a folder",
    "100755": "a program",
    "120000": "a link",
    "160000": "a submodule",
}
_LFS: Final = (b"version https://git-lfs.github.com/", b"version https://hawser.github.com/")


class Leaf(msgspec.Struct, frozen=True, order=True):
    """A file of a commit."""

    path: str
    """Relative to the folder that was asked about."""
    mode: str
    id: str


class Trees:
    """The trees of one repository, each read once."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._known: dict[str, tuple[Entry, ...]] = {}

    def read(self, ids: Iterable[str]) -> None:
        """Read trees ahead, from one process."""
        missing = [name for name in ids if name not in self._known]
        for name, tree in objects.read(self._repository, missing, limit=_MAX_TREES).items():
            self._known[name] = tuple(objects.entries(name, tree))

    def entries(self, tree: str) -> tuple[Entry, ...]:
        """Return what one tree holds."""
        self.read((tree,))
        return self._known[tree]

    def below(self, root: str, path: str) -> Entry | None:
        """Return the entry that a path leads to from a tree, spelt exactly so; or None."""
        entry = Entry(b"", FOLDER, root)
        for name in (one for one in path.split("/") if one not in ("", ".")):
            inside = self.entries(entry.id) if entry.mode == FOLDER else ()
            found = next((one for one in inside if one.text == name), None)
            if found is None:
                return None
            entry = found
        return entry

    def leaves(self, tree: str) -> tuple[Leaf, ...]:
        """Return every file below a tree. Raises PenstockError for names that clash."""
        found: list[Leaf] = []
        level = {"": tree}
        for _ in range(_MAX_DEPTH):
            self.read(level.values())
            below: dict[str, str] = {}
            for prefix, one in level.items():
                _refuse_twins(prefix, self.entries(one))
                for entry in self.entries(one):
                    path = prefix + entry.text
                    if entry.mode == FOLDER:
                        below[f"{path}/"] = entry.id
                    else:
                        found.append(Leaf(path, entry.mode, entry.id))
            if len(found) > MAX_FILES:
                raise PenstockError(f"there are more than {MAX_FILES} files")
            if not below:
                return tuple(sorted(found))
            level = below
        raise PenstockError(f"folders lie more than {_MAX_DEPTH} deep")

    def exactly(self, tree: str, name: str) -> Entry | None:
        """Return an entry of a tree. Raises PenstockError where another may be taken for it."""
        for twin in self.alike(tree, name):
            raise PenstockError(f"{twin.text!a} is {name!a} on a disk that ignores case")
        return next((one for one in self.entries(tree) if one.text == name), None)

    def alike(self, tree: str, name: str, *, itself: bool = False) -> Iterator[Entry]:
        """Yield what a disk that ignores case or the forms of accents takes for a name."""
        for entry in self.entries(tree):
            if folded(entry.text) == folded(name) and (itself or entry.text != name):
                yield entry


def blobs(repository: Path, leaves: Iterable[Leaf]) -> dict[str, bytes]:
    """Return the bytes of files by path, from two processes however many there are.

    Raises PenstockError for whatever is no regular, readable file of moderate size.
    """
    wanted = tuple(leaves)
    for leaf in wanted:
        _refuse_odd(leaf)
    sizes = objects.sizes(repository, (leaf.id for leaf in wanted))
    for leaf in wanted:
        if sizes[leaf.id] > MAX_BLOB:
            raise PenstockError(f"{leaf.path} is larger than {MAX_BLOB} bytes")
    if sum(sizes.values()) > MAX_TOTAL:
        raise PenstockError(f"the files have more than {MAX_TOTAL} bytes together")
    found = objects.read(repository, sizes, limit=MAX_TOTAL)
    return {leaf.path: _whole(leaf, found[leaf.id]) for leaf in wanted}


def folded(name: str) -> str:
    """Spell a name as a disk does that ignores case and how accents are written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _refuse_odd(leaf: Leaf) -> None:
    if leaf.mode != _REGULAR:
        what = _KINDS.get(leaf.mode, f"of mode {leaf.mode}")
        raise PenstockError(f"{readable(leaf.path)} is {what}, where a regular file is due")
    if leaf.path != readable(leaf.path):
        raise PenstockError(f"the name {readable(leaf.path)} is not UTF-8")


def _whole(leaf: Leaf, found: objects.Object) -> bytes:
    if found.kind != "blob":
        raise PenstockError(f"{leaf.path} is a {found.kind}, where a file was due")
    if found.data.startswith(_LFS):
        raise PenstockError(f"{leaf.path} is a pointer of Git LFS, where the file itself is due")
    return found.data


def _refuse_twins(prefix: str, inside: Iterable[Entry]) -> None:
    names = sorted(entry.text for entry in inside)
    counts = Counter(folded(name) for name in names)
    twins = [prefix + name for name in names if counts[folded(name)] > 1]
    if twins:
        told = " and ".join(ascii(readable(name)) for name in twins[:2])
        raise PenstockError(f"{told} are one file on a disk that ignores case or accents' forms")
