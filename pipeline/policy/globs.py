"""Globs that match a whole path: `*` within a folder, `**` across folders, `?` one character."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANING: Final = {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}


@lru_cache(maxsize=4096)
def compiled(glob: str) -> re.Pattern[str]:
    """Translate a glob. Brackets and dots mean themselves."""
    parts = (_MEANING.get(token) or re.escape(token) for token in _TOKEN.findall(glob))
    return re.compile("".join(parts), re.DOTALL)


def matches(glob: str, path: str) -> bool:
    """Say whether a glob covers the whole of a path."""
    return compiled(glob).fullmatch(path) is not None


def matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Make one test of many globs; words without a wildcard are looked up, not searched."""
    every = tuple(globs)
    words = frozenset(glob for glob in every if not wild(glob))
    patterns = tuple(compiled(glob) for glob in every if wild(glob))

    def test(text: str) -> bool:
        return text in words or any(pattern.fullmatch(text) for pattern in patterns)

    return test


def wild(text: str) -> bool:
    """Say whether a text is more than a name."""
    return "*" in text or "?" in text


def says_nothing(glob: str) -> bool:
    """Say whether a glob names no part of a path, and so covers everything of some depth."""
    return not glob.strip("*?/.")
