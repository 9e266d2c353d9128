"""The edges of the command line: errors, formats, instants, colour, progress, crashes."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.cli import errors, options, output, progress
from pipeline.cli.app import answer
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


def test_plain_progress_is_a_line_an_event() -> None:
    stream = io.StringIO()
    with progress.choose("plain", {}, stream) as watcher:
        watcher.started("semgrep")
        watcher.noted("semgrep", "a\x1b[2J")
        watcher.ended("semgrep", "2 findings", 1.25)
    assert stream.getvalue().splitlines() == [
        "semgrep: started", "semgrep: a\\x1b[2J", "semgrep: 2 findings (1.2 s)",
    ]  # fmt: skip


def test_json_progress_is_for_programs() -> None:
    stream = io.StringIO()
    with progress.choose("json", {}, stream) as watcher:
        watcher.started("semgrep")
        watcher.ended("semgrep", "done", 1.25)
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [one["event"] for one in events] == ["started", "ended"]
    assert {one["schema"] for one in events} == {"penstock/progress@1"}


def test_auto_progress_is_plain_where_nobody_looks_and_none_is_silent() -> None:
    stream = io.StringIO()
    assert isinstance(progress.choose("auto", {}, stream), progress.Plain)
    with progress.choose("none", {}, stream) as watcher:
        watcher.started("semgrep")
    assert stream.getvalue() == ""
