"""Git, asked so that neither the repository nor the user's settings can answer for it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.toolchain import process
from pipeline.toolchain.folder import PATH

LIMIT: Final = 1 << 28
_TIMEOUT: Final = 60.0
_ENVIRONMENT: Final[Mapping[str, str]] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "PATH": PATH,
    "LC_ALL": "C",
}
_SAFE: Final = (
    "--no-pager",
    "--literal-pathspecs",
    "-c", "safe.directory=*",
    "-c", "safe.bareRepository=explicit",
    "-c", "core.fsmonitor=false",
    "-c", "core.untrackedCache=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.attributesFile=/dev/null",
    "-c", "core.excludesFile=/dev/null",
    "-c", "protocol.allow=never",
    "-c", "submodule.recurse=false",
)  # fmt: skip


def git(
    root: Path, *arguments: str, stdin: bytes = b"", limit: int = LIMIT, timeout: float = _TIMEOUT
) -> bytes:
    """Return what a git command prints in a repository. Raises PenstockError where it fails.

    Hooks, the file-system monitor, the network and the user's configuration are out of reach.
    Filters are commands of the repository's own configuration, so that only commands which read
    objects or the index may be asked, never one that converts files of the work tree.
    """
    return process.capture(
        ("git", *_SAFE, *arguments),
        cwd=root,
        env=_ENVIRONMENT,
        timeout=timeout,
        limit=limit,
        stdin=stdin,
    )


class Entry(msgspec.Struct, frozen=True, order=True):
    """One line of the index."""

    path: str
    """Relative to the folder that was asked about; undecodable bytes as surrogates."""
    mode: str
    blob: str
    stage: int
    """Other than 0 in an unfinished merge."""


def index(root: Path) -> tuple[Entry, ...]:
    """Return every tracked path at or below a folder."""
    found = []
    for line in _words(git(root, "ls-files", "-z", "--stage")):
        meta, _, path = line.partition("\t")
        mode, blob, stage = meta.split()
        found.append(Entry(path=path, mode=mode, blob=blob, stage=int(stage)))
    return tuple(found)


def untracked(root: Path) -> tuple[str, ...]:
    """Return the paths that are neither tracked nor ignored by the repository's own rules."""
    return _words(git(root, "ls-files", "-z", "--others", "--exclude-standard"))


def commit(root: Path) -> str | None:
    """Return the commit that HEAD names; None before the first."""
    return _resolve(root, "HEAD^{commit}")


def tree(root: Path) -> str | None:
    """Return the tree of HEAD's commit; None before the first."""
    return _resolve(root, "HEAD^{tree}")


def _resolve(root: Path, name: str) -> str | None:
    try:
        return git(root, "rev-parse", "--verify", "--quiet", name).decode("ascii").strip()
    except PenstockError:
        return None


def changed(root: Path) -> tuple[str, ...]:
    """Return the lines of `git status --porcelain`; none where the work tree equals HEAD.

    Submodules are left out: git would ask each by its own configuration.
    """
    return _words(
        git(
            root,
            *_without_filters(root),
            *("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all"),
            "--untracked-files=all",
        )
    )


def _without_filters(root: Path) -> tuple[str, ...]:
    """Return the flags that unset every filter which the repository's configuration defines."""
    flags: list[str] = []
    for name in _words(git(root, "config", "--list", "-z", "--name-only")):
        section, _, key = name.rpartition(".")
        if section.startswith("filter."):
            value = "false" if key == "required" else ""
            flags += ("-c", f"{name}={value}")
    return tuple(flags)


def _words(output: bytes) -> tuple[str, ...]:
    return tuple(word for word in output.decode("utf-8", "surrogateescape").split("\0") if word)
