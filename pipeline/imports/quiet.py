"""Keeps what looks like a credential out of what is kept of a report: its tool quotes code."""

import re
from base64 import urlsafe_b64decode
from binascii import Error
from functools import lru_cache
from typing import Final

import msgspec

from pipeline.imports.base import NotReadError
from pipeline.model import hiding
from pipeline.model.finding import Finding

_MOST: Final = 64 << 10
_ABOUT: Final = ("passw", "pwd", "secret", "credential", "token", "key", "passphrase")
"""Words, small, of which one has to be there where a sentence quotes a secret."""
_NAMES: Final = ("passw", "secret", "credential", "api key", "apikey", "api-key", "private key",
                 "passphrase", "hardcoded-token", "hardcoded_token", "hardcoded token")  # fmt: skip
"""Words, small, of which one has to be in the name of a rule that looks for secrets."""
_WORD: Final = (
    r"(?:passw(?:or)?ds?|passwd|pwd|passphrases?|secrets?(?:[ _-]?keys?)?|credentials?|tokens?"
    r"|api[ _-]?keys?|private[ _-]?keys?)\w{0,30}"
)
_QUOTED: Final = re.compile(
    rf"(?i:{_WORD})[^'\"`\n]{{0,60}}?"
    r"(?:'(?P<a>(?:[^'\\\n]|\\.)+)'|\"(?P<b>(?:[^\"\\\n]|\\.)+)\"|`(?P<c>[^`\n]+)`)"
)
"""`Possible hardcoded password: 'x'`, as bandit says it."""
_GIVEN: Final = re.compile(rf"(?i:{_WORD})['\"`]?\s*(?:=|:=|:|=>)\s*(?P<d>[^\s'\"`,;]{{4,}})")
"""`password=x`; behind a colon only what has a digit in it, for sentences go on there too."""
_PACKED: Final = re.compile(r"[\w+/-]{24,}+", re.ASCII)
"""What may be a credential in hexadecimal or base64."""
_LONG: Final = 15
_SHORT: Final = re.compile(rf"(?:[\w+/-]{{0,{_LONG - 1}}}+(?:[^\w+/-]++|\Z))*+\Z")
"""A text of short words, as most are: neither that nor a token is in it."""
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){16,}")
_URLSAFE: Final = str.maketrans("+/", "-_")
_WEAKNESSES: Final = frozenset(
    {"CWE-256", "CWE-257", "CWE-259", "CWE-312", "CWE-313", "CWE-321", "CWE-522", "CWE-540",
     "CWE-547", "CWE-615", "CWE-798"}
)  # fmt: skip
"""Secrets that stand somewhere in plain sight."""


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
    return hiding.record(told)


def sentence(said: str) -> str:
    """Return a sentence without the values that it calls secret, and without credentials."""
    small = said.lower()
    for word in _ABOUT:
        if word in small:
            said = _GIVEN.sub(_given, _QUOTED.sub(_without, said))
            break
    if max(map(len, said.split()), default=0) < _LONG or _SHORT.match(said):
        return hiding.short_words(said)
    return hiding.text(_PACKED.sub(_unpacked, said))


def is_about_secrets(name: str, title: str, cwes: tuple[str, ...]) -> bool:
    """Say whether a rule is about secrets in code: what its results say may quote one."""
    small = f"{name} {title}".lower()
    return not _WEAKNESSES.isdisjoint(cwes) or any(word in small for word in _NAMES)


def _is_quiet(found: Finding) -> bool:
    """Say whether there is nothing to hide; a location names no other place than the target."""
    return (
        _is_plain(found.rule)
        and _is_plain(found.title)
        and hiding.text(found.target) == found.target
    )


@lru_cache(maxsize=4096)
def _is_plain(text: str) -> bool:
    return sentence(text) == text


def _without(match: re.Match[str]) -> str:
    value = match[match.lastgroup or 0]
    return f"{match[0][: -len(value) - 1]}{hiding.HIDDEN}{match[0][-1]}"


def _given(match: re.Match[str]) -> str:
    value = match["d"]
    before = match[0].removesuffix(value)
    sure = "=" in before[-4:] or any(one.isdigit() for one in value)
    return f"{before}{hiding.HIDDEN}" if sure else match[0]


def _unpacked(match: re.Match[str]) -> str:
    """Leave out what is a credential once it is unpacked."""
    packed = match[0]
    whole = packed[: len(packed) // 4 * 4]
    try:
        plain = (
            bytes.fromhex(packed)
            if _HEX.fullmatch(packed)
            else urlsafe_b64decode(whole.translate(_URLSAFE))
        )
    except (Error, ValueError):
        return packed
    return packed if hiding.data(plain) == plain else hiding.HIDDEN
