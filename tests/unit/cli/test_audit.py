"""`penstock audit export`: what it writes, what it says, and how it ends."""

from pathlib import Path

import pytest

from pipeline.cli.app import answer
from pipeline.errors import Exit
from tests.support.audited import weeks
from tests.support.judging import package

MONTH = ("--from", "2026-11-02", "--to", "2026-11-22")


def export(root: Path, *more: str | Path, window: tuple[str, ...] = MONTH) -> int:
    (root / "bundles").mkdir(exist_ok=True)
    place = ("--bundles", root / "bundles", "--out", root / "export")
    return answer([str(one) for one in ("audit", "export", *window, *place, *more)])


def test_an_export_has_every_format_and_says_what_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weeks(tmp_path / "bundles", package())
    assert export(tmp_path) == Exit.OK
    said = capsys.readouterr().out
    assert "3 runs" in said
    assert "criticals in weekly scan: 0 < 1" in said
    assert max(map(len, said.replace(str(tmp_path), "").splitlines())) <= 80
    names = {path.name for path in (tmp_path / "export").iterdir()}
    assert {"audit.json", "audit.md", "runs.csv", "sla.csv", "roles.csv"} <= names


def test_only_the_formats_that_are_asked_for_are_written(tmp_path: Path) -> None:
    weeks(tmp_path / "bundles")
    assert export(tmp_path, "--format", "json") == Exit.OK
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["audit.json"]


def test_a_damaged_bundle_is_exported_as_such_and_ends_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weeks(tmp_path / "bundles")
    (tmp_path / "bundles" / "weekly-2026-11-11" / "verdict.json").write_text("{}")
    assert export(tmp_path) == Exit.INCONCLUSIVE
    assert "NOT COMPLETE" in capsys.readouterr().out
    assert "damaged_bundle" in (tmp_path / "export" / "problems.csv").read_text()


def test_no_bundle_at_all_ends_with_3(tmp_path: Path) -> None:
    assert export(tmp_path) == Exit.INCONCLUSIVE


@pytest.mark.parametrize(
    "window",
    [
        ("--from", "2026-11-22", "--to", "2026-11-02"),
        ("--from", "2026-13-45", "--to", "2026-11-02"),
        ("--from", "22.11.2026", "--to", "2026-11-02"),
        ("--to", "2026-11-02"),
    ],
)
def test_a_window_that_is_none_is_refused(window: tuple[str, ...], tmp_path: Path) -> None:
    assert export(tmp_path, window=window) == Exit.USAGE
    assert not (tmp_path / "export").exists()


def test_a_folder_with_other_files_is_left_as_it_is(tmp_path: Path) -> None:
    weeks(tmp_path / "bundles")
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "thesis.txt").write_text("years of work")
    assert export(tmp_path) == Exit.USAGE
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["thesis.txt"]


def test_an_export_can_be_made_again_in_its_place(tmp_path: Path) -> None:
    weeks(tmp_path / "bundles")
    assert export(tmp_path) == export(tmp_path) == Exit.OK


def test_unknown_words_and_places_are_refused(tmp_path: Path) -> None:
    assert export(tmp_path, "--format", "pdf") == Exit.USAGE
    assert export(tmp_path, "--bundles", tmp_path / "nowhere") == Exit.USAGE
    assert export(tmp_path, "--out", tmp_path / "no" / "where") == Exit.USAGE


def test_one_run_is_not_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weeks(tmp_path / "bundles")
    assert export(tmp_path, window=("--from", "2026-11-02", "--to", "2026-11-08")) == Exit.OK
    assert ": 1 run\n" in capsys.readouterr().out


@pytest.mark.parametrize("day", ["2026-02-30", "2026-1-1", "today", "20260101", "2026-01-01T00:00"])
def test_what_is_no_day_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str
) -> None:
    assert export(tmp_path, window=("--from", day, "--to", "2026-11-22")) == Exit.USAGE
    said = capsys.readouterr().err
    assert f"{day}" in said
    assert "is no day" in said
    assert "%" not in said
