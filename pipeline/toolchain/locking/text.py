"""Writes `tools.lock`: the same lock gives the same bytes."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from pipeline.toolchain.lock import GoTool, LockedTool, VenvTool

_HEAD: Final = """\
# The scanners that `penstock tools install` installs. Made by `penstock tools lock`; docs/tools.md
# explains each key.
schema = "penstock/tools-lock@1"
"""
_KINDS: Final[Mapping[type[LockedTool], str]] = {VenvTool: "venv", GoTool: "go"}
_PLAIN: Final = frozenset({"signer", "release"})
"""Keys with a table of their own."""


def text(tools: Mapping[str, LockedTool]) -> str:
    """Write a lock."""
    return "".join((_HEAD, *(line for name in tools for line in _tool(name, tools[name]))))


def _tool(name: str, tool: LockedTool) -> Iterator[str]:
    said = msgspec.structs.asdict(tool)
    yield from _table(f"tools.{name}", {"kind": _KINDS[type(tool)], **said})
    if isinstance(tool, GoTool):
        if tool.signer is not None:
            yield from _table(f"tools.{name}.signer", msgspec.structs.asdict(tool.signer))
        for platform in sorted(tool.release):
            asset = msgspec.structs.asdict(tool.release[platform])
            yield from _table(f"tools.{name}.release.{platform}", asset)
        if not tool.release:
            yield from _table(f"tools.{name}.release", {})


def _table(name: str, values: Mapping[str, object]) -> Iterator[str]:
    yield f"\n[{name}]\n"
    for key, value in values.items():
        if key not in _PLAIN:
            yield f"{key} = {_value(value)}\n"


def _value(value: object) -> str:
    match value:
        case str():
            return _string(value)
        case date():
            return value.isoformat()
        case int():
            return str(value)
        case tuple():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            pairs = (f"{key} = {_value(one)}" for key, one in sorted(value.items()))
            return f"{{ {', '.join(pairs)} }}"
        case _:
            raise TypeError(f"a lock holds no {type(value).__name__}")


def _string(value: str) -> str:
    """Write a TOML basic string: JSON's escapes are among TOML's, but for the character DEL."""
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")
