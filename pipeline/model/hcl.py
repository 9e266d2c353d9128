"""The words of HCL, in which Terraform is written: a light reading, without its expressions."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

_TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
    |<<-?(?P<heredoc>[^\W\d][\w-]*)[ \t]*\r?\n
    |(?P<word>[A-Za-z_][\w-]*)
    |(?P<quote>")
    |(?P<mark>[{}=\n])
    |(?P<other>[^\s"{}=\#/<A-Za-z_]+|.)""",
    re.DOTALL | re.VERBOSE,
)
_QUOTED: Final = re.compile(r'\\.|\$\$\{|%%\{|[$%]\{|"|\n', re.DOTALL)
"""What matters in a string; `$${` and `%%{` open nothing."""
_TEMPLATE: Final = re.compile(r'["{}]')
_OPENS: Final = {'"': '"', "{": "}", "${": "}", "%{": "}"}
Token: TypeAlias = tuple[str, str]
"""(kind, text); the text of a string is what stands between its quotes."""


def tokens(text: str) -> Iterator[Token]:
    """Cut a file into words, strings and marks; comments and heredocs are left out."""
    place = 0
    while match := _TOKEN.match(text, place):
        place = match.end()
        kind = match.lastgroup or ""
        if kind == "heredoc":
            place = _heredoc_end(text, place, match["heredoc"])
        elif kind == "quote":
            end = _string_end(text, place)
            yield "string", text[place:end]
            place = end + 1
        elif kind != "comment":
            yield kind, match.group()


def _heredoc_end(text: str, start: int, word: str) -> int:
    closing = re.compile(rf"^[ \t]*{re.escape(word)}[ \t]*\r?$", re.MULTILINE)
    found = closing.search(text, start)
    return found.end() if found else len(text)


def _string_end(text: str, start: int) -> int:
    """Find the closing quote; a template in a string may hold strings of its own."""
    open_marks, place = ['"'], start
    while found := (_QUOTED if open_marks[-1] == '"' else _TEMPLATE).search(text, place):
        mark, place = found[0], found.end()
        if mark == "\n":
            return found.start()
        if mark == open_marks[-1]:
            open_marks.pop()
        elif mark in _OPENS:
            open_marks.append(_OPENS[mark])
        if not open_marks:
            return found.start()
    return len(text)
