"""Code in words that semgrep looks into, and that mean the same: behind others it sees nothing.

It says nothing of it either: a file with `export namespace A {…}` counts as scanned.
"""

import codecs
import re
from typing import Final

_NAMED: Final = rb"\s+[A-Za-z_$][\w$.]*\s*\{"
_TYPESCRIPT: Final = (
    (re.compile(rb"(?<![\w$.])module(?=" + _NAMED + b")"), b"namespace"),
    (re.compile(rb"(?<![\w$.])export(?=\s+namespace" + _NAMED + b")"), b"      "),
    (re.compile(rb"^([ \t]*export\s*)=(?![=>])", re.MULTILINE), rb"\1 default "),
)


def respelt(language: str | None, data: bytes) -> bytes:
    """Return the same code, line by line, as semgrep is to see it."""
    if language == "python":
        return data.removeprefix(codecs.BOM_UTF8)  # to it the first letter of a name
    if language == "typescript":
        for pattern, words in _TYPESCRIPT:
            data = pattern.sub(words, data)
    return data
