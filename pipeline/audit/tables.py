"""The export as CSV files: RFC 4180, UTF-8, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

import msgspec

from pipeline.audit import model
from pipeline.audit.model import Audit

_RUN: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a cell for a formula, in wide letters too."""


def tables(audit: Audit, sla: Iterable[model.SlaRow]) -> Iterator[tuple[str, Iterator[str]]]:
    """Return (name, lines) of every table. Each has its header even where it has no row."""
    yield "problems.csv", _table(model.Problem, audit.problems)
    yield "kpis.csv", _table(model.Kpi, audit.kpis)
    yield "controls.csv", _controls(audit)
    yield "runs.csv", _table(model.RunRow, audit.runs)
    yield "scanners.csv", _table(model.ScannerRow, audit.scanners)
    yield "exceptions.csv", _table(model.ExceptionRow, audit.exceptions)
    yield "exception_events.csv", _events(audit)
    yield "break_glass.csv", _table(model.BreakGlassRow, audit.break_glass)
    yield "sla_summary.csv", _table(model.SlaSummary, audit.sla_summary)
    yield "sla.csv", _table(model.SlaRow, sla)
    yield "roles.csv", _table(model.RoleRow, audit.roles)


def _controls(audit: Audit) -> Iterator[str]:
    """Write a line for each kind of evidence, and one for a control that has none."""
    return _written(
        ("control", "framework", "confirmed", "rules", "problems", "evidence", "count", "files"),
        (
            (one.control, one.framework, one.confirmed, one.rules, one.problems, *kind)
            for one in audit.controls
            for kind in [(e.what, e.count, e.files) for e in one.evidence] or [("", 0, ())]
        ),
    )


def _events(audit: Audit) -> Iterator[str]:
    return _written(
        ("repository", "id", *model.Event.__struct_fields__),
        (
            (one.repository, one.id, *_values(event, model.Event.__struct_fields__))
            for one in audit.exceptions
            for event in one.events
        ),
    )


def _table(kind: type[msgspec.Struct], rows: Iterable[msgspec.Struct]) -> Iterator[str]:
    names = tuple(name for name in kind.__struct_fields__ if name != "events")
    return _written(names, (_values(row, names) for row in rows))


def _values(row: msgspec.Struct, names: Iterable[str]) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in names)


def _written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")
    for row in chain([header], rows):
        writer.writerow([cell(value) for value in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def cell(value: object) -> str:
    """Write a value so that a spreadsheet shows it as text."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case tuple():
            return cell("; ".join(map(str, value)))
        case _:
            text = str(value).replace("\0", "\ufffd")
            return f"'{text}" if text.startswith(_RUN) or text.lstrip().startswith(_RUN) else text
