"""FIRST's estimates of how likely each CVE is to be exploited soon, as a dated snapshot."""

import gzip
import math
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from pipeline.feeds import bodies, noted
from pipeline.feeds.base import Order, broken
from pipeline.model.artifact import Feed
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

NAME: Final = "epss"
SOURCE: Final = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
FILE: Final = "epss_scores.csv.gz"
MAX_PACKED: Final = 64 << 20
MAX_FILE: Final = 512 << 20

_REDIRECTS: Final = 3
"""`current` is where the file of the day is."""
_HEAD: Final = re.compile(r"#model_version:([\w.+-]{1,40}),score_date:(\S{1,40})")
_COLUMNS: Final = "cve,epss,percentile"
_COLUMN_COUNT: Final = 3
_BLOCK: Final = 1 << 20
_DIGITS: Final = b"0123456789"

Rows: TypeAlias = tuple[list[str], list[str], list[str]]
"""Some rows, column by column: they come by the hundred thousand."""


class _Table:
    """The file, unpacked block by block. Raises ValueError where it is not what it should be."""

    def __init__(self, path: Path) -> None:
        self._blocks = _blocks(path)
        head, _, rest = next(self._blocks, "").partition("\n")
        columns, _, self._first = rest.partition("\n")
        said = _HEAD.fullmatch(head)
        if said is None:
            raise ValueError(f"its first line names no model and no date: {head[:80]!r}")
        if columns != _COLUMNS:
            raise ValueError(f"its columns are {columns[:80]!r}, and should be {_COLUMNS}")
        self.model = said[1]
        self.updated = noted.dated(said[2])

    def rows(self) -> Iterator[Rows]:
        """Yield all rows, each a CVE and two texts."""
        if self._first:
            yield _rows(self._first)
        yield from map(_rows, self._blocks)


def _blocks(path: Path) -> Iterator[str]:
    """Unpack a file into runs of whole lines, the last line break of each left out."""
    total, rest = 0, b""
    with gzip.open(path) as stream:
        while chunk := stream.read(_BLOCK):
            total += len(chunk)
            if total > MAX_FILE:
                raise ValueError(f"it unpacks to more than {MAX_FILE >> 20} MiB")
            lines, _, rest = (rest + chunk).rpartition(b"\n")
            if len(rest) > _BLOCK:  # joining what never ends to the next block takes ever longer
                raise ValueError("it has a line without end")
            if lines:
                yield lines.replace(b"\r", b"").decode("ascii")
    if rest:
        raise ValueError("it ends within a line")


def _rows(block: str) -> Rows:
    flat = block.replace("\n", ",").split(",")
    lines = block.count("\n") + 1
    # A number in place of a CVE, or the other way round, is noticed where either is read.
    if len(flat) != _COLUMN_COUNT * lines or f"\n{block}".count("\nCVE-") != lines:
        raise ValueError("it has a line that is not a CVE with two numbers")
    return flat[0::3], flat[1::3], flat[2::3]


def _read(path: Path) -> noted.Said:
    if path.stat().st_size > MAX_PACKED:
        raise ValueError(f"it has more than {MAX_PACKED >> 20} MiB")
    table = _Table(path)
    seen: set[str] = set()
    count = 0
    for cves, scores, percentiles in table.rows():
        _check_cves(cves)
        _check_numbers(scores)
        _check_numbers(percentiles)
        seen.update(cves)
        count += len(cves)
    if len(seen) < count:
        raise ValueError("it scores a CVE twice")
    if not count:
        raise ValueError("it has no scores")
    return noted.Said(version=table.model, updated=table.updated, records=count)


def _check_cves(cves: list[str]) -> None:
    """Look at all ids at once: without their digits they are all the same."""
    text = "\n".join(cves).encode()
    bare = text.translate(None, _DIGITS)
    if bare != b"\n".join([b"CVE--"] * len(cves)) or b"--" in text or b"-\n" in text:
        raise ValueError("it has an id that is none")


def _check_numbers(texts: list[str]) -> None:
    numbers = [float(text) for text in texts]
    if min(numbers) < 0 or max(numbers) > 1 or math.isnan(sum(numbers)):
        odd = next(text for text, one in zip(texts, numbers, strict=True) if not 0 <= one <= 1)
        raise ValueError(f"it has a score that is none: {odd[:40]!r}")


KIND: Final = noted.Kind(
    name=NAME,
    file=FILE,
    attribution="EPSS scores: FIRST, https://www.first.org/epss",
    read=_read,
)


def open(path: Path) -> Feed:  # noqa: A001 -- the word of the protocol
    """Verify a snapshot: its digest, its model and date, and every score with their count."""
    return noted.opened(KIND, path)


def sync(folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> Feed:
    """Fetch the table of the day: one packed file, kept as it is."""
    url = order.mirror or SOURCE
    watcher.noted(NAME, f"fetching {url}")
    path = bodies.place(order, folder, f"{FILE}.part")
    with bodies.fetched(url, path, http=http, limit=MAX_PACKED, redirects=_REDIRECTS) as body:
        noted.put(KIND, folder, body.read_bytes(), order, source=url)
    return open(folder)


def told(feed: Feed, wanted: Collection[str]) -> Mapping[str, float]:
    """Return the scores of some CVEs. Raises ToolError where the file changed meanwhile."""
    asked = frozenset(wanted)
    found: dict[str, float] = {}
    try:
        for cves, texts, _ in _Table(noted.proven(KIND, feed)).rows():
            if not asked.isdisjoint(cves):
                found |= {c: float(s) for c, s in zip(cves, texts, strict=True) if c in asked}
    except noted.UNREADABLE as error:
        raise broken(NAME, Path(feed.path), str(error)) from error
    return found
