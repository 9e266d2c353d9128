"""Alters the comments by which code silences its scanner, at equal length and in place."""

import re
from typing import Final

import msgspec


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """A comment that a scanner obeys."""

    name: str
    """How a Suppression calls it."""
    hint: bytes
    """Lower-case bytes without which the pattern cannot match: quickly looked for."""
    pattern: re.Pattern[bytes]
    word: re.Pattern[bytes]
    """What is altered inside a match, wherever it stands in it; without one it is no marker."""
    altered: int
    """Place of the letter that becomes an x; no word has one there, so nothing matches twice."""


def _marker(name: str, hint: bytes, pattern: bytes, word: bytes, altered: int) -> Marker:
    return Marker(
        name=name,
        hint=hint,
        pattern=re.compile(pattern, re.IGNORECASE),
        word=re.compile(word, re.IGNORECASE),
        altered=altered,
    )


# Trivy and tfsec cut a line at spaces alone and read the rest as KEY:VALUE pairs in any order:
# `trivy:exp:2030-01-01:ignore:ID` silences too, and so does a word with a tab in it.
# The pattern takes the whole word at once, so that a long one is read only once.
_PAIRS: Final = rb":[^ \n]*+"

MARKERS: Final = (
    _marker("nosemgrep", b"nosem", rb"(?<![a-z0-9_])nosemgrep", b"nosem", 3),
    _marker("nosem", b"nosem", rb"(?<![a-z0-9_])nosem(?!grep)", b"nosem", 3),
    _marker("trivy:ignore", b"trivy:", rb"trivy" + _PAIRS, b"ignore", 3),
    _marker("tfsec:ignore", b"tfsec:", rb"tfsec" + _PAIRS, b"ignore", 3),
    _marker("zizmor: ignore", b"zizmor:", rb"zizmor:[ \t]*ignore", b"ignore", 3),
    _marker("gitleaks:allow", b"gitleaks:allow", rb"gitleaks:allow", b"allow", 3),
    _marker(
        "checkov:skip", b":skip", rb"(?:checkov|bridgecrew|cortex):skip", b"skip", 1
    ),
)  # fmt: skip
"""Every marker. None crosses the end of a line, so a file can be altered in pieces."""


_BEGINNING: Final = 300
_SPACES: Final = bytes.maketrans(
    bytes([*range(7), 11, *range(14, 27), *range(28, 32), 127]), b" " * 26
)
_PACKED: Final = re.compile(
    rb"PK\x03\x04|\x1f\x8b\x08|BZh[1-9]1AY&SY|\xfd7zXZ\0|7z\xbc\xaf'\x1c|\x28\xb5\x2f\xfd|Rar!\x1a\x07"
)


class Neutral(msgspec.Struct, frozen=True, kw_only=True):
    """Altered bytes, and what was altered."""

    data: bytes
    found: tuple[tuple[int, str], ...]
    """(line from 1, name of the marker), sorted, each once."""


def neutralise(data: bytes) -> Neutral:
    """Alter every marker, so that no scanner obeys it, and say in which line it stood."""
    lowered = data.lower()
    wanted = [marker for marker in MARKERS if marker.hint in lowered]
    if not wanted:
        return Neutral(data=data, found=())
    altered = bytearray(data)
    found: set[tuple[int, str]] = set()
    for marker in wanted:
        line, counted = 1, 0
        for match in marker.pattern.finditer(data):
            line += data.count(b"\n", counted, match.start())
            counted = match.start()
            for word in marker.word.finditer(match.group()):
                found.add((line, marker.name))
                altered[match.start() + word.start() + marker.altered] = ord("x")
    return Neutral(data=bytes(altered), found=tuple(sorted(found)))


def readable(data: bytes) -> bytes:
    """Take what makes a scanner for text pass over a file out of its beginning, at equal length.

    Trivy looks for control characters among the first 300 bytes. What is packed stays as it is:
    there are no words in it, and some tools unpack it.
    """
    if _PACKED.match(data):
        return data
    return data[:_BEGINNING].translate(_SPACES) + data[_BEGINNING:]
