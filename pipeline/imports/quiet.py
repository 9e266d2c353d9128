"""Keeps what looks like a credential out of what is kept of a report: its tool quotes code."""

import re
from functools import lru_cache
from typing import Final

import msgspec

from pipeline.imports.base import NotReadError
from pipeline.model import hiding
from pipeline.model.finding import Finding
from pipeline.model.opaque import packed
from pipeline.model.quiet import record, sentence

_MOST: Final = 64 << 10
_NAMES: Final = ("passw", "secret", "credential", "api key", "apikey", "api-key", "private key",
                 "passphrase", "hardcoded-token", "hardcoded_token", "hardcoded token")  # fmt: skip
"""Words, small, of which one has to be in the name of a rule that looks for secrets."""
_WEAKNESSES: Final = frozenset(
    {"CWE-256", "CWE-257", "CWE-259", "CWE-312", "CWE-313", "CWE-321", "CWE-522", "CWE-540",
     "CWE-547", "CWE-615", "CWE-798"}
)  # fmt: skip
"""Secrets that stand somewhere in plain sight."""
_CODED: Final = re.compile(r"%|[0-9a-f]{24}")
"""What small letters may be that are more than they look: parts of a URL, hexadecimal."""


def quiet(found: Finding) -> Finding:
    """Return a finding without what looks like a credential in any of its texts.

    Raises NotReadError for one that no bundle should hold: nobody names a package in a book.
    """
    message = sentence(found.message)
    if found.purl is None and message == found.message and _is_quiet(found):
        return found
    told = msgspec.structs.replace(found, title=sentence(found.title), message=message)
    if (size := len(msgspec.json.encode(told))) > _MOST:
        raise NotReadError(f"a finding in it has {size:,} bytes, and {_MOST:,} may be")
    return record(told)


def is_about_secrets(name: str, title: str, cwes: tuple[str, ...]) -> bool:
    """Say whether a rule is about secrets in code: what its results say may quote one."""
    small = f"{name} {title}".lower()
    return not _WEAKNESSES.isdisjoint(cwes) or any(word in small for word in _NAMES)


def _is_quiet(found: Finding) -> bool:
    """Say whether there is nothing to hide; a location names no other place than the target."""
    return _is_plain(found.rule) and _is_plain(found.title) and _names_nothing(found.target)


@lru_cache(maxsize=4096)
def _is_plain(text: str) -> bool:
    return sentence(text) == text


def _names_nothing(path: str) -> bool:
    """Say so of a path in the shortest way: base64 is never small alone, and most paths are."""
    if hiding.text(path) != path:
        return False
    return (path.islower() and not _CODED.search(path)) or packed(path) == path
