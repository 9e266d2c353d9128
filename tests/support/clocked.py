"""Runs `penstock` under a clock that is off: `python -m tests.support.clocked SECONDS,… WORDS…`.

The first number is for the first look at the clock, and so on; the last is for all that follow.
"""

import sys
from datetime import datetime, timedelta
from itertools import chain, repeat
from unittest.mock import patch

from pipeline.cli import app


def run(steps: list[int]) -> None:
    """Run the command line with that clock."""
    honest = app.now
    off = chain(steps, repeat(steps[-1]))

    def now() -> datetime:
        return honest() + timedelta(seconds=next(off))

    with patch.object(app, "now", now):
        app.main()


if __name__ == "__main__":
    run([int(one) for one in sys.argv.pop(1).split(",")])
