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
    depth, recent, inside = 0, "", False
    for kind, text in found:
        if (kind, text) == ("mark", "{"):
            inside = inside or (depth == 0 and recent == "module")
            depth += 1
        elif (kind, text) == ("mark", "}"):
            depth = max(0, depth - 1)
            inside = inside and depth > 0
        elif inside and depth == 1 and (kind, text) == ("word", "source"):
            source = _assigned(found)
            if source is not None:
                yield source
        if depth == 0:
            recent = _block_word(kind, text, recent)


def _block_word(kind: str, text: str, recent: str) -> str:
    """Remember the first word of a block's head; its labels follow."""
    if (kind, text) in (("mark", "\n"), ("mark", "}"), ("mark", "=")):
        return ""
    return text if kind == "word" and not recent else recent


def _assigned(found: Iterator[Token]) -> str | None:
    """Read `= "…"` after a word; None where no assignment follows."""
    words: list[str] = []
    assigned, literal = False, True
    for kind, text in found:
        if not assigned:
            if (kind, text) == ("mark", "="):
                assigned = True
            elif text.strip():
                return None
        elif (kind, text) == ("mark", "\n"):
            break
        elif text.strip() or kind == "string":
            literal = literal and kind == "string" and not words
            words.append(text)
    if not assigned:
        return None
    return (words[0] if literal and words else " ".join(words))[:_LIMIT]


def _json_sources(text: str) -> Iterator[str]:
    try:
        document = msgspec.json.decode(text, type=_Json)
    except msgspec.DecodeError:
        return
    groups = document.module if isinstance(document.module, list) else [document.module]
    for group in groups:
        for blocks in group.values():
            for block in blocks if isinstance(blocks, list) else [blocks]:
                yield str(block.source)[:_LIMIT]
