"""The only way to standard output and standard error: each text is made harmless for its reader.

Nothing else of the command line writes there, which a test holds: a command that is added later
says what form its text has, and cannot forget to escape it.
"""

import re
import sys
from collections.abc import Iterable
from typing import Final

from pipeline.report.escape import finished, json_text, terminal

_JSON: Final = frozenset({"json", "sarif", "event", "openvex", "cyclonedx", "vdr"})
_MARKUP: Final = frozenset({"markdown", "github", "csv", "junit"})
"""Formats that escape each value themselves: all that a terminal needs would be wrong in them."""
_COLOR: Final = re.compile(r"(\x1b\[[0-9;]*m)")


def harmless(text: str, form: str) -> str:
    """Escape a finished text in a form. One that is not known here is taken for words to people."""
    if form in _JSON:
        return json_text(text)
    if form in _MARKUP:
        return finished(text)
    if form == "coloured":
        return "".join(
            part if _COLOR.fullmatch(part) else terminal(part, keep_lines=True)
            for part in _COLOR.split(text)
        )
    return terminal(text, keep_lines=True)


def say(text: str, form: str) -> None:
    """Write a finished text to standard output."""
    sys.stdout.write(harmless(text, form))


def say_lines(lines: Iterable[str]) -> None:
    """Write lines for people to standard output; none of them can become two."""
    sys.stdout.write("".join(f"{terminal(line)}\n" for line in lines))


def say_pieces(pieces: Iterable[str], form: str) -> None:
    """Write a long text to standard output as it comes, in pieces that end between its words."""
    sys.stdout.writelines(harmless(piece, form) for piece in pieces)
    sys.stdout.flush()


def tell(lines: Iterable[str]) -> None:
    """Write lines to standard error: the conversation, and what is no product of a command."""
    sys.stderr.write("".join(f"{terminal(line)}\n" for line in lines))


def ask(question: str) -> None:
    """Write a question to standard error, behind all that was said, and stay on its line."""
    sys.stdout.flush()
    sys.stderr.write(terminal(question))
    sys.stderr.flush()
