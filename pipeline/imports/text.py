"""Names, paths and instants out of other people's reports, made fit for a bundle."""

import posixpath
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

TITLE: Final = 120
MESSAGE: Final = 4000
NAME: Final = 500
_CWE: Final = re.compile(r"(?:^|[^A-Za-z])CWE[-_ ]?0*([1-9][0-9]{0,5})(?![0-9])", re.IGNORECASE)
_ADVISORY: Final = re.compile(
    r"(CVE-[0-9]{4}-[0-9]{4,}|GHSA(?:-[0-9a-z]{4}){3}|(?:PYSEC|MAL|RUSTSEC|GO|OSV)-[0-9]{4}-[0-9]+)"
    r"(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_FILE: Final = re.compile(r"\Afile:(?://(?:localhost)?)?/", re.IGNORECASE)
_PLAIN: Final = re.compile(r"(?:[\w-][\w.-]*+/)*+[\w-][\w.-]*+\Z", re.ASCII)
"""A path that is as short as it can be."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def short(text: str, most: int = TITLE) -> str:
    """Fold white space, and cut."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def is_plain(uri: str) -> bool:
    """Say whether a URI is a path of the tree just as it is written, as most are."""
    return len(uri) <= NAME and _PLAIN.match(uri) is not None


@lru_cache(maxsize=65536)
def path_of(uri: str, roots: tuple[str, ...] = ()) -> str:
    """Return the relative POSIX path that a URI names; empty where it leads out of the tree.

    `roots` are absolute paths of the tree: what lies below one of them is in it.
    """
    text = uri if uri.isascii() and "%" not in uri else _unquoted(uri)
    text = within(text, roots) or text
    if leads_away(text) or "\0" in text or len(text) > NAME:
        return ""
    path = text if _PLAIN.match(text) else posixpath.normpath(text.replace("\\", "/") or ".")
    return "" if path in {".", ".."} or path.startswith("../") else path


def _unquoted(uri: str) -> str:
    return unquote(uri, errors="surrogateescape").encode("utf-8", "backslashreplace").decode()


def leads_away(text: str) -> bool:
    """Say whether a place is named from the root of a disk, or of something else."""
    return text.startswith(("/", "\\")) or _SCHEME.match(text) is not None


def within(text: str, roots: Iterable[str]) -> str:
    """Return an absolute path below one of the roots from there on; empty for all others."""
    if not text.startswith(("/", "f", "F")):
        return ""
    path = posixpath.normpath(_FILE.sub("/", text, count=1))
    below = (root for root in roots if path == root or path.startswith(f"{root.rstrip('/')}/"))
    root = next(below, None) if path.startswith("/") else None
    return posixpath.relpath(path, root) if root is not None else ""


def cwes_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the weaknesses that tags name, in whatever way they write them."""
    found = {f"CWE-{match[1]}" for text in texts for match in _CWE.finditer(text)}
    return tuple(sorted(found, key=lambda one: int(one[4:])))


def advisory_in(name: str) -> str | None:
    """Return the advisory that a rule is named for: some tools put the package behind it."""
    found = _ADVISORY.match(name)
    return found[1] if found else None


def instant(text: str) -> str | None:
    """Write an instant as a bundle does; None for what is none, or has no time zone."""
    try:
        read = datetime.fromisoformat(text.strip())
        if read.tzinfo is None:
            return None
        whole = read.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
    return whole.isoformat().replace("+00:00", "Z")
