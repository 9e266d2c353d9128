"""What Terraform makes once for each of something that only a plan knows.

Trivy leaves such a block out: nothing of it is looked at, and its report says nothing.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from pipeline.model.hcl import Token, tokens

_EACH: Final = "for_each"
_LOCALS: Final = "locals"
_UNKNOWN: Final = re.compile(
    r"(?<![.\w])(?:data\s*\.|[a-z0-9]+_\w+\.\w+\.\w"
    r"|(?:csvdecode|file|filebase64|fileset|jsondecode|templatefile|timestamp|uuid|yamldecode)\s*\()"
)
"""Data sources, what a provider says of a resource, and functions that Trivy does not follow."""
_LOCAL: Final = re.compile(r"(?<![.\w])local\s*\.\s*(\w+)")
_OPENS: Final = {"{": 1, "}": -1, "(": 1, ")": -1, "[": 1, "]": -1}


class _File(msgspec.Struct, frozen=True):
    named: dict[str, str]
    """Expressions of local values by name."""
    repeated: list[str]
    """Expressions of `for_each`."""


def unknown(files: Mapping[str, str]) -> Iterator[str]:
    """Name the files that hold such a block. Local values are those of the same folder."""
    read = {path: _read(path, text) for path, text in files.items()}
    named: dict[str, dict[str, str]] = defaultdict(dict)
    for path, one in read.items():
        named[posixpath.dirname(path)].update(one.named)
    for path, one in sorted(read.items()):
        folder = named[posixpath.dirname(path)]
        if any(_is_unknown(expression, folder) for expression in one.repeated):
            yield path


def _is_unknown(expression: str, named: Mapping[str, str]) -> bool:
    waiting, seen = [expression], set[str]()
    while waiting:
        one = waiting.pop()
        if _UNKNOWN.search(one):
            return True
        new = set(_LOCAL.findall(one)) - seen
        seen |= new
        waiting += [named[name] for name in new if name in named]
    return False


def _read(path: str, text: str) -> _File:
    found = _File({}, [])
    if path.endswith(".json"):
        _take(found, _json(text))
    else:
        _blocks(found, tokens(text))
    return found


def _blocks(found: _File, words: Iterator[Token]) -> None:
    depth, head, waiting = 0, "", ""
    for kind, text in words:
        if (kind, text) == ("mark", "=") and waiting:
            expression, closed = _expression(words)
            if waiting == _EACH:
                found.repeated.append(expression)
            elif depth == 1 and head == _LOCALS:
                found.named[waiting] = expression
            waiting, depth = "", max(0, depth - closed)
        elif kind == "mark":
            waiting = ""
            depth = max(0, depth + _OPENS.get(text, 0))
        elif kind == "word":
            waiting = text
            head = text if depth == 0 and head != text else head


def _expression(words: Iterator[Token]) -> tuple[str, bool]:
    """Read on to the end of an expression, which may be that of its block."""
    depth, parts = 0, list[str]()
    for kind, text in words:
        if depth == 0 and kind == "mark" and text in "\n}":
            return "".join(parts), text == "}"
        depth += sum(_OPENS.get(letter, 0) for letter in text) if kind != "string" else 0
        parts.append(text)
    return "".join(parts), False


def _json(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None  # the stage says of such a file that it cannot be read


def _take(found: _File, document: object) -> None:
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            found.repeated.extend(str(one[_EACH]) for _ in (one,) if _EACH in one)
            values = one.get(_LOCALS)
            for block in values if isinstance(values, list) else [values]:
                if isinstance(block, dict):
                    found.named.update({str(name): str(value) for name, value in block.items()})
            waiting += one.values()
