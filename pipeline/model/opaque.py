"""Finds what nobody can read in a text: credentials that are packed, and those without a form.

Base64, hexadecimal and URL encoding hide a token from whoever looks for its form. Others have no
form at all: they are known by looking like dice. Digests, paths, names and versions do not.
"""

import json
import re
from binascii import Error, a2b_base64
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote

from pipeline.model import hiding

LONG: Final = 15
"""A text without so many letters, digits and `_+/-` together has nothing opaque in it."""
_SHORT: Final = re.compile(rf"(?:[\w+/-]{{0,{LONG - 1}}}+(?:[^\w+/-]++|\Z))*+\Z")
_RUN: Final = re.compile(r"[\w+/-]{24,}+={0,2}", re.ASCII)
"""What may be packed, or the fall of dice."""
_DIGEST: Final = re.compile(r"(?:\bsha-?\d{1,3}|\bmd5|\bh1)[-_:=]", re.ASCII | re.IGNORECASE)
"""What stands before the base64 of a digest, which is no secret."""
_BEFORE: Final = 8
_HEX: Final = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}){16,}+(?![0-9a-fA-F])")
_URL: Final = re.compile(r"(?<![\w.~%-])[\w.~-]*+(?:%[0-9A-Fa-f]{2}[\w.~-]*+)++", re.ASCII)
_STANDARD: Final = str.maketrans("-_", "+/")
_LETTERS: Final = re.compile(r"[A-Za-f]{5}")
"""What each fourth letter is in the base64 of a text, whose bytes are small."""
_PRINTED: Final = re.compile(rb"[ -~]{14,}")
"""So much of a credential is letters; of what is no base64 hardly ever so much together."""
_PART: Final = re.compile(r"[A-Za-z0-9+]+")
_TURN: Final = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_NAMES: Final = re.compile(r"[a-z]{3,}")
_WORDS: Final = re.compile(r"[A-Z][a-z]{2,}|[a-z]{3,}|[A-Z]{3,}|[0-9]{3,}")
"""All that names of algorithms are made of: `PBKDF2WithHmacSHA256`."""
_DICE: Final = 16
"""So many letters and digits have to stand together to tell dice from words."""
_LONG_PART: Final = re.compile(rf"[A-Za-z0-9+]{{{_DICE}}}")
_SOME: Final = 3
_LITERAL: Final = re.compile(r"\"(?:[^\"\\]++|\\.)*+\"?|[^\"]++", re.DOTALL)
"""A text of a JSON document as it is written, or what stands between two."""
_OPEN: Final = ('"{', '"[')
"""So begins what may be a document within a document."""
_LOOK: Final = 256
"""So many of them are looked at."""


def is_short(said: str) -> bool:
    """Say whether a text has short words alone, as most have: nothing opaque is in it."""
    return max(map(len, said.split(" "))) < LONG or _SHORT.match(said) is not None


def packed(said: str) -> str:
    """Return a name or a path without credentials, packed or not."""
    return _packed(decoded(said, _packed))


def packed_in(data: bytes) -> bytes:
    """Do the same for a document in a file."""
    said = data.decode("utf-8", "surrogateescape")
    left = packed_json(said)
    return data if left == said else left.encode("utf-8", "surrogateescape")


def packed_json(said: str) -> str:
    """Do the same for JSON, which stays JSON, and for what its texts are once they are read.

    A text that hides nothing stays as it is written. What is no JSON is read as well as it can be.
    """
    known: dict[str, str] = {}

    def replaced(match: re.Match[str]) -> str:
        left = known.get(match[0])
        if left is None:
            left = known[match[0]] = _packed_literal(match[0])
        return left

    return _LITERAL.sub(replaced, said)


def opaque(said: str) -> str:
    """Return a sentence without whatever in it is packed, or looks like dice."""
    return _RUN.sub(_without_dice, said)


def decoded(said: str, hidden: Callable[[str], str]) -> str:
    """Look into what is encoded as a part of a URL, and encode again what is left of it."""

    def replaced(match: re.Match[str]) -> str:
        plain = unquote(match[0])
        left = hidden(plain)
        return match[0] if left == plain else quote(left, safe="")

    return _URL.sub(replaced, said) if "%" in said else said


def _packed_literal(said: str) -> str:
    """Read a text as JSON does: behind an escape a word begins that did not seem to."""
    hide = packed_json if said.startswith(_OPEN) else packed
    if not said.startswith('"') or ("\\" not in said and hide is packed):
        return packed(said)
    try:
        plain = json.loads(said, strict=False)
    except ValueError:
        return packed(said)
    left = hide(plain)
    return said if left == plain else json.dumps(left)


def _packed(said: str) -> str:
    return _RUN.sub(_unpacked, hiding.text(said))


def _unpacked(match: re.Match[str]) -> str:
    """Leave out what is a credential once it is unpacked."""
    run = match[0]
    return hiding.HIDDEN if _hides_hex(run) or _hides_base64(run) else run


def _without_dice(match: re.Match[str]) -> str:
    run, start = match[0], match.start()
    left = _HEX.sub(_without_text, run)
    if left.islower() or left.isupper() or not _LONG_PART.search(left):
        return hiding.HIDDEN if _hides_base64(left) else left
    if _DIGEST.search(match.string, max(0, start - _BEFORE), start + _BEFORE):
        return run
    odd = [one.span() for one in _PART.finditer(left) if _is_odd(one[0])]
    if any(_are_dice(left[start : min(end, start + _LOOK)]) for start, end in odd):
        return f"{left[: odd[0][0]]}{hiding.HIDDEN}{left[odd[-1][1] :].lstrip('=')}"
    return hiding.HIDDEN if _hides_base64(left) else left


def _is_odd(part: str) -> bool:
    """Say whether it is no plain word, no number and no version."""
    word = part.isalpha() and part[1:].islower()
    return len(part) > _SOME and not (word or part.isdecimal())


def _are_dice(part: str) -> bool:
    """Say whether large, small and digits change as in no name, and few small ones follow others.

    Of 24 letters and digits that were diced 96 in 100 are told so, of 40 still more.
    """
    if len(part) < _DICE or part.isalpha() or part == part.lower() or part == part.upper():
        return False
    named, worded = (sum(map(len, one.findall(part))) for one in (_NAMES, _WORDS))
    turns = len(_TURN.findall(part))
    return 3 * turns >= len(part) and 9 * named < 4 * len(part) and 20 * worded < 17 * len(part)


def _without_text(match: re.Match[str]) -> str:
    """Leave out hexadecimal digits that are letters of a text: no digest is."""
    try:
        text = bytes.fromhex(match[0]).decode()
    except UnicodeDecodeError:
        return match[0]
    return hiding.HIDDEN if text.isprintable() and len(set(text)) > _SOME else match[0]


def _hides_hex(run: str) -> bool:
    found = _HEX.finditer(run) if len(run) >= 2 * _DICE else ()
    return any(_is_credential(bytes.fromhex(one[0])) for one in found)


def _hides_base64(run: str) -> bool:
    """Say whether a credential is packed in it, wherever its first four letters begin."""
    if run.islower() or run.isupper():
        return False
    safe = run.rstrip("=").translate(_STANDARD)
    for start in range(4):
        if _LETTERS.search(safe[start::4]) and _is_credential(_plain(safe[start:])):
            return True
    return False


def _plain(run: str) -> bytes:
    whole = run[:-1] if len(run) % 4 == 1 else run
    try:
        return a2b_base64(whole + "=" * (-len(whole) % 4))
    except Error:
        return b""


def _is_credential(plain: bytes) -> bool:
    return _PRINTED.search(plain) is not None and hiding.data(plain) != plain
