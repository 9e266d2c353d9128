"""The tip of the default branch comes from the server, whatever the checkout says."""

from pathlib import Path

import pytest

from pipeline.cli.workflow.action import base_flags
from pipeline.errors import PenstockError
from pipeline.toolchain.remote import Tip, default_tip
from tests.support.attacked import Repository

pytestmark = pytest.mark.tools


@pytest.fixture
def server(tmp_path: Path) -> tuple[Repository, str]:
    made = Repository(tmp_path / "o/r")
    return made, made.commit()


def test_the_server_names_its_default_branch_and_the_newest_commit(
    server: tuple[Repository, str], tmp_path: Path
) -> None:
    made, first = server
    url = made.path.as_uri()
    assert default_tip(url, token="", environment={}) == Tip(first, "refs/heads/main")
    second = made.commit()
    made.git("checkout", "-q", "-b", "trunk")
    third = made.commit()
    assert default_tip(url, token="t", environment={}) == Tip(third, "refs/heads/trunk")
    made.git("checkout", "-q", "main")
    assert default_tip(url, token="", environment={}).commit == second


def test_on_a_schedule_the_base_is_the_tip_of_the_server_not_of_a_stale_checkout(
    server: tuple[Repository, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = server
    made.git("clone", "-q", str(made.path), str(tmp_path / "checkout"))
    newest = made.commit()
    evil = Repository(tmp_path / "evil")
    evil.commit()
    # What the checkout says about its server must not matter.
    clone = Repository.__new__(Repository)
    clone.path = tmp_path / "checkout"
    clone.git("config", f"url.{evil.path.as_uri()}.insteadOf", made.path.as_uri())
    monkeypatch.chdir(clone.path)
    monkeypatch.setenv("GIT_DIR", str(clone.path / ".git"))
    flags = base_flags({"GITHUB_SERVER_URL": tmp_path.as_uri(), "GITHUB_REPOSITORY": "o/r"})
    assert flags == ["--base", newest, "--base-ref", "refs/heads/main"]


@pytest.mark.parametrize("url", ["ext::sh -c id", "ssh://h/r", "http://h/r", "/etc", "--upload"])
def test_an_address_that_would_run_a_program_is_refused(url: str) -> None:
    with pytest.raises(PenstockError, match="no address"):
        default_tip(url, token="", environment={})


def test_a_server_without_a_commit_or_without_a_branch_is_an_error(
    server: tuple[Repository, str], tmp_path: Path
) -> None:
    made, first = server
    made.git("checkout", "-q", "--detach", first)
    with pytest.raises(PenstockError, match="default one"):
        default_tip(made.path.as_uri(), token="", environment={})
    empty = Repository(tmp_path / "empty")
    with pytest.raises(PenstockError):
        default_tip(empty.path.as_uri(), token="", environment={})
    with pytest.raises(PenstockError):
        default_tip((tmp_path / "none").as_uri(), token="", environment={})
