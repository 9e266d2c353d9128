"""What Trivy says on its standard error, where its report says nothing."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from pipeline.stages.trivy.report import COPY

WHOLE: Final = 1 << 20
"""Of a longer log only the beginning is kept."""
_FIELD: Final = re.compile(r'(?<![\w.])(\w[\w.]*+)=("(?:[^"\\]|\\.)*"|\S+)')
"""Begins where a word does: a long one without a value is read once."""
_ROOT: Final = "Scanning root module"
_UNSET: Final = "Variable values were not found"
_CAUSE: Final = re.compile(r'\bcause="(?:[^"\\\n]|\\.)*(?:"|$)', re.MULTILINE)
_REST: Final = re.compile(r'\A(?!\d{4}-)[^\n]*?"(?= err=")')
"""What is left of a quoted line whose beginning was cut off, at the beginning of a tail."""
_PLACES: Final = ("file_path", "loc", "err", "path", "target")


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """The lines that matter to coverage."""

    errors: tuple[tuple[str, str], ...]
    """(source file, what was said) of every error that names one."""
    unset: tuple[tuple[str, tuple[str, ...]], ...]
    """(folder of a root module, its variables without a value)."""
    whole: bool


def read(stderr: str) -> Log:
    """Read a log."""
    errors: dict[tuple[str, str], None] = {}
    unset: dict[tuple[str, tuple[str, ...]], None] = {}
    folder = ""
    for line in stderr.splitlines():
        fields = dict(_fields(line))
        if _ROOT in line:
            folder = fields.get("file_path", "")
        elif _UNSET in line:
            names = (name.strip() for name in fields.get("variables", "").split(","))
            unset[_source(folder), tuple(sorted(names))] = None
        elif "\tERROR\t" in line:
            message = line.split("\tERROR\t", 1)[1].split("\t", 1)[0].strip()
            for path in _paths(fields):
                errors[path, message] = None
    return Log(errors=tuple(errors), unset=tuple(unset), whole=len(stderr) < WHOLE)


def _fields(line: str) -> Iterator[tuple[str, str]]:
    for name, value in _FIELD.findall(line):
        yield name, _unquoted(value)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value.strip('"')


def _paths(fields: dict[str, str]) -> Iterable[str]:
    """Name the source files that an error's fields speak of."""
    values = (fields[name] for name in _PLACES if name in fields)
    return {
        _source(re.split(r":\d", value, maxsplit=1)[0]) for value in values if value[:4] == COPY
    }


def _source(path: str) -> str:
    return "" if path == COPY.rstrip("/") else path.removeprefix(COPY)


def redact(stderr: str) -> str:
    """Leave out the source lines that Trivy quotes: they may hold secrets."""
    return _CAUSE.sub('cause="(left out)"', _REST.sub("(left out)", stderr))
