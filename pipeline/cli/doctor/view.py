"""Writes a machine report for people and for programs."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from pipeline.cli import options
from pipeline.cli.terminal.columns import block
from pipeline.report.escape import terminal

_SCHEMA: Final = "penstock/doctor@1"


class State(StrEnum):
    """Whether a run can be answered in spite of it."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report."""

    name: str
    value: str
    state: State = State.OK
    hint: str = ""


View: TypeAlias = Callable[[tuple[Check, ...]], str]


def choose(format_name: str) -> View:
    """Return how to write a report. Raises UsageError for a format that is none."""
    if format_name not in _VIEWS:
        raise options.unknown("format", format_name, tuple(_VIEWS))
    return _VIEWS[format_name]


def as_text(checks: tuple[Check, ...]) -> str:
    """Write one line a check, each problem with what to do."""
    return "".join(f"{terminal(line)}\n" for line in _lines(checks))


def _lines(checks: tuple[Check, ...]) -> Iterator[str]:
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        label = f"{check.state.value:<8} {check.name:<{width}}  "
        yield from block(label, check.value, indent=0, label_width=len(label))
        if check.hint:
            yield from block("", f"help: {check.hint}", indent=0, label_width=len(label))
    bad = sum(check.state is State.PROBLEM for check in checks)
    yield f"{bad} to mend before a run can be answered in full" if bad else "ready to run"


def as_json(checks: tuple[Check, ...]) -> str:
    """Write the same for programs."""
    ok = all(check.state is not State.PROBLEM for check in checks)
    document = {"schema": _SCHEMA, "ok": ok, "checks": checks}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


_VIEWS: Final[Mapping[str, View]] = {"text": as_text, "json": as_json}
