"""Opens what the caller closed: the next file that is opened would be taken for it."""

import os
import sys
from typing import Final

_NAMES: Final = {"stdin": (0, "r"), "stdout": (1, "w"), "stderr": (2, "w")}


def take() -> bool:
    """Open each of the three that is closed, into nothing. Say whether standard output was open.

    Python has None for such a stream, and the system gives its number to a bundle's file next.
    """
    closed = [name for name in _NAMES if getattr(sys, name) is None]
    for name in closed:
        number, mode = _NAMES[name]
        _fill(number)
        stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 -- for ever
        setattr(sys, name, stream)
    return "stdout" not in closed


def _fill(number: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing == number:
        os.set_inheritable(nothing, True)  # noqa: FBT003 -- so the library has it
        return
    os.dup2(nothing, number)
    os.close(nothing)
