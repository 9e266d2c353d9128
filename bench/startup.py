"""Start-up: what every user pays for every command, in CPU milliseconds."""

import sys
from collections.abc import Iterator

from measure import PENSTOCK, Line, command

COMPLETION = {
    "_PENSTOCK_COMPLETE": "complete_bash",
    "COMP_WORDS": "penstock run --",
    "COMP_CWORD": "2",
}


def lines() -> Iterator[Line]:
    """Measure --version, --help and completion, and the bare interpreter as the reference."""
    bare = command(sys.executable, "-I", "-c", "pass").cpu * 1000
    version = command(PENSTOCK, "--version").cpu * 1000
    yield Line("`penstock --version`, CPU", version, 50, "ms")
    yield Line("`penstock --help`, CPU", command(PENSTOCK, "--help").cpu * 1000, 150, "ms")
    for words in (("explain",), ("policy", "diff")):
        cost = command(PENSTOCK, *words, "--help").cpu * 1000
        yield Line(f"`penstock {' '.join(words)} --help`, CPU", cost, 150, "ms")
    yield Line("completion, CPU", command(PENSTOCK, extra=COMPLETION).cpu * 1000, 170, "ms")
    yield Line("`--version` ÷ bare interpreter, CPU", version / bare, 4, "x")
