"""Lists what a tree holds: what git tracks or would add, else what the file system shows."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.inventory import names
from pipeline.inventory.languages import by_name
from pipeline.model.gap import GapReason
from pipeline.model.inventory import Origin, Unread
from pipeline.toolchain.git import git, here

_SUBMODULE: Final = "160000"
_OBJECT: Final = re.compile(r"[0-9a-f]{40,64}")
_FILTER: Final = re.compile(r"filter\.(.+)\.[a-z]+", re.DOTALL)
_LIMIT: Final = 256 << 20
"""More names than this holds are more than a run can look at."""
_OWN: Final = ".penstock"
"""Where bundles usually are: nobody but the user puts there what git does not track."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Names as the operating system gives them, relative to the root."""

    origin: Origin
    files: tuple[str, ...]
    """Everything that is, or should be, a regular file or a link."""
    unread: tuple[Unread, ...]
    """What is known to be no file of this tree."""
    names: frozenset[str] = frozenset()
    """All of it: a later look is held against them."""
    commit: str | None = None
    tree: str | None = None
    dirty: bool | None = None


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """What `git ls-files -s -z` says."""

    files: tuple[str, ...]
    submodules: tuple[str, ...]


def take(root: Path, ignore: Iterable[Path] = ()) -> Listing:
    """List a tree, without the folders that this run writes anew.

    Where git is missing, refuses the folder or knows nothing below it, the file system is
    listed: that is more, never less.
    """
    own = _own(root, ignore)
    try:
        listing = _from_git(root, (*own, _OWN)) if _is_in_repository(root) else None
    except PenstockError:
        listing = None
    if listing is not None and (listing.files or listing.unread):
        return listing
    files, unread = walk(root, own)
    return Listing(origin=Origin.FILES, files=files, unread=unread, names=frozenset(files))


def names_now(root: Path, ignore: Iterable[Path], origin: Origin) -> frozenset[str]:
    """List the names once more, from where they came before. Raises PenstockError."""
    own = _own(root, ignore)
    if origin is Origin.FILES:
        return frozenset(walk(root, own)[0])
    said = _ask(root, "ls-files", "-c", "-o", "-z", "--exclude-standard")
    return _foreign((name.rstrip("/") for name in _records(said)), (*own, _OWN))


def parse_tracked(listed: bytes) -> Tracked:
    """Read `git ls-files -s -z`. A name in several merge stages counts once."""
    files: set[str] = set()
    submodules: set[str] = set()
    for line in _records(listed):
        meta, _, name = line.partition("\t")
        (submodules if meta.startswith(_SUBMODULE) else files).add(name)
    return Tracked(files=tuple(sorted(files)), submodules=tuple(sorted(submodules)))


def parse_untracked(listed: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read `git ls-files -o -z`: files, and folders that are repositories of their own."""
    entries = sorted(set(_records(listed)))
    files = tuple(name for name in entries if not name.endswith("/"))
    return files, tuple(name.rstrip("/") for name in entries if name.endswith("/"))


def filters(configuration: bytes) -> tuple[str, ...] | None:
    """Return options that switch off every filter program that `git config -z --list` names.

    git would start them to see whether a file differs from what was committed. None where one
    has a name that no option can carry.
    """
    found = {
        match[1]
        for record in _records(configuration)
        if (match := _FILTER.fullmatch(record.partition("\n")[0]))
    }
    if any("=" in name for name in found):
        return None
    return tuple(
        word
        for name in sorted(found)
        for setting in ("clean=", "smudge=", "process=", "required=false")
        for word in ("-c", f"filter.{name}.{setting}")
    )


def _is_in_repository(root: Path) -> bool:
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def _from_git(root: Path, own: tuple[str, ...]) -> Listing:
    tracked = parse_tracked(_ask(root, "ls-files", "-s", "-z"))
    others, nested = parse_untracked(_ask(root, "ls-files", "-o", "-z", "--exclude-standard"))
    untracked = [name for name in others if not _is_below(name, own)]
    commit, tree = _head(root)
    mine = [name for name in tracked.files if _is_below(name, own)]
    return Listing(
        origin=Origin.GIT,
        files=tuple(sorted({*tracked.files, *untracked}.difference(mine))),
        unread=tuple(
            sorted(
                [
                    *map(_submodule, tracked.submodules),
                    *(_nested(name) for name in nested if not _is_below(name, own)),
                    *map(_in_output, mine),
                ]
            )
        ),
        names=_foreign((*tracked.files, *tracked.submodules, *others, *nested), own),
        commit=commit,
        tree=tree,
        dirty=bool(untracked) or _is_changed(root),
    )


def _ask(root: Path, *arguments: str) -> bytes:
    """Ask git of this work tree, whichever one the repository's configuration names."""
    return git(root, *arguments, limit=_LIMIT, variables=here(root))


def _head(root: Path) -> tuple[str | None, str | None]:
    """Return commit and tree, or nothing where there is no commit yet."""
    try:
        answer = git(root, "rev-parse", "HEAD", "HEAD^{tree}").decode("ascii", "replace")
    except PenstockError:
        return None, None
    found = _OBJECT.findall(answer)
    return (found[0], found[1]) if len(found) == 2 else (None, None)  # noqa: PLR2004 -- asked two


def _is_changed(root: Path) -> bool:
    silent = filters(_ask(root, "config", "-z", "--list"))
    # What git is told to take for unchanged, it does not look at.
    listed = _records(_ask(root, "ls-files", "-v", "-z"))
    trusted = any(not line.startswith("H ") for line in listed)
    if silent is None or trusted:
        return True
    words = ("--porcelain", "-z", "-uno", "--ignore-submodules=all", "--", ".")
    return bool(_ask(root, *silent, "status", *words))


def walk(root: Path, own: tuple[str, ...] = ()) -> tuple[tuple[str, ...], tuple[Unread, ...]]:
    """List everything below a folder but `.git` and our own output; links are not followed."""
    files: list[str] = []
    unread: list[Unread] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as entries:
                found = list(entries)
        except OSError as exc:
            if not folder:
                raise PenstockError(f"{root} cannot be listed: {exc.strerror}") from exc
            unread.append(_unlisted(folder, exc))
            continue
        for entry in found:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name == ".git" or _is_below(name, own):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(name)
            else:
                files.append(name)
    return tuple(sorted(files)), tuple(sorted(unread))


def _own(root: Path, ignore: Iterable[Path]) -> tuple[str, ...]:
    """Name our own output below the root; a folder that holds the root hides nothing."""
    inner = (path for path in ignore if path.is_relative_to(root) and path != root)
    return tuple(sorted({path.relative_to(root).as_posix() for path in inner}))


def _foreign(found: Iterable[str], own: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name in found if not _is_below(name, own))


def _is_below(name: str, folders: tuple[str, ...]) -> bool:
    return any(name == folder or name.startswith(f"{folder}/") for folder in folders)


def _records(data: bytes) -> Iterator[str]:
    return (os.fsdecode(record) for record in data.split(b"\0") if record)


def _submodule(name: str) -> Unread:
    return Unread(
        path=names.shown(name),
        reason=GapReason.SUBMODULE,
        detail="a submodule: its files belong to another repository",
    )


def _nested(name: str) -> Unread:
    return Unread(
        path=names.shown(name),
        reason=GapReason.SUBMODULE,
        detail="a repository inside this one: git does not list its files",
    )


def _in_output(name: str) -> Unread:
    return Unread(
        path=names.shown(name),
        reason=GapReason.EXCLUDED,
        detail="git tracks a file in the folder to which Penstock writes",
        language=by_name(name),
    )


def _unlisted(name: str, error: OSError) -> Unread:
    return Unread(
        path=names.shown(name),
        reason=GapReason.NOT_READ,
        detail=f"the folder cannot be listed: {error.strerror}",
    )
