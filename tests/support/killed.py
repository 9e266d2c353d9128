"""Runs `penstock` and ends it by kill -9 at one step: `python -m tests.support.killed AT WORDS…`.

AT is `before:N` or `after:N`, a write into the bundle, or the state that the journal tells first.
"""

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pipeline.bundle import later
from pipeline.cli.app import main
from pipeline.release import attesting, journal, signing


def end() -> None:
    """Nothing of this process is asked whether it agrees."""
    os.kill(os.getpid(), signal.SIGKILL)


def at_write(number: int, *, after: bool) -> Callable[..., None]:
    """End at a write into the bundle."""
    seen = count()

    def put(path: Path, data: bytes) -> None:
        this = next(seen) == number
        if this and not after:
            end()
        later.put(path, data)
        if this:
            end()

    return put


def at_state(state: str) -> Callable[..., None]:
    """End as soon as the journal tells that a statement is so far."""
    write = journal.write

    def noted(folder: Path, told: Any) -> None:
        write(folder, told)
        if any(one.state.value == state for one in told.statements):
            end()

    return noted


def run(at: str) -> None:
    """Run the command line with that end in it."""
    when, _, number = at.partition(":")
    if not number:
        with patch.object(journal, "write", at_state(when)):
            main()
    put = at_write(int(number), after=when == "after")
    with (
        patch.object(attesting, "put", put),
        patch.object(journal, "put", put),
        patch.object(signing, "put", put),
    ):
        main()


if __name__ == "__main__":
    place = sys.argv.pop(1)
    run(place)
