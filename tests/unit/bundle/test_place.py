"""What a killed run had moved aside comes back, as long as nothing has taken its place."""

import errno
import os
from pathlib import Path

import pytest

from pipeline.bundle.place import mend, place

OLD = {"run.json": b'{"schema": "penstock/run@1", "a": "old"}'}
NEW = {"run.json": b'{"schema": "penstock/run@1", "a": "new"}'}


@pytest.fixture
def aside(tmp_path: Path) -> Path:
    """Leave things as a run does that is killed between its two steps."""
    place(tmp_path / "out", dict(OLD))
    return (tmp_path / "out").rename(tmp_path / ".out.old-x")


def held(out: Path) -> tuple[list[str], bytes]:
    return sorted(one.name for one in out.parent.iterdir()), (out / "run.json").read_bytes()


def test_an_older_bundle_comes_back(aside: Path) -> None:
    out = aside.with_name("out")
    mend(out)
    assert held(out) == (["out"], OLD["run.json"])


def test_an_older_bundle_comes_back_into_an_empty_folder(aside: Path) -> None:
    out = aside.with_name("out")
    out.mkdir()
    mend(out)
    assert held(out) == (["out"], OLD["run.json"])


def test_an_older_bundle_goes_where_a_newer_one_stands(aside: Path) -> None:
    out = aside.with_name("out")
    out.mkdir()
    (out / "run.json").write_bytes(NEW["run.json"])
    mend(out)
    assert held(out) == (["out"], NEW["run.json"])


def test_an_older_bundle_that_cannot_be_read_for_the_moment_is_not_taken_for_none(
    aside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Path) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    out = aside.with_name("out")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", failing)
        mend(out)
    assert held(out) == (["out"], OLD["run.json"])


def test_an_older_bundle_of_which_nothing_can_be_said_stays_for_the_next_run(
    aside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Path) -> os.stat_result:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    out = aside.with_name("out")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "lstat", failing)
        mend(out)
    assert aside.is_dir()
    mend(out)
    assert held(out) == (["out"], OLD["run.json"])


def test_a_folder_that_was_made_for_it_and_holds_nothing_yet_goes(tmp_path: Path) -> None:
    (tmp_path / ".out.old-x").mkdir()
    mend(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
