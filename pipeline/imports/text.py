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
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def short(text: str, most: int = TITLE) -> str:
    """Fold white space, and cut."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


@lru_cache(maxsize=65536)
def path_of(uri: str) -> str:
    """Return the relative POSIX path that a URI names; empty where it leads out of the tree."""
    text = unquote(uri, errors="surrogateescape").encode("utf-8", "backslashreplace").decode()
    if _SCHEME.match(text) or text.startswith(("/", "\\")) or "\0" in text or len(text) > NAME:
        return ""
    path = posixpath.normpath(text.replace("\\", "/")) if text else "."
    return "" if path in {".", ".."} or path.startswith("../") else path


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
