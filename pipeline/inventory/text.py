"""Text out of files that strangers wrote: decoded as its readers do, and fit to be shown."""

import codecs
import re
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING: Final = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_USER: Final = re.compile(r"(://)[^/\s]*@")
_SHOWN: Final = 200


def decoded(data: bytes) -> str:
    """Decode as pip does: by byte order mark, by a `coding` comment, else as UTF-8.

    Bytes that fit nowhere become characters that are no text, so that just their lines cannot
    be read.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "backslashreplace")
    for line in data.split(b"\n", 2)[:2]:
        found = _CODING.match(line)
        if found:
            try:
                return data.decode(found[1].decode("ascii"), "surrogateescape")
            except (LookupError, UnicodeError, ValueError):
                break
    return data.decode("utf-8", "surrogateescape")


def said(text: str) -> str:
    """Return what a file says, fit to be shown: one line, printable, without credentials."""
    folded = " ".join(_USER.sub(r"\1…@", text[: 8 * _SHOWN]).split())
    safe = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in folded)
    return safe if len(safe) <= _SHOWN else f"{safe[: _SHOWN - 1]}…"


def line_of(text: str, words: str) -> int:
    """Return the line on which words stand first; 0 where they do not."""
    place = text.find(words)
    return text.count("\n", 0, place) + 1 if place >= 0 else 0
