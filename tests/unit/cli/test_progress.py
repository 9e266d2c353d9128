"""How a run is shown while it goes on: for people, for logs and for programs."""

import io
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.terminal import progress
from pipeline.errors import UsageError


def test_plain_progress_is_a_line_an_event() -> None:
    stream = io.StringIO()
    with progress.choose("plain", {}, stream) as watcher:
        watcher.started("semgrep")
        watcher.noted("semgrep", "a\x1b[2J")
        watcher.ended("semgrep", "2 findings", 1.25)
    assert stream.getvalue().splitlines() == [
        "semgrep: started", "semgrep: a\\x1b[2J", "semgrep: 2 findings (1.2 s)",
    ]  # fmt: skip


def test_a_sign_of_life_says_what_a_slow_stage_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_HEARTBEAT", 0.02)
    beaten = threading.Event()

    class Stream(io.StringIO):
        def write(self, text: str, /) -> int:
            if "matching" in text:
                beaten.set()
            return super().write(text)

    stream = Stream()
    with progress.choose("plain", {}, stream) as watcher:
        watcher.started("semgrep")
        watcher.doing("semgrep", "matching \x1b[2J")
        assert beaten.wait(10)
    said = stream.getvalue().splitlines()
    assert "semgrep: still running (0 s): matching \\x1b[2J" in said
    assert said[0] == "semgrep: started"


@pytest.mark.parametrize("lack", [MemoryError(), OSError(28, "No space left on device")])
def test_a_sign_of_life_without_room_is_left_out_and_the_next_one_shown(
    monkeypatch: pytest.MonkeyPatch, lack: Exception
) -> None:
    monkeypatch.setattr(progress, "_HEARTBEAT", 0.02)
    crashed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", crashed.append)
    beaten = threading.Event()
    tries: list[str] = []

    class Stream(io.StringIO):
        def write(self, text: str, /) -> int:
            if "still running" in text:
                tries.append(text)
                if len(tries) == 1:
                    raise lack
                beaten.set()
            return super().write(text)

    with progress.choose("plain", {}, Stream()) as watcher:
        watcher.started("semgrep")
        assert beaten.wait(10)
    assert crashed == []


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


@given(
    st.lists(
        st.tuples(st.sampled_from(["started", "noted", "doing", "ended"]), st.text(), st.text()),
        max_size=6,
    )
)
def test_every_line_of_json_progress_is_valid_whatever_is_said(
    told: list[tuple[str, str, str]],
) -> None:
    stream = io.StringIO()
    with progress.choose("json", {}, stream) as watcher:
        for event, name, text in told:
            match event:
                case "started":
                    watcher.started(name)
                case "noted":
                    watcher.noted(name, text)
                case "doing":
                    watcher.doing(name, text)
                case _:
                    watcher.ended(name, text, 0.5)
    events = [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]
    assert [(one["event"], one["name"]) for one in events] == [(e, n) for e, n, _ in told]


def test_a_mode_of_progress_that_is_none_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="'plane'") as told:
        progress.choose("plane", {})
    assert "plain" in told.value.hint


@pytest.mark.parametrize(("environment", "expected"), [({}, "Live"), ({"TERM": "dumb"}, "Plain")])
def test_auto_progress_draws_only_where_a_terminal_can(
    environment: dict[str, str], expected: str
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert type(progress.choose("auto", environment, Terminal())).__name__ == expected


@pytest.mark.parametrize("lack", [MemoryError(), ValueError("x")])
def test_lines_that_there_is_no_memory_to_draw_stand_still(
    monkeypatch: pytest.MonkeyPatch, lack: Exception
) -> None:
    """What else goes wrong while they are drawn is a defect, and told."""
    crashed: list[object] = []
    drawn = threading.Event()

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

        def write(self, text: str, /) -> int:
            if threading.current_thread() is not threading.main_thread():
                drawn.set()
                raise lack
            return super().write(text)

    monkeypatch.setattr(threading, "excepthook", crashed.append)
    with progress.choose("tty", {}, Terminal()) as watcher:
        watcher.started("semgrep")
        assert drawn.wait(10)
        for thread in threading.enumerate():
            if thread.name != "MainThread" and type(thread).__module__ == "rich.live":
                thread.join(10)
    assert len(crashed) == (0 if isinstance(lack, MemoryError) else 1)
    assert threading.excepthook == crashed.append


def test_a_long_word_of_a_scanner_takes_no_room_from_the_name_of_its_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    with progress.choose("tty", {}, stream) as watcher:
        watcher.started("workflows")
        watcher.doing("workflows", "2026-11-26T06:53:18Z\tINFO\t" + "loading the rules " * 9)
    drawn = stream.getvalue()
    assert " workflows   " in drawn
    assert " INFO loading the rules" in drawn  # the line has a clock of its own
    assert "2026-11-26" not in drawn
    assert "\\t" not in drawn


@pytest.mark.parametrize(
    "said", ["é/Q7x9ZpL2mK4vR8tY1wB6nD3f", "x\n\\Q7x9ZpL2mK4vR8tY1wB6nD3f", '"']
)
def test_json_progress_stays_json_without_what_looks_like_dice(said: str) -> None:
    stream = io.StringIO()
    with progress.choose("json", {}, stream) as watcher:
        watcher.noted("semgrep", f"file {said}")
    left = said.replace("Q7x9ZpL2mK4vR8tY1wB6nD3f", "REDACTED")
    assert json.loads(stream.getvalue())["text"] == f"file {left}"


def test_plain_progress_hides_what_is_said_before_it_is_escaped() -> None:
    stream = io.StringIO()
    with progress.choose("plain", {}, stream) as watcher:
        watcher.noted("semgrep", "a\x07AKIAQ2RTUWXYQ2RTUWXY")
        watcher.ended("semgrep", "a\x07AKIAQ2RTUWXYQ2RTUWXY", 1)
    assert stream.getvalue().splitlines() == [
        "semgrep: a\\x07REDACTED", "semgrep: a\\x07REDACTED (1.0 s)",
    ]  # fmt: skip
