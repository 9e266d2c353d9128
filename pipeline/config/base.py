"""Reads files out of a base commit, where the change under test cannot have touched them."""

import re
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.gap import Gap, GapReason
from pipeline.model.record import readable
from pipeline.toolchain.git import git

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REGULAR: Final = "100644"
_MAX_BLOB: Final = 1 << 20


class BaseError(PenstockError):
    """The base commit cannot be used: the run goes on, and cannot pass."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """A commit whose files are trusted, and the repository that holds it."""

    commit: str
    repository: Path

    def read(self, path: str) -> bytes | None:
        """Return a regular file's bytes, None when it is not in the commit.

        Raises BaseError for a link, a submodule, an executable file or one over 1 MiB.
        """
        listed = self._entries(path)
        if path not in listed:
            return None
        return self._blob(path, *listed[path])

    def folder(self, path: str) -> dict[str, bytes]:
        """Return every file below a folder of the commit, by path relative to it."""
        prefix = f"{path.rstrip('/')}/" if path not in ("", ".") else ""
        entries = self._entries(prefix or ".")
        return {
            name.removeprefix(prefix): self._blob(name, mode, kind, blob)
            for name, (mode, kind, blob) in entries.items()
        }

    def _entries(self, path: str) -> dict[str, tuple[str, str, str]]:
        listing = git(self.repository, "ls-tree", "-r", "-z", "--full-tree", self.commit, path)
        entries = {}
        for line in listing.decode("utf-8", "surrogateescape").split("\0"):
            if line:
                meta, _, name = line.partition("\t")
                mode, kind, blob = meta.split()
                entries[name] = (mode, kind, blob)
        return entries

    def _blob(self, name: str, mode: str, kind: str, blob: str) -> bytes:
        if kind != "blob" or mode != _REGULAR:
            raise BaseError(f"{name} at {self.commit[:12]} is no regular file (mode {mode})")
        if name != readable(name):
            raise BaseError(f"a name at {self.commit[:12]} is not UTF-8: {readable(name)}")
        data = git(self.repository, "cat-file", "blob", blob)
        if len(data) > _MAX_BLOB:
            raise BaseError(f"{name} at {self.commit[:12]} is larger than {_MAX_BLOB} bytes")
        return data


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
            f"the base {commit!r} is no full commit id",
            hint="pass the 40 hex digits that the server or the event names, not a branch",
        )
    repository = repository_of(target)
    if repository is None:
        raise BaseError(f"{target} is in no git repository, so it has no base commit")
    try:
        git(repository, "cat-file", "-e", f"{commit}^{{commit}}")
    except PenstockError as exc:
        raise BaseError(
            f"the base commit {commit} is not in this clone",
            hint="fetch the whole history (in Actions: fetch-depth: 0)",
        ) from exc
    if must_be_ancestor:
        _check_ancestor(repository, commit)
    return Base(commit=commit, repository=repository)


def _check_ancestor(repository: Path, commit: str) -> None:
    try:
        git(repository, "merge-base", "--is-ancestor", commit, "HEAD")
    except PenstockError as exc:
        raise BaseError(
            f"the base commit {commit[:12]} is not an ancestor of HEAD",
            hint="merge or rebase onto the target branch, or pass the commit the event names",
        ) from exc


def gap(error: BaseError) -> Gap:
    """Say it as a gap of the whole run."""
    detail = f"{error.message}; {error.hint}" if error.hint else error.message
    return Gap(stage=None, target=None, reason=GapReason.BASE_MISSING, detail=detail)
