"""Finds the modules that Terraform files take from elsewhere.

A light reading of HCL: comments, strings, heredocs and braces, no expressions. A source that is
no plain string counts as one from elsewhere, under the words that stand there.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

_TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
    |<<-?(?P<heredoc>[A-Za-z_][\w-]*)[ \t]*\r?\n
    |(?P<word>[A-Za-z_][\w-]*)
    |(?P<quote>")
    |(?P<mark>[{}=\n])
    |(?P<other>[^\s"{}=\#/<A-Za-z_]+|.)""",
    re.DOTALL | re.VERBOSE,
)
_ENDS: Final = (("mark", "\n"), ("mark", "}"))
_LIMIT: Final = 200
Token: TypeAlias = tuple[str, str]
"""(kind, text); the text of a string is what stands between its quotes."""


class _Module(msgspec.Struct, frozen=True):
    source: object = None


class _Json(msgspec.Struct, frozen=True):
    module: dict[str, _Module | list[_Module]] | list[dict[str, _Module | list[_Module]]] = {}


def is_terraform(path: str) -> bool:
    """Say whether a file may hold module blocks."""
    return path.endswith((".tf", ".tofu", ".tf.json", ".tofu.json"))


def sources(path: str, text: str) -> tuple[str, ...]:
    """Return the source of every module block of a file, as written."""
    if path.endswith(".json"):
        return tuple(_json_sources(text))
    return tuple(_hcl_sources(tokens(text)))


def is_remote(path: str, source: str) -> bool:
    """Say whether a module lies outside this tree."""
    if not source.startswith(("./", "../")):
        return True
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
    return place == ".." or place.startswith("../")


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
    open_marks = ['"']
    place = start
    while place < len(text):
        letter = text[place]
        if open_marks[-1] == '"':
            if letter == "\\":
                place += 1
            elif letter == '"':
                open_marks.pop()
            elif letter in "$%" and text[place + 1 : place + 2] == "{":
                open_marks.append("{")
                place += 1
            elif letter == "\n":
                return place
        elif letter in '"{':
            open_marks.append(letter)
        elif letter == "}":
            open_marks.pop()
        if not open_marks:
            return place
        place += 1
    return len(text)


def _hcl_sources(found: Iterator[Token]) -> Iterator[str]:
    depth, head, inside = 0, "", False
    for first in found:
        token = first
        if inside and depth == 1 and token == ("word", "source"):
            words, token = _assigned(found)
            if words is not None:
                yield words
        if token == ("mark", "{"):
            inside = inside or (depth == 0 and head == "module")
            depth += 1
        elif token == ("mark", "}"):
            depth = max(0, depth - 1)
            inside = inside and depth > 0
        head = _block_head(token, head) if depth == 0 else ""


def _block_head(token: Token, head: str) -> str:
    """Remember the first word of a block's head; its labels follow."""
    kind, text = token
    if kind == "mark":
        return ""
    return text if kind == "word" and not head else head


def _assigned(found: Iterator[Token]) -> tuple[str | None, Token]:
    """Read `= "…"` after a word: what is assigned, and the token that ends it.

    None where no assignment follows.
    """
    words: list[str] = []
    assigned, literal, depth = False, True, 0
    end: Token = ("mark", "\n")
    for kind, text in found:
        if not assigned:
            if (kind, text) == ("mark", "="):
                assigned = True
            elif text.strip():
                return None, (kind, text)
            continue
        if depth == 0 and (kind, text) in _ENDS:
            end = (kind, text)
            break
        depth += {"{": 1, "}": -1}.get(text, 0) if kind == "mark" else 0
        if text.strip() or kind == "string":
            literal = literal and kind == "string" and not words
            words.append(text)
    if not assigned:
        return None, end
    return (words[0] if literal and words else " ".join(words))[:_LIMIT], end


def _json_sources(text: str) -> Iterator[str]:
    try:
        document = msgspec.json.decode(text, type=_Json)
    except (msgspec.DecodeError, RecursionError):
        return  # the config stage says of such a file that it cannot be read
    groups = document.module if isinstance(document.module, list) else [document.module]
    for group in groups:
        for blocks in group.values():
            for block in blocks if isinstance(blocks, list) else [blocks]:
                yield str(block.source)[:_LIMIT]
