"""Says on stderr what went wrong, where, and what to do."""

import errno
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError, UsageError, Where
from pipeline.report.escape import terminal

_OUTSIDE: Final[Mapping[int, str]] = {
    errno.ENAMETOOLONG: "name it shorter",
    errno.ELOOP: "it is a link that leads back to itself: name the file",
    errno.ENOSPC: "make room there, or name another place",
    errno.EDQUOT: "make room there, or name another place",
    errno.EROFS: "name a place that can be written",
    errno.EIO: "the disk or the network behind it has a fault",
    errno.EMFILE: "let a process open more files: ulimit -n",
    errno.ENFILE: "end what holds files open, and try again",
}
"""What the system says that is no defect of ours wherever it comes up, and what to do."""
_NAME: Final = 200


_NO_THREAD: Final = "can't start new thread"
"""All that Python says when a thread or a process is one too many, or has no room for its stack."""
_NO_LIBRARY: Final = ("failed to map segment", "cannot allocate memory")
"""So does a library that finds no room to be loaded."""
_MORE: Final = "raise its limits (ulimit -a, or those of the container), or run less beside it"


def show(error: PenstockError) -> None:
    """Print an error as ruff and cargo do: message, place with caret, help."""
    for line in lines(error):
        print(line, file=sys.stderr)  # noqa: T201 -- the conversation


def lines(error: PenstockError) -> list[str]:
    """Return what `show` prints. Everything in it may come from a hostile file: it is escaped.

    A line is quoted as it was written, but for credentials in it.
    """
    first, *more = _shown(error.message).split("\n")
    said = [f"error: {first}", *(f"       {line}" for line in more)]
    if isinstance(error, UsageError) and error.where is not None:
        said += _place(error.where)
    if error.hint:
        said += [f" help: {line}" for line in _shown(error.hint).split("\n")]
    return said


def _shown(text: str, *, keep_lines: bool = True) -> str:
    """Hide credentials in what we say, before an escape becomes a part of one.

    What looks like dice stays: it is the name of a file or a version.
    """
    from pipeline.model.opaque import packed

    return terminal(packed(text), keep_lines=keep_lines)


def _quoted(line: str) -> str:
    """Hide more in a line that somebody wrote: a password may be all that is wrong with it."""
    from pipeline.model import quiet

    return quiet.line(line)


def _place(where: Where) -> list[str]:
    said = [f"  --> {_shown(str(where), keep_lines=False)}"]
    if where.source:
        number = str(where.line)
        said += [
            f"{' ' * len(number)} |",
            f"{number} | {terminal(_quoted(where.source))}",
            f"{' ' * len(number)} | {_under(where)}^",
        ]
    return said


def _under(where: Where) -> str:
    """Fill up to the caret, as wide as the escaped text above it is."""
    import unicodedata

    before = terminal(where.source[: max(where.column - 1, 0)])
    return "".join("  " if unicodedata.east_asian_width(c) in "WF" else " " for c in before)


def show_unforeseen(error: Exception) -> None:
    """Tell what nobody below has told: what the system refused, or a defect of ours."""
    scarce = _scarce(error)
    if scarce:
        show(PenstockError(f"this machine gives Penstock no more {scarce}", hint=_MORE))
        return
    hint = _OUTSIDE.get(error.errno or 0) if isinstance(error, OSError) else None
    if hint is None or not isinstance(error, OSError):
        show_crash(error)
        return
    name = str(error.filename or "")
    shown = f"{name[:_NAME]}…" if len(name) > _NAME else name
    said = (error.strerror or "").lower()
    show(PenstockError(f"{shown}: {said}" if shown else said, hint=hint))


def _scarce(error: Exception) -> str:
    """Say what the machine has too little of, if it is that."""
    match error:
        case MemoryError() | OSError(errno=errno.ENOMEM):
            return "memory"
        case ImportError() if any(one in str(error) for one in _NO_LIBRARY):
            return "memory"
        case _:
            return "processes and threads" if _NO_THREAD in str(error) else ""


def show_crash(error: Exception) -> None:
    """Name a defect of ours in one line, and leave the traceback where it can be sent from."""
    import tempfile
    import traceback

    from pipeline.model import quiet

    what = terminal(quiet.line(str(error)))
    said = [f"error: Penstock itself failed: {type(error).__name__}: {what}"]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="penstock-crash-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(quiet.log("".join(traceback.format_exception(error))))
        said.append(f" help: this is a defect; please report it with {Path(file.name)}")
    except OSError:
        said.append(" help: this is a defect; please report it")
    for line in said:
        print(line, file=sys.stderr)  # noqa: T201 -- the conversation
