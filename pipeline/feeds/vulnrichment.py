"""CISA's answers to the questions of SSVC about single CVEs, as a dated snapshot."""

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from itertools import islice
from operator import ge
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.feeds import bodies, noted
from pipeline.feeds.base import Order, broken
from pipeline.feeds.vulnrichment_form import COLUMNS, NAME
from pipeline.model.artifact import Feed
from pipeline.model.assessment import AUTOMATABLE, EXPLOITATION, IMPACT, Assessment
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

SOURCE: Final = "https://codeload.github.com/cisagov/vulnrichment/zip/refs/heads/develop"
FILE: Final = "ssvc.csv"
MAX_FILE: Final = 256 << 20

_HEAD: Final = re.compile(rb"#commit:([0-9a-f]{0,40}),updated:([^\s,]{1,40}),records:([0-9]{1,9})")
_WORDS: Final = b",".join(
    f"(?:{'|'.join(words)})".encode() for words in (EXPLOITATION, AUTOMATABLE, IMPACT)
)
_ROWS: Final = re.compile(
    rb"(?:CVE-[0-9]{4}-[0-9]{4,19}," + _WORDS + rb",[0-9]{4}-[0-9]{2}-[0-9]{2}\n)++"
)
_COMMIT: Final = 12
"""Digits of a commit that are shown as the snapshot's version."""


class _Table:
    """The file in memory. Raises ValueError where its first lines are not what they should be."""

    def __init__(self, path: Path) -> None:
        if path.stat().st_size > MAX_FILE:
            raise ValueError(f"it has more than {MAX_FILE >> 20} MiB")
        head, _, rest = path.read_bytes().partition(b"\n")
        columns, _, self.body = rest.partition(b"\n")
        said = _HEAD.fullmatch(head)
        if said is None:
            raise ValueError(f"its first line names no commit, date and number: {head[:80]!r}")
        if columns.decode("ascii") != COLUMNS:
            raise ValueError(f"its columns are {columns[:80]!r}, and should be {COLUMNS}")
        self.commit = said[1].decode()
        self.updated = noted.dated(said[2].decode("ascii"))
        self.rows = self.body.splitlines()
        if len(self.rows) != int(said[3]):
            raise ValueError(f"it holds {len(self.rows)} rows, and says {int(said[3])}")


def _read(path: Path) -> noted.Said:
    table = _Table(path)
    if not table.rows or _ROWS.fullmatch(table.body) is None:
        raise ValueError("it has a row that is no CVE with three words and a day, or none at all")
    cves = [row.partition(b",")[0] for row in table.rows]
    # Sorted and each once, or a look-up would pass one by.
    if any(map(ge, cves, islice(cves, 1, None))):
        raise ValueError("its rows are not sorted by CVE, each once")
    newest = max(row[-len("2026-11-25") :] for row in table.rows).decode()
    if newest != table.updated[: len(newest)]:
        raise ValueError(f"its newest row is of {newest}, and it says {table.updated}")
    return noted.Said(
        version=table.commit[:_COMMIT], updated=table.updated, records=len(table.rows)
    )


KIND: Final = noted.Kind(
    name=NAME,
    file=FILE,
    attribution="CISA Vulnrichment, https://github.com/cisagov/vulnrichment, CC0-1.0. Kept: the "
    "words of SSVC and their day. Its use implies no endorsement by CISA or DHS.",
    read=_read,
)


def open(path: Path) -> Feed:  # noqa: A001 -- the word of the protocol
    """Verify a snapshot: its digest, its commit and date, and every row with their count."""
    return noted.opened(KIND, path)


def sync(folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> Feed:
    """Fetch the archive of the repository, and keep what is asked of it here."""
    from pipeline.feeds import vulnrichment_archive

    url = order.mirror or SOURCE
    path = bodies.place(order, folder, "archive.zip.part")
    data = vulnrichment_archive.fetch(url, path, http=http, watcher=watcher)
    noted.put(KIND, folder, data, order, source=url)
    return open(folder)


def told(feed: Feed, wanted: Collection[str]) -> Mapping[str, Assessment]:
    """Return what is said of some CVEs. Raises ToolError where the file changed meanwhile."""
    try:
        rows = _Table(noted.proven(KIND, feed)).rows
    except noted.UNREADABLE as error:
        raise broken(NAME, Path(feed.path), str(error)) from error
    found: dict[str, Assessment] = {}
    for cve in wanted:
        key = f"{cve},".encode()
        at = bisect_left(rows, key)
        if at < len(rows) and rows[at].startswith(key):
            _, _, automatable, impact, _ = rows[at].decode().split(",")
            found[cve] = Assessment(automatable=automatable, technical_impact=impact)
    return found
