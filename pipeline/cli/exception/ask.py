"""A person at a terminal: questions go to standard error, so that standard output stays clean."""

import sys

from pipeline.cli.terminal import streams
from pipeline.errors import UsageError


def at_terminal() -> bool:
    """Say whether somebody is there to answer: both ends of the conversation are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


class Terminal:
    """Asks on standard error, and reads from standard input."""

    def ask(self, question: str) -> str:
        """Return a line that was typed."""
        streams.ask(question)
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError as exc:
            raise UsageError("the answer is not UTF-8", hint="nothing was written") from exc
        if not line:
            raise UsageError("the answers ended", hint="nothing was written")
        return line.rstrip("\r\n")

    def tell(self, line: str) -> None:
        """Show a line."""
        streams.tell([line])


def sure(question: str) -> bool:
    """Ask for a yes, which has to be typed as such."""
    return Terminal().ask(f"{question} [yes/no] ").strip().lower() == "yes"
