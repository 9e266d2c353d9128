"""Exit codes and the tree of errors that a user can act on."""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import ClassVar


@unique
class Exit(IntEnum):
    """Process exit codes. Only main() uses them; documented in docs/exit-codes.md."""

    OK = 0
    FAIL = 1
    USAGE = 2
    INCONCLUSIVE = 3
    INTERRUPTED = 130


class PenstockError(Exception):
    """A failure that the user can act on: what went wrong, and what to do next."""

    exit: ClassVar[Exit] = Exit.INCONCLUSIVE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file that a person wrote; line and column count from 1."""

    path: str
    line: int = 0
    column: int = 0
    source: str = ""
    """The text of that line, so that the message can point at it."""

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}"


class UsageError(PenstockError):
    """Something a person wrote cannot be used: a flag, a configuration or a policy file."""

    exit: ClassVar[Exit] = Exit.USAGE

    def __init__(self, message: str, *, hint: str = "", where: Where | None = None) -> None:
        super().__init__(message, hint=hint)
        self.where = where


class Interrupted(Exception):  # noqa: N818 -- named for what happened, like KeyboardInterrupt
    """The user asked to stop. Typer would end on a KeyboardInterrupt itself, without a word."""
