"""What a source of feeds says that no reader of JSON can read: told of, and no crash."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.feeds import live, trivy_artifact
from pipeline.model.gap import GapReason, ToolError
from pipeline.watch import Silent
from tests.support.dependencies import pin
from tests.support.saying import Says, unreadable

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@unreadable
def test_an_answer_of_the_osv_service(odd: bytes, tmp_path: Path) -> None:
    http = Says(b'{"results": [{"next_page_token": %s}]}' % odd)
    told = live.snapshot(
        [pin("requests==2.19.0")],
        folder=tmp_path,
        now=NOW,
        http=http,
        service="https://osv.example",
    )
    assert isinstance(told, ToolError)
    assert told.reason is GapReason.FEED_BROKEN


@unreadable
def test_the_manifest_of_a_trivy_database(odd: bytes, tmp_path: Path) -> None:
    with pytest.raises(PenstockError, match="is no manifest of an artefact"):
        trivy_artifact.fetch(
            "registry.example/trivy-db:2", tmp_path / "db", tmp_path / "packed",
            http=Says(b'{"layers": [{"mediaType": %s}]}' % odd), watcher=Silent(),
        )  # fmt: skip
