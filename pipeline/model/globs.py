"""Globs over repository paths: `*` stays within a folder, `**` crosses folders."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

_TOKEN: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)


class Globs(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns in the order in which they were written."""

    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    below: str = ""
    """Where the paths begin, seen from the folder that the globs are relative to: `api/`."""

    def first(self, path: str) -> str | None:
        """Return the first glob, as written, that matches the whole path."""
        for written, pattern in self.patterns:
            if pattern.fullmatch(f"{self.below}{path}"):
                return written
        return None


def compiled(globs: Iterable[str], *, below: str = "") -> Globs:
    """Compile globs once for many paths."""
    return Globs(patterns=tuple((glob, translate(glob)) for glob in globs), below=below)


def translate(glob: str) -> re.Pattern[str]:
    """Write one glob as a regular expression over the whole path."""
    cleaned = glob.removeprefix("./")
    return re.compile("".join(map(_part, _TOKEN.findall(cleaned))), re.DOTALL)


def _part(token: str) -> str:
    match token:
        case "**/":
            return "(?:[^/]+/)*"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if len(token) > 1:
            return _set(token)
        case _:
            return re.escape(token)


def _set(token: str) -> str:
    inner = token[1:-1]
    negated = inner.startswith("!")
    letters = re.escape(inner.removeprefix("!")).replace(r"\-", "-")
    if not letters:
        return re.escape(token)
    pattern = f"(?!/)[{'^' if negated else ''}{letters}]"
    try:
        re.compile(pattern)
    except re.error:
        return re.escape(token)
    return pattern
