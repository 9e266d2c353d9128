"""A light reading of CloudFormation: what of a template is not in it.

Trivy takes a parameter without a default for unknown, and its rules are silent about what is made
of it; of a template that lies elsewhere it says nothing.
"""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import yaml

_NAMED: Final = re.compile(r"\$\{(\w+)\}")
_REFS: Final = frozenset({"Ref", "!Ref"})
_INCLUDE: Final = "AWS::Include"
_STACK: Final = "TemplateURL"
_ELSEWHERE: Final = re.compile(r"[a-z0-9]+:|//|\$")
_SHOWN: Final = 3


def passed_over(text: str) -> str:
    """Say what of a template nobody looks at; empty where it is nothing, or no template."""
    import yaml

    read = _Template()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(_plain(text), Loader=loader):
            read.take(event)
    except yaml.YAMLError:
        return ""  # the stage says of such a file that it cannot be read
    if not read.is_template:
        return ""
    if read.is_elsewhere:
        return "it reads no template or part of one that lies elsewhere"
    unset = sorted(read.named & (read.parameters - read.defaults))
    names = ", ".join(unset[:_SHOWN])
    return f"no default for the parameter {names}: rules on it cannot fire" if unset else ""


def _plain(text: str) -> str:
    """Write JSON anew: YAML minds the tabs in it."""
    try:
        return json.dumps(json.loads(text))
    except (ValueError, RecursionError):
        return text


class _Template:
    """What a template says, while its events come."""

    def __init__(self) -> None:
        self.is_template = False
        self.is_elsewhere = False
        self.parameters: set[str] = set()
        self.defaults: set[str] = set()
        self.named: set[str] = set()
        self._levels: list[_Level] = []

    def take(self, event: "yaml.Event") -> None:
        """Go on by one event."""
        import yaml

        match event:
            case yaml.ScalarEvent(value=value, tag=tag):
                self._node(value, tag or "")
            case yaml.AliasEvent():
                self._node(None, "")
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._node(None, event.tag or "")
                self._levels.append(_Level(mapping=isinstance(event, yaml.MappingStartEvent)))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._levels.pop()
            case _:
                pass

    def _node(self, value: str | None, tag: str) -> None:
        """Note a text, or something that holds others; what is a key is no node of its own."""
        if not self._levels or self._levels[-1].takes_key(value):
            return
        way = tuple(level.key for level in self._levels)
        self.is_template = self.is_template or way == ("Resources",)
        match way:
            case ("Parameters", name):
                self.parameters.add(name)
            case ("Parameters", name, "Default"):
                self.defaults.add(name)
            case _:
                self._used(way[-1], value, tag)

    def _used(self, key: str, value: str | None, tag: str) -> None:
        if key == _STACK:
            is_here = value is not None and not tag and not _ELSEWHERE.match(value)
            self.is_elsewhere = self.is_elsewhere or not is_here
        if value is None:
            return
        self.is_elsewhere = self.is_elsewhere or value == _INCLUDE
        self.named.update(_names(value, is_reference=bool({key, tag} & _REFS)))


class _Level:
    """A mapping or a list, while its events come."""

    def __init__(self, *, mapping: bool) -> None:
        self.key = ""
        self._is_mapping = mapping
        self._waits = mapping

    def takes_key(self, value: str | None) -> bool:
        """Take what comes for a key where one is due."""
        is_key = self._waits
        if is_key:
            self.key = value or ""
        self._waits = self._is_mapping and not is_key
        return is_key


def _names(value: str, *, is_reference: bool) -> Iterator[str]:
    if is_reference:
        yield value
    yield from _NAMED.findall(value)
