"""A light reading of YAML and JSON manifests: does Trivy see all that a cluster would."""

import json
import re
from collections.abc import Iterator
from typing import Final

_PARTS: Final = re.compile(r"^---\r?\n", re.MULTILINE)
"""Where Trivy cuts a file. Of each part it reads the first document, and says nothing of more."""
_EMPTY: Final = frozenset({"", "~", "null"})
_ALIAS: Final = "*"
_OPEN: Final = "{"


class _Document:
    """One document, while its events come."""

    def __init__(self) -> None:
        self.holds = False
        self.merges = False
        self.kind = ""
        self._open: list[int | None] = []
        """For each collection around: how many nodes a mapping holds, None for a list."""
        self._key = ""

    def node(self, value: str, *, plain: bool = False) -> None:
        """Note a scalar, an alias or the beginning of a collection."""
        self.holds = self.holds or value not in _EMPTY
        if not self._open or self._open[-1] is None:
            return
        is_key = self._open[-1] % 2 == 0
        self._open[-1] += 1
        if is_key:
            self.merges = self.merges or (plain and value == "<<")
        if len(self._open) == 1 and is_key:
            self._key = value
        elif len(self._open) == 1 and self._key == "kind":
            self.kind = value

    def begin(self, *, mapping: bool) -> None:
        """Go into a collection."""
        self.node(_OPEN)
        self._open.append(0 if mapping else None)

    def end(self) -> None:
        """Come out of it."""
        self._open.pop()


def passed_over(text: str) -> str:
    """Say what Trivy leaves out of a file that it names; empty when it leaves out nothing.

    The text must be YAML or JSON. Walks the parser's events only: composing may crash.
    """
    if text.lstrip().startswith("{"):
        return _of_kind(_json_kind(text))
    for part in _PARTS.split(text):
        held = _held(part)
        if held is None:
            return "a part of it is no YAML on its own"
        if len(held) > 1:
            return "of documents that are parted by more than `---` alone it reads the first"
        for one in held:
            if one.merges:
                return "it does not put in what `<<` merges"
            if why := _of_kind(one.kind):
                return why
    return ""


def _of_kind(kind: str) -> str:
    if kind == _ALIAS:
        return "its kind is an alias"
    return f"it does not look into a {kind}" if kind.endswith("List") else ""


def _json_kind(text: str) -> str:
    try:
        top = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return str(top.get("kind", "")) if isinstance(top, dict) else ""


def _held(part: str) -> list[_Document] | None:
    """Return the documents that are not empty; None where there are none to be read."""
    import yaml

    try:
        return [one for one in _documents(part) if one.holds]
    except yaml.YAMLError:
        return None


def _documents(text: str) -> Iterator[_Document]:
    import yaml

    one = _Document()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for event in yaml.parse(text, Loader=loader):
        match event:
            case yaml.DocumentStartEvent():
                one = _Document()
            case yaml.DocumentEndEvent():
                yield one
            case yaml.ScalarEvent():
                one.node(event.value, plain=not event.style)
            case yaml.AliasEvent():
                one.node(_ALIAS)
            case yaml.MappingStartEvent():
                one.begin(mapping=True)
            case yaml.SequenceStartEvent():
                one.begin(mapping=False)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                one.end()
            case _:
                pass
