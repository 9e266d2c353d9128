"""Who has grown from whom in a repository."""

import re
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.toolchain.git import git

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_ancestor(repository: Path, commit: str, of: str) -> bool:
    """Say whether a commit is another one or before it. What is not here is not."""
    if not _COMMIT.fullmatch(commit) or not (of == "HEAD" or _COMMIT.fullmatch(of)):
        return False
    try:
        git(repository, "merge-base", "--is-ancestor", commit, of)
    except PenstockError:
        return False
    return True


def branch(repository: Path) -> str:
    """Return the branch that is checked out; empty where none is."""
    try:
        return git(repository, "symbolic-ref", "--short", "-q", "HEAD").decode().strip()
    except (PenstockError, UnicodeDecodeError):
        return ""
