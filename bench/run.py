"""Measures everything that has a budget, and prints the table of bench/RESULTS.md.

Ends with 1 when a figure is over its budget times --slack.
"""

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import audit
import bundle
import canaries
import compare
import imports
import million
import people
import pieces
import signing
import startup
import walls
import whole

GROUPS = {
    "startup": startup,
    "bundle": bundle,
    "audit": audit,
    "compare": compare,
    "people": people,
    "pieces": pieces,
    "signing": signing,
    "walls": walls,
    "canaries": canaries,
    "million": million,
    "import": imports,
    "whole": whole,
}


def main() -> int:
    """Print a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("group", nargs="*", choices=[*GROUPS, []], help="only these")
    parser.add_argument("--slack", type=float, default=1.0, help="factor on each budget (CI: 2)")
    arguments = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()},"
        f" Python {platform.python_version()}\n"
    )
    print("| What | Measured | Budget | |")
    print("|---|---:|---:|---|")
    over = 0
    for name in arguments.group or GROUPS:
        for line in GROUPS[name].lines():
            print(line, flush=True)
            over += line.value > line.budget * arguments.slack
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
