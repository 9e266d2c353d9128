"""Git objects, each held against its own name: no trick of an object store can change one."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.toolchain.git import git

FOLDER: Final = "40000"
_SHA1: Final = 40
_HEADER: Final = 200
_COMMIT: Final = 1 << 20


class Object(msgspec.Struct, frozen=True):
    """What an object store holds under an id."""

    kind: str
    """blob, tree, commit or tag."""
    data: bytes


class Entry(msgspec.Struct, frozen=True):
    """One line of a tree."""

    name: bytes
    mode: str
    id: str

    @property
    def text(self) -> str:
        """The name, with bytes that are no UTF-8 as surrogates."""
        return self.name.decode("utf-8", "surrogateescape")


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a commit that something rests on."""

    tree: str
    committed: int | None
    """When, in seconds of the epoch; None where it does not say so in numbers."""
    author: str
    """The e-mail address, as it is written: git would read it in an encoding of their choice."""


def sizes(root: Path, ids: Iterable[str]) -> dict[str, int]:
    """Return how large each object says it is. Raises PenstockError for one that is not here."""
    found = {}
    wanted = tuple(dict.fromkeys(ids))
    for line in _ask(root, "--batch-check", wanted, limit=_HEADER * (len(wanted) + 1)).splitlines():
        name, _, size = _header(line)
        found[name] = size
    return found


def read(root: Path, ids: Iterable[str], *, limit: int) -> dict[str, Object]:
    """Return objects by id, from one process.

    Raises PenstockError for one that is not here, for more than `limit` bytes, and for bytes
    that do not belong to their id.
    """
    wanted = tuple(dict.fromkeys(ids))
    if not wanted:
        return {}
    data = _ask(root, "--batch", wanted, limit=limit + _HEADER * len(wanted))
    found = dict(_objects(data))
    for name in wanted:
        _hold(name, found.get(name))
    return found


def read_commit(root: Path, commit: str) -> Commit:
    """Return a commit. Raises PenstockError where the id names none that is here."""
    return read_commits(root, (commit,))[commit]


def read_commits(root: Path, ids: Iterable[str]) -> dict[str, Commit]:
    """Return commits by id. Raises PenstockError as `read_commit` does."""
    wanted = tuple(ids)
    found = read(root, wanted, limit=_COMMIT * max(len(wanted), 1))
    return {name: _commit(name, one) for name, one in found.items()}


def _commit(name: str, found: Object) -> Commit:
    if found.kind != "commit":
        raise PenstockError(f"{name} names a {found.kind}, not a commit")
    head = found.data.partition(b"\n\n")[0].decode("utf-8", "replace")
    said = dict(line.partition(" ")[::2] for line in reversed(head.split("\n")))
    moment = said.get("committer", "").rpartition("> ")[2].partition(" ")[0]
    number = int(moment) if moment.isdecimal() and len(moment) < len(str(1 << 63)) else None
    author = said.get("author", "").partition("<")[2].partition(">")[0]
    return Commit(tree=said.get("tree", ""), committed=number, author=author)


def entries(name: str, tree: Object) -> Iterator[Entry]:
    """Yield what a tree holds. Raises PenstockError for what is none."""
    if tree.kind != "tree":
        raise PenstockError(f"{name} is a {tree.kind}, where a tree was due")
    width = len(name) // 2
    data, at = tree.data, 0
    while at < len(data):
        space, end = data.find(b" ", at), data.find(b"\0", at)
        if not at < space < end <= len(data) - 1 - width:
            raise PenstockError(f"the tree {name} is damaged")
        mode = data[at:space].decode("ascii", "replace")
        after = end + 1 + width
        yield Entry(data[space + 1 : end], mode, data[end + 1 : after].hex())
        at = after


def _ask(root: Path, how: str, ids: tuple[str, ...], *, limit: int) -> bytes:
    asked = "".join(f"{name}\n" for name in ids).encode("ascii")
    return git(root, "cat-file", how, "--buffer", stdin=asked, limit=limit)


def _header(line: bytes) -> tuple[str, str, int]:
    words = line.decode("ascii", "replace").split(" ")
    if len(words) != len(("id", "kind", "size")) or not words[2].isdecimal():
        raise PenstockError(f"the object {words[0]} is not in this clone")
    return words[0], words[1], int(words[2])


def _objects(data: bytes) -> Iterator[tuple[str, Object]]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        name, kind, size = _header(data[at : end if end >= 0 else len(data)])
        yield name, Object(kind, data[end + 1 : end + 1 + size])
        at = end + 1 + size + 1


def _hold(name: str, found: Object | None) -> None:
    """Hash again what git does not when it reads: a planted file may stand under any name."""
    if found is None:
        raise PenstockError(f"git did not say what the object {name} holds")
    method = "sha1" if len(name) == _SHA1 else "sha256"
    whole = hashlib.new(method, f"{found.kind} {len(found.data)}\0".encode(), usedforsecurity=False)
    whole.update(found.data)
    if whole.hexdigest() != name:
        raise PenstockError(f"the bytes of the object {name} do not belong to that id")
