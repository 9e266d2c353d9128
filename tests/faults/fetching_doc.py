"""The page docs/feed-faults.md, made from the table that the tests run.

`python -m tests.faults.doc` writes it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.faults.fetching import FAULTS, FEEDS, Fault

PAGE: Final = Path(__file__).parents[2] / "docs" / "feed-faults.md"
_HEAD: Final = """# Faults of fetching that are tried

Each cell fetches a feed from a server on a loopback address that speaks the protocol of its
publisher: OSV's dump in its bucket, Trivy's database as an artefact of a registry (token, manifest,
blob behind a redirect), CISA's catalogue, FIRST's table behind its redirect, the archive of
Vulnrichment. First an issue is put in place. Then a newer one is published and the fault happens:
0 is that the newer one was taken, 3 that it was not, and that not a byte of what is held and of
`feeds.lock` changed. Then the fault is mended and the next issue is taken whole. `+` is that what
had arrived was not fetched again.

A blob of a registry may lie on another host: its digest says whether it is the right one. Made from
the tests' own table (`tests/faults/fetching.py`); a test compares.
"""
_TAIL: Final = """
The public OSV service (`osv = "live"`) has a table of its
own
(`tests/tools/feeds/test_live.py`).
"""


def text() -> str:
    """Return the page."""
    return "\n".join((_HEAD, *_table(), _TAIL.rstrip())) + "\n"


def _table() -> Iterator[str]:
    yield f"| Fault | {' | '.join(f'`{feed}`' for feed in FEEDS)} |"
    yield "|---" * (len(FEEDS) + 1) + "|"
    for name, fault in FAULTS.items():
        yield f"| {name} | {' | '.join(_cell(fault, feed) for feed in FEEDS)} |"


def _cell(fault: Fault, feed: str) -> str:
    ends = fault.of(feed)
    if ends is None:
        return ""
    return f"{ends}+" if fault.resumes else str(ends)
