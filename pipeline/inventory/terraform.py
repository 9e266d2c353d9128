"""Finds the modules that Terraform files take from elsewhere.

A light reading of HCL: comments, strings, heredocs and braces, no expressions. A source that is
no plain string counts as one from elsewhere, under the words that stand there.
"""

import posixpath
from collections.abc import Iterator
from typing import Final

import msgspec

from pipeline.model.hcl import Token, tokens

_ENDS: Final = (("mark", "\n"), ("mark", "}"))
_LIMIT: Final = 200


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
