"""The page docs/signing-faults.md, made from the table that the tests run.

`python -m tests.faults.doc` writes it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.faults.services import ASKED, WRONG, Fault, Service

PAGE: Final = Path(__file__).parents[2] / "docs" / "signing-faults.md"
_HEAD: Final = """# Faults of signing that are tried

Each cell is tried with the command `penstock sign`, against a Sigstore and a registry on a
loopback address. First comes how it ends where the fault happens once, then where it lasts: 0 is
signed, stored and listed; 3 is not signed yet, with the service that is at fault, how far each
statement is, and what to do. After every one of them the fault is mended and the command is run
again with `--resume`: then each statement has one signature, the one that it had before if it had
any, and the registry lists all of them, each once. Nothing is attached while a signature is
missing.

The certificate log is asked by Fulcio and not by Penstock, which checks what it signed: its outage
is a 500 of Fulcio. A fallback tag is what stands in for a registry's list of referrers. Made from
the tests' own table (`tests/faults/services.py`), which `make test-all` runs whole; a test
compares.
"""
_TAIL: Final = """
Beside that, the process is killed (`kill -9`) before and after each write to the journal and to the
bundle, and at each request, and then run again (`tests/faults/test_killed.py`).
"""


def text() -> str:
    """Return the page."""
    return "\n".join((_HEAD, *_table(), _TAIL.rstrip())) + "\n"


def _table() -> Iterator[str]:
    yield f"| Fault | {' | '.join(ASKED)} |"
    yield "|---" * (len(ASKED) + 1) + "|"
    for name, fault in WRONG.items():
        cells = (_cell(fault, service) for service in ASKED.values())
        yield f"| {name} | {' | '.join(cells)} |"


def _cell(fault: Fault, service: Service) -> str:
    lasting = fault.ends(service, lasting=True)
    if lasting is None:
        return ""
    once = fault.ends(service, lasting=False)
    return f"{'-' if once is None else once} / {lasting}"
