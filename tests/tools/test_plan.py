"""A plan as people read it."""

from pathlib import Path

import pytest

from pipeline.cli.terminal.wrapping import WIDTH
from tests.support.command import penstock
from tests.support.small import repository

pytestmark = pytest.mark.tools


def test_a_plan_names_each_process_once_and_fits_into_a_terminal(tmp_path: Path) -> None:
    files = (("app.py", "print(1)\n"), ("Dockerfile", "FROM x\n"))
    asked = repository(tmp_path / "repo", "semgrep", "config", "secrets", files=files)
    told = penstock("plan", asked, extra={"COLUMNS": "80"})
    assert told.code == 0, told
    stages, commands = told.out.split("\nCOMMANDS\n")
    assert "\nsemgrep    always" in stages
    labels = [line for line in commands.splitlines() if not line.startswith("    ")]
    assert "  source, for config, secrets" in "\n".join(labels)
    assert len(labels) == len(set(labels))
    wide = [line for line in told.out.splitlines() if len(line) > WIDTH]
    assert [line for line in wide if len(line.removesuffix("\\").split()) > 1] == []
