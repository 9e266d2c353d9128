"""Folders that belong to a process, and go with it or after it."""

import os
import stat
from pathlib import Path

from pipeline.toolchain import scratch


def left_behind(parent: Path, name: str = "penstock-run-gone") -> Path:
    folder = parent / name
    (folder / "tree").mkdir(parents=True)
    (folder / "tree/file").write_text("x")
    return folder


def test_a_folder_is_there_as_long_as_it_is_needed(tmp_path: Path) -> None:
    with scratch.held(tmp_path, "penstock-run-") as folder:
        (folder / "file").write_text("x")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_no_other_user_can_look_into_it_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with scratch.held(tmp_path, "penstock-run-") as folder:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_what_nobody_holds_any_more_is_removed_by_the_next(tmp_path: Path) -> None:
    gone, other = left_behind(tmp_path), left_behind(tmp_path, "somebody-elses")
    with scratch.held(tmp_path, "penstock-run-"):
        assert not gone.exists()
        assert other.exists()


def test_what_somebody_holds_stays(tmp_path: Path) -> None:
    with scratch.held(tmp_path, "penstock-run-") as first, scratch.held(tmp_path, "penstock-run-"):
        assert first.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    theirs = left_behind(tmp_path, "theirs")
    (tmp_path / "penstock-run-link").symlink_to(theirs)
    (tmp_path / "penstock-run-file").write_text("x")
    scratch.sweep(tmp_path, "penstock-run-")
    assert (theirs / "tree/file").exists()
    assert os.path.lexists(tmp_path / "penstock-run-file")


def test_a_place_that_is_not_there_has_nothing_to_sweep(tmp_path: Path) -> None:
    scratch.sweep(tmp_path / "gone", "penstock-run-")
    assert list(tmp_path.iterdir()) == []
