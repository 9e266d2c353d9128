"""A caller that closed standard input, output or error before it started us."""

import subprocess
from pathlib import Path

import pytest

from tests.support.command import PENSTOCK

pytestmark = pytest.mark.tools


def closed(number: int, *words: str | Path) -> subprocess.CompletedProcess[str]:
    program = ["sh", "-c", f'exec "$@" {number}>&-', "sh", PENSTOCK, *words]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def test_closed_output_is_told_before_anything_is_done(tmp_path: Path) -> None:
    out = tmp_path / "policies"
    done = closed(1, "policy", "init", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: standard output is closed")
    assert " help: " in done.stderr
    assert not out.exists()


def test_closed_error_output_takes_no_word_from_the_verdict(tmp_path: Path) -> None:
    target = tmp_path / "empty"
    target.mkdir()
    done = closed(2, "run", target)
    assert (done.returncode, done.stderr) == (3, "")
    assert "INCONCLUSIVE" in done.stdout


def test_what_is_said_to_closed_error_output_goes_nowhere_else(tmp_path: Path) -> None:
    done = closed(2, "gate", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_closed_input_is_an_empty_report(tmp_path: Path) -> None:
    out = tmp_path / "evidence"
    done = closed(0, "import", "-", "--stage", "semgrep", "--out", out)
    assert done.returncode == 3
    assert "it is empty" in done.stderr
    assert not out.exists()
