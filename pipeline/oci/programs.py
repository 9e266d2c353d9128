"""What the beginning of a file says of a program: whether it is one, and whether Go built it."""

import re
from typing import Final

BEGINNING: Final = 1 << 14
"""Bytes, in which Go's linker and others put the note of a build."""
PROGRAM: Final = b"\x7fELF"
"""What every program and library of Linux begins with."""
OF_GO: Final = PROGRAM + b" of Go"
"""What stands for a program that Go built."""
_NOTE: Final = re.compile(rb"(?s)(?:\x04\0\0\0.{4}\x04\0\0\0|\0\0\0\x04.{4}\0\0\0\x04)Go\0\0")
"""In either order of bytes: the length of the name, any of what follows, and a build's number."""


def is_program(head: bytes) -> bool:
    """Say whether a file that begins so is a program or a library."""
    return head.startswith(PROGRAM)


def is_of_go(head: bytes) -> bool:
    """Say whether Go built it, which leaves its modules to be read in it unless told otherwise."""
    return is_program(head) and _NOTE.search(head) is not None
