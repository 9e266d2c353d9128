"""Timings of the last run: worth an order, and nothing else."""

from pathlib import Path

import pytest

from pipeline.store import timings


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "timings.json"
    timings.write(path, {"semgrep": 8.5, "source": 2.0})
    timings.write(path, {"semgrep": 9.5})
    assert timings.read(path) == {"semgrep": 9.5}
    assert [one.name for one in path.parent.iterdir()] == ["timings.json"]


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'{"a": "long"}', b'{"a": NaN}', b"\xff", b"[" * 100_000, b" " * (2 << 20)],
)
def test_what_is_no_table_of_seconds_is_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "timings.json"
    path.write_bytes(data)
    assert timings.read(path) == {}


def test_seconds_that_no_process_takes_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "timings.json"
    path.write_bytes(b'{"a": -1, "b": 1e400, "c": 3}')
    assert timings.read(path).get("a") is None


def test_a_place_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    timings.write(tmp_path / "file" / "timings.json", {"a": 1.0})
    assert timings.read(tmp_path / "file" / "timings.json") == {}
