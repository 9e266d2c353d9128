"""Damage to the feeds about findings, made in the folder of an example."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.feeds import epss, kev
from pipeline.feeds.noted import NOTE
from pipeline.model.artifact import sha256_file
from tests.support.enriching import catalogue, fresh_feeds, table

_PAST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_FUTURE: Final = datetime(2999, 1, 1, tzinfo=UTC)
FOLDERS: Final = {"kev": "feeds/kev", "epss": "feeds/epss"}
FILES: Final = {"kev": kev.FILE, "epss": epss.FILE}


class Wrong(NamedTuple):
    """One thing that went wrong with a feed, and what the missing answer is called."""

    feed: str
    what: str
    make: Callable[[Path], object]
    """Told the folder of the feed."""
    reason: str
    in_make_test: bool = False


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _edit(folder: Path, **fields: object) -> None:
    note = folder / NOTE
    note.write_text(json.dumps({**json.loads(note.read_bytes()), **fields}))


def _forged(folder: Path, name: str, data: bytes) -> None:
    """Put other content in its place, well digested: only reading it tells."""
    (folder / FILES[name]).write_bytes(data)
    _edit(folder, sha256=sha256_file(folder / FILES[name]))


def _of(folder: Path, when: datetime) -> None:
    """Put a whole feed of that moment in its place, and leave the other feed as it is."""
    scratch = folder.parent / "scratch"
    fresh_feeds(scratch, when)
    shutil.rmtree(folder)
    shutil.move(scratch / "feeds" / folder.name, folder)
    shutil.rmtree(scratch)


def _both(name: str) -> list[Wrong]:
    return [
        Wrong(name, "no snapshot", shutil.rmtree, "feed_missing"),
        Wrong(name, "a truncated file", lambda f: _halve(f / FILES[name]), "feed_broken"),
        Wrong(name, "a file that was altered",
              lambda f: (f / FILES[name]).write_bytes(b"\n" + (f / FILES[name]).read_bytes()),
              "feed_broken"),
        Wrong(name, "no description", lambda f: (f / NOTE).write_bytes(b"{}"), "feed_broken"),
        Wrong(name, "an excerpt that is refused", lambda f: _edit(f, excerpt=True),
              "feed_excerpt"),
        Wrong(name, "an old snapshot", lambda f: _of(f, _PAST), "feed_stale"),
        Wrong(name, "a snapshot of the future", lambda f: _of(f, _FUTURE), "feed_future"),
    ]  # fmt: skip


_CONTENT: Final[tuple[tuple[str, str, bytes], ...]] = (
    ("kev", "fewer entries than it counts", catalogue("CVE-2014-0160", count=2)),
    ("kev", "an entry without a due date",
     catalogue(count=1, vulnerabilities=[{"cveID": "CVE-2014-0160"}])),
    ("epss", "a score of 1.7", table({"CVE-2014-0160": 1.7})),
    ("epss", "a score of -1", table({"CVE-2014-0160": -1})),
    ("epss", "a score that is no number", table({"CVE-2014-0160": "nan"})),
    ("epss", "a CVE twice", table({"CVE-2014-0160": 0.5}, rows=["CVE-2014-0160,0.1,0.1\n"])),
    ("epss", "other columns", table({"CVE-2014-0160": 0.5}, columns="cve,percentile,epss\n")),
)  # fmt: skip
_IN_MAKE_TEST: Final = {
    ("kev", "no snapshot"),
    ("epss", "a truncated file"),
    ("epss", "a score of 1.7"),
    ("kev", "an old snapshot"),
}


def _content(name: str, what: str, data: bytes) -> Wrong:
    return Wrong(name, what, lambda folder: _forged(folder, name, data), "feed_broken")


WRONG: Final = [
    one._replace(in_make_test=(one.feed, one.what) in _IN_MAKE_TEST)
    for one in (*_both("kev"), *_both("epss"), *(_content(*row) for row in _CONTENT))
]
