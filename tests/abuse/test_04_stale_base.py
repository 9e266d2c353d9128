"""Abuse 4: the fetch of the base fails, and a stale `origin/main` is there to be believed."""

import json
from pathlib import Path

import pytest

from pipeline.cli.workflow.action import base_flags
from tests.support.attacked import Repository, attacked
from tests.support.slowly import quick

pytestmark = pytest.mark.tools


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    server, _ = attacked(tmp_path / "server")
    server.git("checkout", "-q", "HEAD~1")
    server.git("clone", "-q", str(server.path), str(tmp_path / "clone"))
    made = Repository.__new__(Repository)
    made.path = tmp_path / "clone"
    return made


@pytest.mark.parametrize(
    "named", quick(["origin/main", "refs/remotes/origin/main", "HEAD~1", "main"])
)
def test_a_name_of_the_checkout_is_no_base(clone: Repository, named: str) -> None:
    done, bundle = clone.run("--base", named)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["policy"]["source"] == "wheel"


def test_the_id_of_the_event_counts_although_the_clone_does_not_have_it(
    clone: Repository, tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": "9" * 40, "ref": "main"}}}))
    flags = base_flags({"GITHUB_EVENT_PATH": str(event)})
    assert flags == ["--base", "9" * 40, "--base-ref", "main"]
    done, bundle = clone.run(*flags)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "base_missing") in bundle.unanswered()


def test_a_server_that_cannot_be_asked_leaves_no_base(clone: Repository, tmp_path: Path) -> None:
    server = {"GITHUB_SERVER_URL": tmp_path.as_uri(), "GITHUB_REPOSITORY": "gone/r"}
    done, bundle = clone.run(*base_flags(server))
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "base_missing") in bundle.unanswered()
