"""Trivy ends with 0 over a database that knows nothing, and says nothing of its age."""

import json
from pathlib import Path
from typing import Final

import pytest

from examples.support.trivy_db import NEVER, Source
from pipeline.feeds import trivy_db as databases
from tests.failopen.images import BAD, CLEAN, IN_ZLIB, REF, Lay, Write, database, image
from tests.failopen.ways import Way, cases, check, found, gap, then
from tests.support.small import gate
from tests.support.trivy import SOURCES

pytestmark = pytest.mark.tools

_OLD: Final = "2019-01-01T00:00:00Z"
_WHOLE: Final = gate("image").replace("excerpts: accept", "excerpts: refuse")
_TWO_DAYS: Final = _WHOLE.replace(
    "image: {required: always}", "image: {required: always, max_feed_age_hours: 48}"
)


def _halved(folder: Path) -> None:
    """Cut the database before it is noted: every digest is right, and half of it is lost."""
    database(folder)
    path = folder / "db/trivy.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    databases.note(folder, excerpt=True, records=0)


def _other_schema(folder: Path) -> None:
    database(folder)
    _edit(folder, Version=1)
    databases.note(folder, excerpt=True, records=0)


def _dated(when: str) -> Write:
    def write(folder: Path) -> None:
        database(folder)
        _edit(folder, UpdatedAt=when, DownloadedAt=when)
        databases.note(folder, excerpt=False, records=0)

    return write


def _edit(folder: Path, **fields: object) -> None:
    path = folder / "db/metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def _strict(folder: Path) -> None:
    (folder / "policies/gate.yaml").write_text(_TWO_DAYS)


def _aged(when: str) -> Lay:
    return then(image(CLEAN, feed=_dated(when)), _strict)


_ELSEWHERE: Final = Source(bucket="debian 11", id="debian", name="Debian", advisories={})

WAYS: Final = (
    Way("image", "the database holds no advisory at all: everything is clean",
        image(BAD, feed=lambda folder: database(folder, ())),
        gap(None, "canary_missed") | gap(REF, "unsupported"), quick=True),
    Way("image", "the database holds another release's advisories alone",
        image(BAD, feed=lambda folder: database(folder, (*SOURCES[1:], _ELSEWHERE))),
        gap(REF, "unsupported")),
    Way("image", "the database is of 2019, which Trivy is not told to mind",
        _aged(_OLD), gap(None, "feed_stale")),
    Way("image", "the database is dated in the future", _aged(NEVER), gap(None, "feed_future")),
    Way("image", "half of the database is missing: it dies of a bus error",
        image(BAD, feed=_halved), gap(None, "tool_failed")),
    Way("image", "the database has another schema",
        image(BAD, feed=_other_schema), gap(None, "feed_broken")),
    Way("image", "the database lacks the bucket of details: it panics on the first finding",
        image(BAD, feed=lambda folder: database(folder, without="vulnerability")),
        gap(None, "tool_failed"), quick=True),
    Way("image", "an advisory has no details: its severity is `UNKNOWN`, below `LOW`",
        image(BAD, feed=lambda folder: database(folder, details={})), finds=found(IN_ZLIB, REF)),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_a_database_does_not_know_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)
