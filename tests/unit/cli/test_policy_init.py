from pathlib import Path

import pytest

from pipeline.cli.app import answer


def test_a_folder_whose_name_is_no_utf_8_is_refused_and_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "policies\udcff"
    assert answer(["policy", "init", str(folder)]) == 2
    assert "is not UTF-8" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
