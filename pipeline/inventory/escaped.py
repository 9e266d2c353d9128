r"""Code that runs otherwise than its bytes look: behind an odd end of a line, or in escapes.

Of each language what the scanner was seen to miss: after `# x` and a lone carriage return it reads
on in the comment, where Python begins a line, as it does behind U+2028 where JavaScript begins one;
and `\\u0065val` is to it another name than `eval`.
"""

import re
from collections.abc import Mapping
from typing import Final

from pipeline.inventory.disguised import disguised

_RETURNS: Final = frozenset({"apex", "c", "cpp", "java", "kotlin", "python", "scala", "swift"})
_RETURN: Final = re.compile(rb"(?<!\r)\r++(?!\n|\Z)")
_SEPARATORS: Final = rb"\xe2\x80[\xa8\xa9]"


def _commented(begin: bytes, end: bytes) -> re.Pattern[bytes]:
    """Find comments of one line, with what ends them but for a line feed or return."""
    return re.compile(b"(?:" + begin + b")(?:(?!" + end + b")[^\r\n])*+(" + end + b")?+")


_SCRIPTED: Final = _commented(rb"//|\#!|<!--|-->", _SEPARATORS)
_COMMENTS: Final[Mapping[str, re.Pattern[bytes]]] = {
    "csharp": _commented(rb"//|\#", rb"\xc2\x85|" + _SEPARATORS),
    "javascript": _SCRIPTED,
    "typescript": _SCRIPTED,
}
_ODD: Final = rb"(?<!\\)(?:\\\\)*+"
"""Before a backslash that begins an escape: none is left over that would take it away."""
_LETTER: Final = rb"(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|5f|24)"
_RANGES: Final = re.compile(rb"\\u0030-\\u0039|\\u0041-\\u005a|\\u0061-\\u007a", re.IGNORECASE)
"""All digits and letters, as patterns of other people have them: no code can be spelt by these."""
_SCRIPT: Final = re.compile(_ODD + rb"\\u(?:00|\{0*+)" + _LETTER, re.IGNORECASE)
_ESCAPES: Final[Mapping[str, re.Pattern[bytes]]] = {
    "csharp": re.compile(_ODD + rb"\\(?:u00|U000000)(?i:" + _LETTER + rb")"),
    # There an escape may also end a line, a comment or a text.
    "java": re.compile(_ODD + rb"\\u++00(?:" + _LETTER + rb"|0[ad]|2[27af]|5c)", re.IGNORECASE),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
}
LANGUAGES: Final = _RETURNS | _ESCAPES.keys() | _COMMENTS.keys()
"""What has to be read whole for it."""


def hidden(language: str, data: bytes) -> str:
    """Say why a scanner would see other code than what runs; empty where it would not."""
    if language in _RETURNS and _RETURN.search(data):
        return "a carriage return without a line feed ends a line in it, and for no scanner"
    comment = _COMMENTS.get(language)
    if comment is not None and not data.isascii() and any(c[1] for c in comment.finditer(data)):
        return "a separator of Unicode's ends a comment in it, and for no scanner"
    escape = _ESCAPES.get(language)
    if escape is not None and escape.search(_RANGES.sub(b"", data)):
        return "it writes plain letters as escapes, in which no scanner knows a name"
    return disguised(data) if language == "python" else ""
