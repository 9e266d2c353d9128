"""The edges of the command line: errors, formats, instants, colour, progress, crashes."""

import errno
import os
import sys
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import options
from pipeline.cli.app import answer
from pipeline.cli.terminal import errors, output
from pipeline.errors import PenstockError, UsageError, Where

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("environment", "is_terminal", "color"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_is_for_people_unless_somebody_said_otherwise(
    environment: dict[str, str], is_terminal: object, color: object
) -> None:
    assert output.use_color(environment, is_terminal=bool(is_terminal)) is color


@pytest.mark.parametrize(
    ("value", "ci"),
    [("", False), ("0", False), ("false", False), ("False", False), ("1", True), ("true", True)],
)
def test_ci_is_what_ci_systems_set(value: str, ci: object) -> None:
    assert options.in_ci({"CI": value}) is ci
    assert options.in_ci({}) is False


@pytest.mark.parametrize(
    "name",
    [
        *("CODEBUILD_BUILD_ID", "GO_PIPELINE_NAME", "JENKINS_URL", "TEAMCITY_VERSION", "TF_BUILD"),
        "bamboo_buildKey",
    ],
)
def test_a_server_that_sets_no_ci_is_known_by_what_it_says(name: str) -> None:
    assert options.in_ci({name: "x", "CI": ""})
    assert not options.in_ci({name: ""})
    assert not options.in_ci({name: "x", "CI": "false"})


def test_formats_are_read_with_their_files(tmp_path: Path) -> None:
    assert output.read_formats(None) == (output.Wanted("text", None),)
    file = tmp_path / "r.sarif"
    assert output.read_formats([f"sarif={file}"]) == (
        output.Wanted("sarif", file), output.Wanted("text", None),
    )  # fmt: skip
    with pytest.raises(UsageError, match="share standard output"):
        output.read_formats(["json", "sarif"])


def test_an_instant_is_utc_and_the_past_has_to_be_meant() -> None:
    assert options.instant(None, NOW, allow_past=False) == NOW
    later = options.instant("2026-12-01", NOW, allow_past=False)
    assert later == datetime(2026, 12, 1, tzinfo=UTC)
    shifted = options.instant("2026-12-01T00:00:00+14:00", NOW, allow_past=False)
    assert shifted == datetime(2026, 11, 30, 10, tzinfo=UTC)
    with pytest.raises(UsageError, match="past"):
        options.instant("2026-11-22T11:59:59Z", NOW, allow_past=False)
    assert options.instant("2020-01-01", NOW, allow_past=True).year == 2020


def test_an_error_points_at_its_place_and_says_what_to_do() -> None:
    where = Where("policies/gate.yaml", 7, 5, "  - sevrity: [high]")
    said = errors.lines(UsageError("no such field", hint="did you mean severity?", where=where))
    assert said == [
        "error: no such field",
        "  --> policies/gate.yaml:7:5",
        "  |",
        "7 |   - sevrity: [high]",
        "  |     ^",
        " help: did you mean severity?",
    ]


def test_an_error_made_of_hostile_text_moves_no_cursor() -> None:
    text = "a\x1b[2J\u202e::error::x"
    said = errors.lines(UsageError(text, hint=text, where=Where(text, 1, 1, text)))
    assert "\x1b" not in "".join(said)
    assert "\u202e" not in "".join(said)


def test_a_crash_of_ours_is_inconclusive_and_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(_: object) -> int:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("pipeline.cli.app._invoke", crash)
    assert answer(["run"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "Penstock itself failed: ZeroDivisionError: boom" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("number", "hint"),
    [(errno.ENAMETOOLONG, "shorter"), (errno.ENOSPC, "make room"), (errno.EROFS, "written")],
)
def test_what_the_system_refuses_is_no_defect_of_ours(
    number: int, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: object) -> int:
        raise OSError(number, os.strerror(number), "n" * 5000)

    monkeypatch.setattr("pipeline.cli.app._invoke", refused)
    assert answer(["run"]) == 3
    said = capsys.readouterr().err
    assert said.startswith("error: nnn")
    assert os.strerror(number).lower() in said
    assert hint in said
    assert len(said) < 500
    assert "itself failed" not in said


@pytest.mark.parametrize(
    ("error", "code"),
    [(UsageError("x"), 2), (PenstockError("x"), 3), (KeyboardInterrupt(), 130),
     (RecursionError(), 3), (MemoryError(), 3)],
)  # fmt: skip
def test_every_ending_has_its_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(_: object) -> int:
        raise error

    monkeypatch.setattr("pipeline.cli.app._invoke", end)
    assert answer(["run"]) == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["rum"], "did you mean 'run'"), (["run", "--frmat", "json"], "--format"),
     (["gate"], "BUNDLE"), (["schema", "verdit-v1"], "verdict-v1")],
)  # fmt: skip
def test_a_misspelt_word_gets_the_nearest_one(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(arguments) == 2
    assert said.lower() in capsys.readouterr().err.lower()


@pytest.mark.parametrize(
    ("source", "column", "shown", "caret"),
    [
        ("\tname: x", 2, "\\tname: x", "  ^"),
        ("\x1b[2Jname", 5, "\\x1b[2Jname", "       ^"),
        ("名前: x", 5, "名前: x", "      ^"),
        ("name", 0, "name", "^"),
    ],
)
def test_the_caret_stands_below_the_character_that_is_meant(
    source: str, column: int, shown: str, caret: str
) -> None:
    said = errors.lines(UsageError("x", where=Where("f", 3, column, source)))
    assert said[-2:] == [f"3 | {shown}", f"  | {caret}"]


def test_a_message_of_several_lines_stays_one_error() -> None:
    said = errors.lines(UsageError("a: no\nb: no", hint="one\ntwo"))
    assert said == ["error: a: no", "       b: no", " help: one", " help: two"]


def test_a_place_without_a_line_is_shown_as_a_file() -> None:
    assert errors.lines(UsageError("x", where=Where("f"))) == ["error: x", "  --> f"]


@given(st.text(), st.text(), st.integers(0, 30))
def test_no_text_of_a_repository_starts_a_line_or_moves_the_cursor(
    message: str, source: str, column: int
) -> None:
    where = Where(source, 1, column, source)
    for line in errors.lines(UsageError(message, hint=message, where=where)):
        assert line.startswith(("error: ", "       ", " help: ", "  --> ", "1 | ", "  |"))
        assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs"} for c in line)


@pytest.mark.parametrize(
    "text",
    ["yesterday", "", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
     "9999-01-01", "1969-12-31"],
)  # fmt: skip
def test_what_is_no_instant_that_can_be_judged_is_the_user_s_mistake(text: str) -> None:
    with pytest.raises(UsageError, match="is no instant") as told:
        options.instant(text, NOW, allow_past=True)
    assert "2026-11-22T12:00:00Z" in told.value.hint


FIRST, LAST = (datetime.fromisoformat(text) for text in ("2027-01-03", "8999-12-28"))


@given(st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_an_instant_means_the_same_moment_in_every_zone(moment: datetime) -> None:
    read = options.instant(moment.isoformat(), NOW, allow_past=False)
    assert read.utcoffset() == timedelta(0)
    assert read == moment.astimezone(UTC)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["jsn"], "there is no format"),
        (["json", "text"], "share standard output"),
        (["json=HERE/x", "sarif=HERE/x"], "share one file"),
        (["json=HERE/x", "sarif=HERE/../HERE/x"], "share one file"),
        (["json="], "names no file"),
        (["json=HERE"], "names no file"),
        (["json=HERE/nowhere/x"], "is not there"),
    ],
)
def test_formats_that_cannot_be_written_are_refused_before_anything_runs(
    written: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "HERE").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said) as told:
        output.read_formats(written)
    assert told.value.hint


def test_a_reader_that_has_gone_is_no_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)

    class Command:
        def main(self, **_: object) -> int:
            try:
                os.write(write, b"x")
            except BrokenPipeError:
                sys.exit(1)  # what typer does
            return 0

    monkeypatch.setattr("pipeline.cli.group.command", lambda _: Command())
    monkeypatch.setattr("pipeline.cli.app._drop_output", lambda: None)
    assert answer(["run"]) == 3
    os.close(write)


def test_ctrl_c_inside_a_command_is_an_interruption_and_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> dict[str, str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(options, "surroundings", interrupted)
    assert answer(["plan", "."]) == 130
    assert capsys.readouterr() == ("", "penstock: interrupted\n")


@pytest.mark.parametrize(
    "name", ["app:v1.2.3-20240101T120000Z-Ab12Cd34Ef56Gh78", "/tmp/tmpAb3dE9xQzKq1w2/x"]
)
def test_an_error_names_what_it_is_about_and_no_credential(name: str) -> None:
    key = "AKIAQ2RTUWXYQ2RTUWXY"
    where = Where(f"{name}\x07{key}", 1, 1, f"\x07{key} Q7x9ZpL2mK4vR8tY1wB6nD3f")
    said = errors.lines(UsageError(f"{name}: no", hint=f"look at {name}\x07{key}", where=where))
    assert said == [
        f"error: {name}: no",
        f"  --> {name}\\x07REDACTED:1:1",
        "  |",
        "1 | \\x07REDACTED REDACTED",
        "  | ^",
        f" help: look at {name}\\x07REDACTED",
    ]
