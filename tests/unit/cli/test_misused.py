"""A wrong command line is told what was wrong, and what to type instead."""

import pytest

from pipeline.cli.app import answer
from pipeline.errors import Exit


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ("run --evn pr", "there is no option --evn", "did you mean --env?"),
        ("run --xyzzy", "there is no option --xyzzy", "usage: penstock run"),
        ("run --jobs x", "'--jobs'", "`penstock run --help`"),
        ("run --env", "option '--env' requires an argument", "penstock COMMAND --help"),
        ("run a b", "unexpected extra argument", "usage: penstock run"),
        ("explain", "'BUNDLE' is missing", "usage: penstock explain"),
        ("audit export", "'--from' is missing", "usage: penstock audit export"),
        ("exception nwe", "Did you mean 'new'?", "`penstock exception --help`"),
        ("rnu", "there is no command 'rnu'. Did you mean 'run'?", "`penstock --help`"),
    ],
)
def test_what_is_mistyped_is_told_with_a_way_on(
    words: str, said: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(words.split()) == Exit.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    first, *rest = err.splitlines()
    assert first.startswith("error: ")
    assert said in first
    assert all(line.startswith(" help: ") for line in rest)
    assert any(hint in line for line in rest)
