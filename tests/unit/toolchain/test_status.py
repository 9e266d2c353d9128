import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.gap import GapReason
from pipeline.model.walls import Level
from pipeline.toolchain import status
from pipeline.toolchain.command import Command
from pipeline.toolchain.status import Ending, Status

COMMAND = Command(
    label="toy", tool="toy", argv=("/t/toy",), cwd=Path("/"), env=(), answers=frozenset({0, 1})
)


def ended(how: Ending = "exited", said: str = "0", *, clean: bool = True) -> Status:
    return Status(
        ended=how,
        said=said,
        cpu_seconds=1.5,
        max_rss_kb=2048,
        sandbox=Level.LANDLOCK,
        refused="",
        clean=clean,
    )


@pytest.mark.parametrize("code", [0, 1])
def test_an_answer_has_no_fault(code: int) -> None:
    assert status.fault(COMMAND, ended(said=str(code << 8)), b"") is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (ended("timeout"), "was stopped after 900 seconds"),
        (ended("idle"), "no output and no CPU use for 600 seconds"),
        (ended("processes"), "more processes than any scan needs"),
        (ended("memory"), "more memory than this machine can spare"),
        (ended("disk"), "more to the disk than it may"),
        (ended(said=str(int(signal.SIGKILL))), "killed by SIGKILL (is there enough memory?)"),
        (ended(said=str(int(signal.SIGSEGV))), "killed by SIGSEGV: last words"),
        (ended(said="63"), "killed by signal 63"),
        (ended(said=str(2 << 8)), "ended with exit code 2: last words"),
        (ended(clean=False), "left processes behind"),
        (ended(said="missing"), "there is no /t/toy"),
        (ended(said="cwd 2"), "could not be started in /: No such file"),
    ],
    ids=str,
)
def test_it_is_said_how_it_ended(said: Status, words: str) -> None:
    error = status.fault(COMMAND, said, b"last words\n")
    assert error is not None
    assert words in error.message


def test_a_longer_time_is_offered_to_what_took_too_long_and_not_to_what_stood_still() -> None:
    late, idle = (status.fault(COMMAND, ended(how), b"") for how in ("timeout", "idle"))
    assert late is not None
    assert idle is not None
    assert ("`timeout`" in late.hint, idle.hint) == (True, "")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, GapReason.TOOL_FAILED),
        (ended("timeout"), GapReason.TIMEOUT),
        (ended("idle"), GapReason.TIMEOUT),
        (ended("flooded"), GapReason.LIMIT),
        (ended("stopped"), GapReason.INTERRUPTED),
        (ended("orphaned"), GapReason.INTERRUPTED),
        (ended(said=str(2 << 8)), GapReason.TOOL_FAILED),
        (ended(said=str(int(signal.SIGKILL))), GapReason.TOOL_FAILED),
        (ended(said=str(int(signal.SIGXFSZ))), GapReason.LIMIT),
        (ended(said="program 13"), GapReason.TOOL_FAILED),
        (ended(said="cwd 2"), GapReason.TOOL_FAILED),
        (ended(said="setup 1"), GapReason.TOOL_FAILED),
        (ended(said="missing"), GapReason.TOOL_MISSING),
        (ended(said=""), GapReason.TOOL_FAILED),
        (ended(clean=False), GapReason.TOOL_FAILED),
    ],
    ids=str,
)
def test_every_other_end_is_a_fault_with_its_reason(said: Status | None, reason: GapReason) -> None:
    error = status.fault(COMMAND, said, b"last words\n")

    assert error is not None
    assert error.reason is reason
    assert error.message.startswith("toy ")


@given(st.sampled_from(["timeout", "idle", "flooded", "stopped", "orphaned"]), st.integers(0, 255))
def test_an_end_that_penstock_brought_about_is_never_an_answer(how: Ending, code: int) -> None:
    assert status.fault(COMMAND, ended(how, str(code << 8)), b"") is not None


@given(st.integers(0, 255))
def test_an_exit_code_answers_only_where_the_command_says_so(code: int) -> None:
    fault = status.fault(COMMAND, ended(said=str(code << 8)), b"")

    assert (fault is None) == (code in COMMAND.answers)


@pytest.mark.parametrize("junk", [b"", b"{", b"null", b"[]", b"{}", b'{"ended": "well"}'])
def test_a_torn_status_is_no_status(junk: bytes) -> None:
    assert status.decode(junk) is None


@given(st.binary(max_size=9000))
def test_a_tail_cannot_steer_a_terminal_and_has_an_end(stderr: bytes) -> None:
    tail = status.tail(stderr)

    assert len(tail) <= 4096
    assert len(tail.splitlines()) <= 20
    assert all(c.isprintable() or c in "\n\t" for c in tail)


def test_a_tail_holds_the_last_lines_without_the_empty_ones() -> None:
    assert status.tail(b"1\n\n" * 30 + b"two\r\n\n\tthree\x07\n").endswith("1\ntwo\n\tthree\\x07")


def test_usage_of_a_lost_supervisor_is_nothing() -> None:
    usage = status.usage(COMMAND, None, seconds=1.23456, stderr=b"")

    assert (usage.seconds, usage.cpu_seconds, usage.exit_code) == (1.235, 0.0, None)
    assert usage.sandbox is None


def test_usage_is_that_of_the_tree() -> None:
    usage = status.usage(COMMAND, ended(said=str(1 << 8)), seconds=2.0, stderr=b"e")

    assert (usage.cpu_seconds, usage.max_rss_mb, usage.exit_code) == (1.5, 2.0, 1)
    assert (usage.command, usage.stderr_tail, usage.sandbox) == (("/t/toy",), "e", "landlock")
