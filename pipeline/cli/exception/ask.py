"""A person at a terminal: questions go to standard error, so that standard output stays clean."""

import sys

from pipeline.errors import UsageError
from pipeline.report.escape import terminal


def at_terminal() -> bool:
    """Say whether somebody is there to answer: both ends of the conversation are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


class Terminal:
    """Asks on standard error, and reads from standard input."""

    def ask(self, question: str) -> str:
        """Return a line that was typed."""
        print(terminal(question), end="", file=sys.stderr, flush=True)  # noqa: T201 -- the conversation
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError as exc:
            raise UsageError("the answer is not UTF-8", hint="nothing was written") from exc
        if not line:
            raise UsageError("the answers ended", hint="nothing was written")
        return line.rstrip("\r\n")

    def tell(self, line: str) -> None:
        """Show a line."""
        print(terminal(line), file=sys.stderr)  # noqa: T201 -- the conversation


def sure(question: str) -> bool:
    """Ask for a yes, which has to be typed as such."""
    return Terminal().ask(f"{question} [yes/no] ").strip().lower() == "yes"
