"""Python that Python reads otherwise than whoever looks at its letters."""

import io
import re
import token
import tokenize
import unicodedata
from collections.abc import Iterator
from typing import Final

from pipeline.inventory.text import said

_CODING: Final = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_LINE: Final = re.compile(rb"\r\n|\r|\n")
_ALONE: Final = re.compile(
    r"utf-?8(?:-.*)?|u8|(?:latin-1|iso-8859-1|iso-latin-1)-.*|(?:us-)?ascii|646"
    r"|l(?:atin)?-?\d+|iso-?8859-?(?!5\Z)\d+|(?:cp|windows-)125\d|koi8-[rut]"
)
"""Encodings in which each byte of ASCII is its letter, and no other one stands for some in a name,
as mac-roman's `fl` and the `No` of ISO 8859-5 do."""
_TOGETHER: Final = re.compile(r"gbk|gb2312|gb18030|cp9(?:36|49|50)|big5|euc-?(?:jp|kr)|cp932")
"""Encodings in which a byte may swallow the next one, unless all are ASCII's."""
_QUOTED: Final = frozenset(
    {token.COMMENT, getattr(token, "FSTRING_MIDDLE", -1), getattr(token, "TSTRING_MIDDLE", -1)}
)
_FORMATTED: Final = re.compile(r"[a-z]*[ft][a-z]*['\"]", re.IGNORECASE)
_ASCII: Final = 127
_LONGEST: Final = 4 << 20
"""Letters: a second or two of reading."""


def disguised(data: bytes) -> str:
    """Say why a scanner would see other code than Python runs; empty where it would not."""
    if told := _coding(data):
        return told
    if data.isascii():
        return ""
    if len(data) > 4 * _LONGEST:
        return (
            "it is no plain ASCII, and too long to be read for letters that Python takes for others"
        )
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""  # no text to anybody
    strange = {letter for letter in set(text) if _becomes_ascii(letter)}
    return _named(text, strange) if strange else ""


def _coding(data: bytes) -> str:
    """Find the comment that says how to decode the file (PEP 263), in its first two lines."""
    for line in _LINE.split(data, maxsplit=2)[:2]:
        found = _CODING.match(line)
        if found:
            name = found[1].decode("ascii", "replace").lower().replace("_", "-")
            if _ALONE.fullmatch(name) or (_TOGETHER.fullmatch(name) and data.isascii()):
                return ""
            return f"it calls itself {said(name)}, in which its bytes may be other code"
    return ""


def _becomes_ascii(letter: str) -> bool:
    """Say whether Python takes a letter for a plain one in a name (PEP 3131)."""
    if ord(letter) <= _ASCII:
        return False
    plain = unicodedata.normalize("NFKC", letter)
    return plain.isascii() and f"a{plain}".isidentifier()


def _named(text: str, strange: set[str]) -> str:
    if len(text) > _LONGEST:
        return "it has letters that Python takes for others, and is too long to be read for them"
    try:
        for word in _code(text):
            if strange.intersection(word):
                plain = unicodedata.normalize("NFKC", word)
                return f"Python takes {said(word)} for {said(plain)}"
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        return "it has letters that Python takes for others, and cannot be read"
    return ""


def _code(text: str) -> Iterator[str]:
    """Yield whatever is neither a comment nor a text that stays one."""
    tokens = [*tokenize.generate_tokens(io.StringIO(text, newline=None).readline)]
    nested = any(one.type == token.STRING and _is_cut(one.string) for one in tokens)
    before = tokens[0]
    for one in tokens:
        is_text = one.type == token.STRING and not _FORMATTED.match(one.string)
        if one.type not in _QUOTED and (nested or not is_text or _is_prefixed(before, one)):
            yield one.string
        before = one


def _is_cut(text: str) -> bool:
    """Say whether a formatted text ends within its code, to a Python before 3.12 (PEP 701)."""
    code = text.replace("{{", "").replace("}}", "")
    return _FORMATTED.match(text) is not None and code.count("{") != code.count("}")


def _is_prefixed(before: tokenize.TokenInfo, text: tokenize.TokenInfo) -> bool:
    """Say whether a newer Python takes the name before a text for a part of it (PEP 750)."""
    return before.type == token.NAME and before.end == text.start
