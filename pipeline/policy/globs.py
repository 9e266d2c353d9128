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
    return re.compile(_pattern(glob), re.DOTALL)


def _pattern(glob: str) -> str:
    return "".join(_MEANING.get(token) or re.escape(token) for token in _TOKEN.findall(glob))


def matches(glob: str, path: str) -> bool:
    """Say whether a glob covers the whole of a path."""
    return compiled(glob).fullmatch(path) is not None


def matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Make one test of many globs; words without a wildcard are looked up, not searched."""
    every = tuple(globs)
    words = frozenset(glob for glob in every if not wild(glob))
    wilds = [f"(?:{_pattern(glob)})" for glob in every if wild(glob)]
    if not wilds:
        return words.__contains__
    pattern = re.compile("|".join(wilds), re.DOTALL)

    def test(text: str) -> bool:
        return text in words or pattern.fullmatch(text) is not None

    return test


def wild(text: str) -> bool:
    """Say whether a text is more than a name."""
    return "*" in text or "?" in text


def says_nothing(glob: str) -> bool:
    """Say whether a glob names no part of a path, and so covers everything of some depth."""
    return not glob.strip("*?/.")
