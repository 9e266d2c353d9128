"""Reads the YAML that people write, and refuses what means two things at once.

PyYAML's event parser does the reading; its composer and constructors are not used: the C
composer can crash on deep input, and SafeConstructor still speaks YAML 1.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import yaml

from pipeline.errors import UsageError, Where
from pipeline.policy.loading.characters import line_of, refuse_hidden, where_at
from pipeline.policy.loading.scalars import Scalar, plain

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 32
Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"
Path: TypeAlias = tuple[str | int, ...]
_LOADER: Final = yaml.CLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_LOOK: Final = "a quote, bracket or indentation is off here, or on the line before"


@dataclass(frozen=True, slots=True)
class Document:
    """A file's value, and where each part of it stands."""

    path: str
    text: str
    value: Value
    marks: Mapping[Path, tuple[int, int]]
    """Line and column, from 1, of every value."""
    keys: Mapping[Path, tuple[int, int]]
    """The same of every key."""

    def where(self, loc: Sequence[str | int]) -> Where:
        """Name the place of a part, or of the nearest part around it."""
        path = tuple(loc)
        for length in range(len(path), -1, -1):
            part = path[:length]
            mark = self.keys.get(part) or self.marks.get(part)
            if mark is not None:
                return Where(self.path, *mark, line_of(self.text, mark[0]))
        return Where(self.path)


def read(data: bytes, path: str) -> Document:
    """Read one document. Raises UsageError with the place of whatever is wrong."""
    text = _text(data, path)
    refuse_hidden(text, path)
    builder = _Builder(path, text)
    try:
        value = builder.document()
    except yaml.MarkedYAMLError as exc:
        raise _syntax(exc, text, path) from exc
    except yaml.YAMLError as exc:
        raise UsageError(f"this is not YAML: {exc}", where=Where(path)) from exc
    return Document(path, text, value, builder.marks, builder.keys)


def _text(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        raise UsageError(
            f"the file has more than {MAX_BYTES} bytes",
            hint="shorten it",
            where=Where(path, 1, 1),
        )
    if data.startswith(_UTF16) or b"\0" in data[:2]:
        raise UsageError(
            "the file is UTF-16 or holds NUL bytes",
            hint="save it as UTF-8",
            where=Where(path, 1, 1),
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        before = data[: exc.start].decode("utf-8")
        place = where_at(before, len(before), path)
        raise UsageError("this byte is not UTF-8", hint="save it as UTF-8", where=place) from exc


def _syntax(exc: yaml.MarkedYAMLError, text: str, path: str) -> UsageError:
    mark = exc.problem_mark or exc.context_mark
    told = ", ".join(part for part in (exc.context, exc.problem) if part)
    if mark is None:
        return UsageError(f"this is not YAML: {told}", where=Where(path))
    line = line_of(text, mark.line + 1)
    hint = "indent with spaces" if "\t" in line[: mark.column + 1] else _LOOK
    place = Where(path, mark.line + 1, mark.column + 1, line)
    return UsageError(f"this is not YAML: {told}", hint=hint, where=place)


class _Builder:
    """Turns events into values, one document, at most MAX_DEPTH deep."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.marks: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_LOADER))

    def document(self) -> Value:
        """Read the only document."""
        next(self._events)
        start = next(self._events)
        if not isinstance(start, yaml.DocumentStartEvent):
            hint = "begin it with apiVersion and kind"
            raise UsageError("the file is empty", hint=hint, where=Where(self.path))
        if start.version or start.tags:
            raise self._bad(start, "directives (%YAML, %TAG) are not read")
        value = self._value(next(self._events), ())
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._bad(after, "a second document begins here; only one is read")
        return value

    def _value(self, event: yaml.Event, path: Path) -> Value:
        self._refuse(event, path)
        self.marks[path] = _place(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._scalar(event)

    def _refuse(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._bad(event, "an alias (*name) is not read; write the value again")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self._bad(event, "an anchor (&name) is not read; write the value again")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            raise self._bad(event, f"a tag ({event.tag}) is not read; write a plain value")
        if len(path) > MAX_DEPTH:
            raise self._bad(event, f"this is nested more than {MAX_DEPTH} deep")

    def _mapping(self, path: Path) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in found:
                first = self.keys[(*path, key)][0]
                raise self._bad(event, f"the key {key!r} stands here again, first on line {first}")
            self.keys[(*path, key)] = _place(event)
            found[key] = self._value(next(self._events), (*path, key))
        return found

    def _key(self, event: yaml.Event, path: Path) -> str:
        self._refuse(event, path)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._bad(event, "a key is a word, not a list or a mapping")
        if event.implicit[0] and event.value == "<<":
            raise self._bad(event, "a merge key (<<) is not read; write the fields again")
        key = self._scalar(event)
        if not isinstance(key, str):
            raise self._bad(event, f"the key {event.value!r} is no text; put it in quotes")
        return key

    def _sequence(self, path: Path) -> list[Value]:
        found: list[Value] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _scalar(self, event: yaml.Event) -> Scalar:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._bad(event, "a value was due here")
        if not event.implicit[0]:
            return str(event.value)
        try:
            return plain(event.value)
        except ValueError as exc:
            raise self._bad(event, f"{event.value!r} is no value: {exc}") from exc

    def _bad(self, event: yaml.Event, message: str) -> UsageError:
        line, column = _place(event)
        source = line_of(self.text, line)
        return UsageError(message, where=Where(self.path, line, column, source))


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)
