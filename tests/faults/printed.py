"""A plug-in of pytest that prints the cells and how each ended: `-p tests.faults.printed`."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.faults.bench import FalsePassError

_CELL: Final = "penstock_cell"
_MARKS: Final = {"passed": "as said", "failed": "NOT AS SAID", "skipped": "not tried"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take what has a row of a table for a cell."""
    for item in items:
        call = getattr(item, "callspec", None)
        if call is not None and "says_what_was_said" not in item.name:
            item.user_properties.append((_CELL, call.id))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table and what it adds up to."""
    ended = dict(_cells(terminalreporter))
    terminalreporter.section("faults")
    for cell, outcome in ended.items():
        terminalreporter.write_line(f"{_MARKS[outcome]:<12} {cell}")
    false = sum(
        FalsePassError.__name__ in str(report.longrepr)
        for report in terminalreporter.getreports("failed")
    )
    wrong = sum(outcome != "passed" for outcome in ended.values())
    terminalreporter.write_line(
        f"{len(ended)} cells, {wrong} not as said or not tried, {false} false PASS"
    )


def _cells(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, str]]:
    for outcome in _MARKS:
        for report in reporter.getreports(outcome):
            name = dict(report.user_properties).get(_CELL)
            if name is not None:
                yield str(name), outcome
