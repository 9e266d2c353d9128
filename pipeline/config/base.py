"""Reads files out of a base commit, where the change under test cannot have touched them."""

import re
from pathlib import Path
from typing import Final

import msgspec

from pipeline.config.tree import Leaf, Trees, blobs
from pipeline.errors import PenstockError
from pipeline.model.gap import Gap, GapReason
from pipeline.model.record import readable
from pipeline.toolchain import objects
from pipeline.toolchain.git import git, is_shallow

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_GATE: Final = "gate.yaml"
_RESERVED: Final = (_GATE, "roles.yaml", "allowed_signers", "revoked_keys", "exceptions")
"""Names of a policy folder that must not merely look right."""


class BaseError(PenstockError):
    """The base commit cannot be used: the run goes on, and cannot pass."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """A commit whose files are trusted, and the repository that holds it.

    Everything is read by id from the commit down, and each object is hashed again: the id that
    the server named is all that has to be believed.
    """

    commit: str
    repository: Path
    tree: str
    committed: int | None
    """When, in seconds of the epoch; None where the commit does not say so in numbers."""

    def read(self, path: str) -> bytes | None:
        """Return a regular file's bytes, None when it is not in the commit.

        Raises BaseError for a link, a submodule, an executable file, a pointer of Git LFS, one
        over 1 MiB, and one beside which another name differs by case alone.
        """
        try:
            return self._read(path)
        except PenstockError as exc:
            raise self._error(exc) from exc

    def holds_policy(self, folder: str) -> bool:
        """Say whether a folder holds gate.yaml, whatever kind of entry that is.

        Raises BaseError where it does by a name that only some disks take for it.
        """
        try:
            return self._holds_policy(folder)
        except PenstockError as exc:
            raise self._error(exc) from exc

    def folder(self, path: str) -> dict[str, bytes]:
        """Return every file below a folder of the commit, by path relative to it.

        Raises BaseError as `read` does, for the whole folder.
        """
        trees = Trees(self.repository)
        try:
            found = trees.below(self.tree, path)
            if found is None or found.mode != objects.FOLDER:
                return {}
            return blobs(self.repository, trees.leaves(found.id))
        except PenstockError as exc:
            raise self._error(exc, below=path) from exc

    def _read(self, path: str) -> bytes | None:
        trees = Trees(self.repository)
        above, _, name = path.rpartition("/")
        parent = trees.below(self.tree, above)
        if parent is None or parent.mode != objects.FOLDER:
            return None
        entry = trees.exactly(parent.id, name)
        if entry is None:
            return None
        return blobs(self.repository, (Leaf(path, entry.mode, entry.id),))[path]

    def _holds_policy(self, folder: str) -> bool:
        trees = Trees(self.repository)
        _refuse_twin_folder(trees, self.tree, folder)
        found = trees.below(self.tree, folder)
        if found is None:
            return False
        if found.mode != objects.FOLDER:
            raise PenstockError(f"{folder} is no folder")
        held = [trees.exactly(found.id, name) for name in _RESERVED]
        return held[0] is not None

    def _error(self, exc: PenstockError, *, below: str = "") -> BaseError:
        place = f"{below} at" if below else "at"
        return BaseError(
            f"{exc.message} ({place} base commit {self.commit[:12]})",
            hint=exc.hint or "mend it on the protected branch",
        )


def _refuse_twin_folder(trees: Trees, root: str, folder: str) -> None:
    """Refuse a policy beside this one in a folder whose name some disks take for its name."""
    above, _, name = folder.rpartition("/")
    parent = trees.below(root, above)
    if name in ("", ".") or parent is None or parent.mode != objects.FOLDER:
        return
    for twin in trees.alike(parent.id, name):
        if twin.mode == objects.FOLDER and any(trees.alike(twin.id, _GATE, itself=True)):
            raise PenstockError(f"{twin.text!a} is {name!a} on a disk that ignores case")


def repository_of(target: Path) -> Path | None:
    """Return the top of the git work tree that holds `target`, or None."""
    for folder in (target, *target.parents):
        if (folder / ".git").exists():
            return folder
    return None


def find(commit: str, target: Path, *, must_be_ancestor: bool) -> Base:
    """Check that a base commit is here, and in a pull request that the change grew from it.

    Raises BaseError. A branch name is refused: a stale one would be believed.
    """
    if not _COMMIT.fullmatch(commit):
        raise BaseError(
            f"the base {readable(commit)!r} is no full commit id",
            hint="pass the 40 hex digits that the server or the event names, not a branch",
        )
    repository = repository_of(target)
    if repository is None:
        raise BaseError(f"{target} is in no git repository, so it has no base commit")
    try:
        read = objects.read_commit(repository, commit)
    except PenstockError as exc:
        raise BaseError(
            f"the base commit {commit} cannot be read: {exc.message}",
            hint="fetch the whole history (in Actions: fetch-depth: 0)",
        ) from exc
    if must_be_ancestor:
        _check_ancestor(repository, commit)
    return Base(commit=commit, repository=repository, tree=read.tree, committed=read.committed)


def _check_ancestor(repository: Path, commit: str) -> None:
    try:
        git(repository, "merge-base", "--is-ancestor", commit, "HEAD")
    except PenstockError as exc:
        hint = "merge or rebase onto the target branch, or pass the commit the event names"
        if is_shallow(repository):
            hint = "the clone is shallow: fetch the whole history (in Actions: fetch-depth: 0)"
        raise BaseError(
            f"the base commit {commit[:12]} is not an ancestor of HEAD", hint=hint
        ) from exc


def gap(error: BaseError) -> Gap:
    """Say it as a gap of the whole run."""
    detail = f"{error.message}; {error.hint}" if error.hint else error.message
    return Gap(stage=None, target=None, reason=GapReason.BASE_MISSING, detail=detail)
