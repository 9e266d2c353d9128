"""`feeds verify`: each snapshot is whole, and the one that was noted; else it says which is not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.app import answer
from pipeline.feeds.lockfile import LOCK
from tests.support.feeding import PATHS, issue, served

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


def held(name: str, folder: Path) -> None:
    """Sync a feed into a folder."""
    publisher, server = served(name, issue(name, day=1))
    where = ["--mirror", publisher.mirror, "--to", str(folder), "--progress", "none"]
    with server:
        assert answer(["feeds", "sync", name, *where]) == 0


def states(folder: Path, capsys: pytest.CaptureFixture[str], *names: str) -> tuple[int, list[str]]:
    """Verify, and return the exit code and what each feed is said to be."""
    capsys.readouterr()
    code = answer(["feeds", "verify", *names, "--to", str(folder), "--format", "json"])
    return code, [one["state"] for one in json.loads(capsys.readouterr().out)["feeds"]]


@pytest.mark.parametrize("name", PATHS)
def test_what_was_synced_is_verified(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held(name, tmp_path)
    assert states(tmp_path, capsys) == (0, ["verified"])
    assert states(tmp_path, capsys, name) == (0, ["verified"])


def _cut(folder: Path, name: str) -> None:
    largest = max((folder / name).rglob("*"), key=lambda path: path.stat().st_size)
    largest.chmod(0o600)
    largest.write_bytes(largest.read_bytes()[:-1] + b"\x00")


def _note(folder: Path, name: str) -> None:
    text = (folder / LOCK).read_text()
    first, _, rest = text.partition('digest = "sha256:')
    assert name in first
    (folder / LOCK).write_text(f'{first}digest = "sha256:{"0" * 64}{rest[64:]}')


def _unnoted(folder: Path, _: str) -> None:
    (folder / LOCK).unlink()


def _gone(folder: Path, name: str) -> None:
    (folder / name).rename(folder / "elsewhere")


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(
    ("change", "state"),
    [
        (_cut, "feed_broken"),
        (_note, "digest_mismatch"),
        (_unnoted, "digest_mismatch"),
        (_gone, "feed_missing"),
    ],
)
def test_what_is_not_what_was_noted_is_told(
    name: str,
    change: Callable[[Path, str], None],
    state: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    held(name, tmp_path)
    change(tmp_path, name)
    assert states(tmp_path, capsys) == (3, [state])


def test_an_empty_folder_is_not_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["feeds", "verify", "--to", str(tmp_path)]) == 3
    assert "penstock feeds sync" in capsys.readouterr().err


def test_a_folder_without_a_lock_is_not_called_altered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held("kev", tmp_path)
    _unnoted(tmp_path, "kev")
    capsys.readouterr()
    assert answer(["feeds", "verify", "--to", str(tmp_path)]) == 3
    assert "nothing vouches for the kev feed" in capsys.readouterr().out


def test_a_lock_that_is_none_is_no_reason_to_believe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held("kev", tmp_path)
    (tmp_path / LOCK).write_text("schema = 3")
    capsys.readouterr()
    assert answer(["feeds", "verify", "--to", str(tmp_path)]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "cannot be read" in told.err
