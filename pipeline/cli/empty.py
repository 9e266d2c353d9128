"""Refuses empty words on the command line: what an unset variable of a script leaves behind.

An empty path is the current folder, and an empty value would be taken for none: either way
something else is done than was meant.
"""

from collections.abc import Iterable

from pipeline.errors import UsageError


def refuse_empty(arguments: Iterable[str]) -> None:
    """Raise UsageError where an argument or an option's value is empty."""
    before = "penstock"
    for word in arguments:
        name, equals, value = word.partition("=")
        if not word:
            option = before.startswith("-") and before != "--"
            raise _error(
                f"{before} is given nothing" if option else f"the word after {before!r} is empty"
            )
        if name.startswith("--") and equals and not value:
            raise _error(f"{name} is given nothing")
        before = name


def _error(what: str) -> UsageError:
    return UsageError(
        what, hint="name something, or leave it out; is a variable of your script not set?"
    )
