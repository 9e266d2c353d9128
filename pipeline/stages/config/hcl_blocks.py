"""The blocks of a Terraform file, with what is assigned in them: a light reading."""

import json
from collections.abc import Iterator
from typing import Final

import msgspec

from pipeline.model.hcl import Token, tokens

_OPENS: Final = {"{": 1, "}": -1, "(": 1, ")": -1, "[": 1, "]": -1}
_QUOTE: Final = '"'
_INNER: Final = "'"
"""A string in a template of a string is none to who looks at words."""
_LABELS: Final = {"resource": 2, "data": 2, "module": 1, "variable": 1, "dynamic": 1}
"""How many names follow the kind of a block, in JSON."""
_ALL: Final = ("locals", "module")
_WRITTEN: Final = {"dynamic": ("for_each",), "variable": ("default",)}
"""What of a block in JSON is taken for an expression: all of those, and this of others."""


class Block(msgspec.Struct):
    """A block of the language, or the whole file."""

    kind: str = ""
    labels: tuple[str, ...] = ()
    assigned: dict[str, str] = {}
    """Expressions as written, by name."""
    blocks: list["Block"] = []

    @property
    def address(self) -> str:
        """Its labels, as other blocks name it."""
        return ".".join(self.labels)


def read(path: str, text: str) -> Block:
    """Read a file; what cannot be read has no blocks, and the stage says why."""
    if path.endswith(".json"):
        return _of_json(text)
    return _of_tokens(tokens(text))


def _of_tokens(words: Iterator[Token]) -> Block:
    whole = Block()
    stack, head = [whole], list[str]()
    for kind, text in words:
        if (kind, text) == ("mark", "{"):
            new = Block(kind="".join(head[:1]), labels=tuple(head[1:]))
            stack[-1].blocks.append(new)
            stack.append(new)
        elif (kind, text) == ("mark", "=") and head:
            stack[-1].assigned[head[0]], closed = _expression(words)
            if closed and len(stack) > 1:
                stack.pop()
        elif (kind, text) == ("mark", "}") and len(stack) > 1:
            stack.pop()
        if kind in {"word", "string"}:
            head.append(text)
        elif kind == "mark":
            head = []
    return whole


def _expression(words: Iterator[Token]) -> tuple[str, bool]:
    """Read on to the end of an expression, which may be that of its block."""
    depth, parts = 0, list[str]()
    for kind, text in words:
        if depth == 0 and kind == "mark" and text in "\n}":
            return "".join(parts), text == "}"
        if kind == "string":
            parts.append(f'"{text.replace(_QUOTE, _INNER)}"')
            continue
        depth += sum(_OPENS.get(letter, 0) for letter in text)
        parts.append(text)
    return "".join(parts), False


def _of_json(text: str) -> Block:
    try:
        document = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return Block()
    whole = Block()
    waiting = [(whole, body) for body in _bodies(document)]
    while waiting:
        into, members = waiting.pop()
        for name, value in members.items():
            if name in _WRITTEN.get(into.kind, (name,) if into.kind in _ALL else ()):
                into.assigned[name] = _written(value)
                continue
            for labels, inner in _labelled(value, _LABELS.get(name, 0)):
                new = Block(kind=name, labels=labels)
                into.blocks.append(new)
                waiting.append((new, inner))
    return whole


def _labelled(value: object, count: int) -> Iterator[tuple[tuple[str, ...], dict[str, object]]]:
    found: list[tuple[tuple[str, ...], dict[str, object]]] = [((), one) for one in _bodies(value)]
    for _ in range(count):
        found = [
            ((*labels, name), inner)
            for labels, members in found
            for name, one in members.items()
            for inner in _bodies(one)
        ]
    yield from found


def _bodies(value: object) -> list[dict[str, object]]:
    """Return the objects that stand here: one, or a list of them."""
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, dict)]


def _written(value: object) -> str:
    """Write a value of JSON as the expression that it is."""
    if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
        return _expression(tokens(value[2:-1].replace("\n", " ")))[0]
    return json.dumps(value)
