"""Globs that match a whole path: `*` within a folder, `**` across folders, `?` one character."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import methodcaller
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
    """Make one test of many globs, which searches only where a glob is no word and no folder."""
    every = tuple(globs)
    words = frozenset(glob for glob in every if not wild(glob))
    under = tuple(glob[:-2] for glob in every if _is_folder(glob))
    others = [f"(?:{_pattern(one)})" for one in every if wild(one) and not _is_folder(one)]
    if not under and not others:
        return words.__contains__
    if not words and not others:
        return methodcaller("startswith", under)
    if not others:
        return lambda text: text in words or text.startswith(under)
    pattern = re.compile("|".join(others), re.DOTALL)
    return lambda text: (
        text in words or text.startswith(under) or pattern.fullmatch(text) is not None
    )


def _is_folder(glob: str) -> bool:
    """Say whether a glob is the beginning of a text, and nothing else."""
    return glob.endswith("**") and not wild(glob[:-2])


def wild(text: str) -> bool:
    """Say whether a text is more than a name."""
    return "*" in text or "?" in text


def says_nothing(glob: str) -> bool:
    """Say whether a glob names no part of a path, and so covers everything of some depth."""
    return not glob.strip("*?/.")
