"""What a supervisor adds up of what a tool takes."""

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.programs.watch import Appetite, free, used

BIG = 1 << 20


def test_everything_below_counts_and_is_counted_until_it_is_enough(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"x" * BIG)
    assert used([str(tmp_path)], 1 << 40) >= BIG
    assert used([str(tmp_path), str(tmp_path / "deep")], 1 << 40) >= 2 * BIG
    assert used([str(tmp_path / "gone")], 1 << 40) == 0


def test_empty_files_take_room_too(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / str(number)).touch()
    assert used([str(tmp_path)], 1 << 40) == 10 * 4096


def test_a_file_that_goes_meanwhile_hides_none_of_those_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool that makes and removes files all the time would have no limit otherwise."""
    for number in range(8):
        (tmp_path / str(number)).write_bytes(b"x" * BIG)
    scandir = os.scandir
    with scandir(tmp_path) as entries:
        first = Path(next(entries).path)

    def after_it_went(folder: str) -> Any:
        found = scandir(folder)
        first.unlink()
        return found

    monkeypatch.setattr(os, "scandir", after_it_went)
    assert used([str(tmp_path)], 1 << 40) >= 7 * BIG


def test_where_nobody_can_tell_what_is_free_there_is_much(tmp_path: Path) -> None:
    assert free(str(tmp_path / "gone")) > 1 << 60


def test_a_tool_that_takes_too_much_is_told_what_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * BIG)
    modest = Appetite(1 << 50, 2 * BIG, [str(tmp_path)])
    greedy = Appetite(1 << 50, BIG // 2, [str(tmp_path)])
    assert (modest.excess(), greedy.excess()) == ("", "disk")
