"""Abuse 40: a scanner breaks off, is killed, or tells in small print that it saw less than all."""

import json
from pathlib import Path
from typing import Final

import pytest

from tests.support.liars import ASKED, Liar

pytestmark = pytest.mark.tools

ENDINGS: Final = {
    "137, as a shell tells of a killed child": "exit 137",
    "killed, as the kernel does when memory is short": "kill -KILL $$",
    "124, as `timeout` ends": "exit 124",
    "a crash": "kill -SEGV $$",
    "an exit code that nobody knows": "exit 77",
}


def endings() -> list[object]:
    return [
        pytest.param(stage, how, id=f"{stage}: {how}",
                     marks=() if stage == "workflows" else pytest.mark.slow)
        for stage in ASKED
        for how in ENDINGS
    ]  # fmt: skip


@pytest.mark.parametrize(("stage", "how"), endings())
def test_a_whole_report_counts_only_with_a_good_end(stage: str, how: str, tmp_path: Path) -> None:
    liar = Liar(tmp_path, stage)
    liar.says(f'"{liar.real}" "$@"; {ENDINGS[how]}')
    assert liar.reasons() == {"tool_failed"}


def test_a_crash_after_half_of_the_report(tmp_path: Path) -> None:
    liar = Liar(tmp_path, "workflows")
    liar.says(f'"{liar.real}" "$@" | head -c 200; kill -SEGV $$')
    assert liar.reasons() == {"tool_failed"}


def _semgrep(kind: object, path: str | None = "src/app.py") -> str:
    error = json.dumps({"level": "warn", "type": kind, "message": "x", "path": path})
    return f"""sed 's|"errors":\\[|"errors":[{error},|; s|,\\]|]|'"""


ERRORS: Final = {
    "a file took too long": (_semgrep("Timeout"), "timeout"),
    "a file was read in part": (_semgrep(["PartialParsing", []]), "parse_error"),
    "memory ran out": (_semgrep("Out of memory"), "limit"),
    "an error that nobody knows": (_semgrep("Something else"), "tool_failed"),
    "an error that names no file": (_semgrep("Timeout", None), "timeout"),
}


_QUICK: Final = {"a file took too long", "an error that nobody knows"}


@pytest.mark.parametrize(
    "what", [pytest.param(one, marks=() if one in _QUICK else pytest.mark.slow) for one in ERRORS]
)
def test_errors_beside_results_are_gaps_whatever_level_they_have(what: str, tmp_path: Path) -> None:
    liar = Liar(tmp_path, "semgrep")
    shell, reason = ERRORS[what]
    liar.alters(shell)
    assert liar.reasons() == {reason}


def test_a_warning_of_zizmor_about_a_file_is_a_gap(tmp_path: Path) -> None:
    liar = Liar(tmp_path, "workflows")
    liar.says(f'"{liar.real}" "$@" 2> "$TMPDIR/log"; code=$?\n'
              'grep -v "completed src/" "$TMPDIR/log" >&2; exit $code')  # fmt: skip
    assert liar.reasons() == {"not_listed"}
