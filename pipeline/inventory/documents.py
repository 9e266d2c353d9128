"""What stands at and below the top of YAML documents, however it is written.

A cluster takes `apiVersion` indented, in quotes with escapes, behind a mark of byte order, with
an anchor or a tag, or merged from elsewhere: what no line of the file says by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import yaml

Top: TypeAlias = Mapping[str, str]
"""The keys of a document that is a mapping, with their values as far as they are texts."""
Way: TypeAlias = tuple[str, ...]
"""The keys that lead to a place in a document, and that place's own."""
ELSEWHERE: Final = "*"
"""An alias, in place of a key or of a value: it may be any text."""
LISTED: Final = "-"
"""In place of a key: an item of a list."""
_DEEPEST: Final = 3
_MERGED: Final = frozenset({"<<", ELSEWHERE})


def tops(data: bytes) -> Iterator[Top]:
    """Yield the top of each document up to where the file is no YAML any more.

    Walks the parser's events only: composing hostile YAML may crash.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from _tops(yaml.parse(data, Loader=loader))
    except yaml.YAMLError:
        return


def ways(data: bytes) -> Iterator[Way]:
    """Yield the way to each key of the three upper levels, up to where the file is no YAML."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from _ways(yaml.parse(data, Loader=loader))
    except yaml.YAMLError:
        return


def merges(top: Top) -> bool:
    """Say whether keys come from elsewhere in the file."""
    return not _MERGED.isdisjoint(top)


class _Document:
    """One document, while its events come."""

    def __init__(self) -> None:
        self.top: dict[str, str] = {}
        self._depth = 0
        self._is_mapping = False
        self._key: str | None = None

    def node(self, value: str, *, begins: bool = False, mapping: bool = False) -> None:
        """Note a scalar, an alias or the beginning of a collection."""
        if self._depth == 0:
            self._is_mapping = mapping
        elif self._depth == 1 and self._is_mapping:
            self._hold(value)
        self._depth += begins

    def end(self) -> None:
        """Come out of a collection."""
        self._depth -= 1

    def _hold(self, value: str) -> None:
        if self._key is None:
            self._key = value
            return
        self.top[self._key] = value
        self._key = None


def _tops(events: "Iterable[yaml.Event]") -> Iterator[Top]:
    import yaml

    one = _Document()
    for event in events:
        match event:
            case yaml.DocumentStartEvent():
                one = _Document()
            case yaml.DocumentEndEvent():
                yield one.top
            case yaml.ScalarEvent():
                one.node(event.value)
            case yaml.AliasEvent():
                one.node(ELSEWHERE)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                mapping = isinstance(event, yaml.MappingStartEvent)
                one.node(ELSEWHERE, begins=True, mapping=mapping)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                one.end()
            case _:
                pass


class _Level:
    """A mapping or a list, while its events come."""

    def __init__(self, *, mapping: bool) -> None:
        self.step = "" if mapping else LISTED
        self._is_mapping = mapping
        self._takes_key = mapping

    def node(self, value: str) -> bool:
        """Note what begins; say whether it is a key."""
        if not self._is_mapping:
            return False
        is_key = self._takes_key
        self.step = value if is_key else self.step
        self._takes_key = not is_key
        return is_key


def _ways(events: "Iterable[yaml.Event]") -> Iterator[Way]:
    import yaml

    levels: list[_Level] = []
    for event in events:
        match event:
            case yaml.ScalarEvent(value=value):
                begun = value
            case yaml.AliasEvent() | yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                begun = ELSEWHERE
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                levels.pop()
                continue
            case _:
                continue
        if levels and levels[-1].node(begun) and len(levels) <= _DEEPEST:
            yield tuple(level.step for level in levels)
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            levels.append(_Level(mapping=isinstance(event, yaml.MappingStartEvent)))
