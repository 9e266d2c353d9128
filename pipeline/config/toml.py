"""Reads penstock.toml with messages that point at the line."""

import codecs
import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, get_args

from pydantic import ValidationError

from pipeline.config.document import Document
from pipeline.errors import UsageError, Where

MAX_BYTES: Final = 1 << 20
_HEADER: Final = re.compile(r"\s*(\[+)\s*([^\]]+?)\s*\]+\s*(?:#.*)?$")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=")
_SYNTAX_AT: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_SEE: Final = "see docs/configuration.md"
_TOP: Final = ("tool", "penstock")
_PLAINER: Final = {
    "extra_forbidden": "there is no such key",
    "missing": "this key is missing",
    "string_type": "a text in quotes is due here",
    "string_too_short": "this is empty",
    "list_type": "a list is due here",
    "dict_type": "a table is due here",
    "model_type": "a table is due here",
}
_HINTS: Final = {
    ("missing", "schema"): f'begin with schema = "penstock/config@1"; {_SEE}',
    ("list_type", "image"): "each image is a table of its own: [[image]]",
    ("list_type", "exposure"): "each entry is a table of its own: [[exposure]]",
}


def read(data: bytes, name: str) -> Document | None:
    """Read a penstock.toml, or the `[tool.penstock]` table of a pyproject.toml.

    None when a pyproject.toml has no such table. Raises UsageError with the place.
    """
    text = _text(data, name)
    try:
        values: object = tomllib.loads(text)
    except ValueError as exc:  # TOMLDecodeError is one, and so is a number of 5000 digits
        place = _syntax_place(exc, text, name)
        told = "a number is too long" if "set_int_max" in str(exc) else str(exc)
        raise UsageError(f"{name} is not TOML: {told}", hint=_SEE, where=place) from exc
    except RecursionError as exc:
        message = f"{name} is nested too deeply"
        raise UsageError(message, hint=_SEE, where=Where(name, 1, 1)) from exc
    prefix = _TOP if name.endswith("pyproject.toml") else ()
    for part in prefix:
        values = values.get(part) if isinstance(values, dict) else None
    if values is None:
        return None
    try:
        return Document.model_validate(values)
    except ValidationError as exc:
        raise _located(exc, text, name, prefix) from exc


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        message = f"{name} is larger than {MAX_BYTES} bytes"
        raise UsageError(message, hint=_SEE, where=Where(name, 1, 1))
    if data.startswith(codecs.BOM_UTF8):
        message = f"{name} begins with a byte order mark"
        raise UsageError(message, hint="save it as UTF-8 without one", where=Where(name, 1, 1))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        column = exc.start - data.rfind(b"\n", 0, exc.start)
        place = Where(name, line, column)
        raise UsageError(f"{name} is not UTF-8", hint="save it as UTF-8", where=place) from exc


def _syntax_place(exc: ValueError, text: str, name: str) -> Where:
    found = _SYNTAX_AT.search(str(exc))
    if found is None:  # "(at end of document)"
        last = text.count("\n") + 1
        return Where(name, last, 1, _line(text, last))
    line, column = int(found[1]), int(found[2])
    return Where(name, line, column, _line(text, line))


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _located(exc: ValidationError, text: str, name: str, prefix: Sequence[str]) -> UsageError:
    errors = exc.errors(include_url=False)
    messages = []
    for error in errors:
        path = ".".join(str(part) for part in error["loc"] if part != "[key]")
        said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
        message = _PLAINER.get(error["type"], said)
        messages.append(f"{path}: {message}" if path else message)
    # What is misspelt says more than what is missed for it.
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    place = (*prefix, *map(str, first["loc"]))
    line = line_of(text, place)
    source = _line(text, line)
    column = len(source) - len(source.lstrip()) + 1
    last = str(first["loc"][-1]) if first["loc"] else ""
    hint = _HINTS.get((first["type"], last), _SEE)
    if first["type"] == "extra_forbidden":
        hint = _near(first["loc"])
    return UsageError("\n".join(messages), hint=hint, where=Where(name, line, column, source))


def _near(loc: Sequence[int | str]) -> str:
    known = {key for model in _models() for key in _names(model)}
    close = difflib.get_close_matches(str(loc[-1]), sorted(known), n=1)
    return f"did you mean {close[0]!r}?" if close else _SEE


def _models() -> Iterator[type]:
    """Yield every table that a file may hold, those in lists and by name included."""
    yield Document
    found: list[object] = [field.annotation for field in Document.model_fields.values()]
    while found:
        annotation = found.pop()
        found += get_args(annotation)
        if isinstance(annotation, type):
            yield annotation


def _names(model: type) -> Mapping[str, object]:
    fields: Mapping[str, object] = getattr(model, "model_fields", {})
    return {name.rstrip("_"): None for name in fields}


def line_of(text: str, keys: Sequence[str]) -> int:
    """Return the line on which a dotted key is set, or that of the nearest table above; 1 at least.

    A light scan that knows headers and `key =`: good enough to point at, not a parser.
    """
    best, best_length = 1, 0
    table: tuple[str, ...] = ()
    wanted = tuple(keys)
    seen: Counter[tuple[str, ...]] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            here = table = _split(header[2])
            if header[1] == "[[":
                table = (*here, str(seen[here]))
                seen[here] += 1
                here = table if wanted[: len(table)] == table else here
        elif found := _KEY.match(line):
            here = (*table, *_split(found[1]))
        else:
            continue
        if wanted[: len(here)] == here and len(here) > best_length:
            best, best_length = number, len(here)
    return best


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
