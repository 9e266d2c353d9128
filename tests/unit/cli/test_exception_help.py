"""The page about exceptions names every command and every option that there is."""

import re
from pathlib import Path
from typing import Final

import pytest
import typer

from pipeline.cli.app import answer
from pipeline.cli.exception.command import app
from pipeline.errors import Exit

PAGE: Final = Path(__file__).parents[3] / "docs" / "exceptions.md"


def test_every_command_and_option_stands_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    group = typer.main.get_group(app)
    for name, command in group.commands.items():
        assert f"penstock exception {name}" in text, name
        if name == "export":
            continue  # has its own page
        options = {option for one in command.params for option in one.opts if option[:2] == "--"}
        for option in options - {"--help"}:
            assert re.search(rf"{option}\b", text), (name, option)


def test_no_line_of_the_overview_is_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["exception", "--help"]) == Exit.OK
    assert "..." not in capsys.readouterr().out.split("Commands:")[1]
