"""An empty word means the current folder to a path, and nothing to whoever wrote a script."""

import pytest

from pipeline.cli.app import COMMANDS, answer
from pipeline.cli.empty import refuse_empty


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_takes_an_empty_argument_for_a_place(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer([command, ""]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.splitlines()[0]) == (
        "", f"error: the word after {command!r} is empty"
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("run", ".", "--out", ""),
        ("run", "--out="),
        ("sign", "a", "--bundle", ""),
        ("gate", "--", ""),
    ],
)
def test_no_option_takes_an_empty_value(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(words) == 2
    assert "is a variable of your script not set?" in capsys.readouterr().err


def test_a_value_that_ends_with_an_equals_sign_is_none_that_is_empty() -> None:
    refuse_empty(["exception", "new", "--reason", "a=", "--reason=b=", "-o", "="])
