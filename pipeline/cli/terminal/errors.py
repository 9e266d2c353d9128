"""Says on stderr what went wrong, where, and what to do."""

import sys
from pathlib import Path

from pipeline.errors import PenstockError, UsageError, Where
from pipeline.report.escape import terminal


def show(error: PenstockError) -> None:
    """Print an error as ruff and cargo do: message, place with caret, help."""
    for line in lines(error):
        print(line, file=sys.stderr)  # noqa: T201 -- the conversation


def lines(error: PenstockError) -> list[str]:
    """Return what `show` prints. Everything in it may come from a hostile file: it is escaped."""
    first, *more = terminal(error.message, keep_lines=True).split("\n")
    said = [f"error: {first}", *(f"       {line}" for line in more)]
    if isinstance(error, UsageError) and error.where is not None:
        said += _place(error.where)
    if error.hint:
        said += [f" help: {line}" for line in terminal(error.hint, keep_lines=True).split("\n")]
    return said


def _place(where: Where) -> list[str]:
    said = [f"  --> {terminal(str(where))}"]
    if where.source:
        number = str(where.line)
        said += [
            f"{' ' * len(number)} |",
            f"{number} | {terminal(where.source)}",
            f"{' ' * len(number)} | {_under(where)}^",
        ]
    return said


def _under(where: Where) -> str:
    """Fill up to the caret, as wide as the escaped text above it is."""
    import unicodedata

    before = terminal(where.source[: max(where.column - 1, 0)])
    return "".join("  " if unicodedata.east_asian_width(c) in "WF" else " " for c in before)


def show_crash(error: Exception) -> None:
    """Name a defect of ours in one line, and leave the traceback where it can be sent from."""
    import tempfile
    import traceback

    said = [f"error: Penstock itself failed: {type(error).__name__}: {terminal(str(error))}"]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="penstock-crash-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write("".join(traceback.format_exception(error)))
        said.append(f" help: this is a defect; please report it with {Path(file.name)}")
    except OSError:
        said.append(" help: this is a defect; please report it")
    for line in said:
        print(line, file=sys.stderr)  # noqa: T201 -- the conversation
