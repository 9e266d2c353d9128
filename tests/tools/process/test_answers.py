"""What counts as an answer, and what the lack of one is called."""

import signal
import sys
import threading
from pathlib import Path

import pytest

from pipeline.model.gap import GapReason
from pipeline.toolchain.process import Ended
from tests.support.toys import Run, answered, failed, start

pytestmark = pytest.mark.tools


def test_standard_output_is_the_report(sh: Run, *, network: bool) -> None:
    report = answered(sh("printf '{\"a\": 1}'; printf 'note\\377' >&2", network=network))

    assert (report.data, report.exit_code, report.stderr) == (b'{"a": 1}', 0, "note\\xff")


def test_a_file_is_the_report_where_the_command_names_one(sh: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.json"

    assert answered(sh(f"echo noise; echo here > {path}; exit 1", report=path)).data == b"here\n"


def test_a_report_of_before_is_never_taken_for_this_ones(sh: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("stale")

    error = failed(sh("true", report=path))

    assert error.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize(
    "make", ["mkfifo {}", "mkdir {}", "ln -s /etc/passwd {}", "ln -s /dev/zero {}"]
)
def test_only_a_regular_file_is_a_report(sh: Run, tmp_path: Path, make: str) -> None:
    path = tmp_path / "out.json"

    assert failed(sh(make.format(path), report=path)).reason is GapReason.TOOL_OUTPUT


def test_an_exit_code_that_answers_nothing_is_a_failure_with_the_last_words(sh: Run) -> None:
    ended = sh("echo '{}'; printf 'one\\ntwo \\033[31mred\\n' >&2; exit 7")

    error = failed(ended)
    assert error.reason is GapReason.TOOL_FAILED
    assert error.message == "toy ended with exit code 7: one | two \\x1b[31mred"
    assert ended.usage.exit_code == 7


def test_a_signal_is_a_failure_that_is_named(sh: Run) -> None:
    ended = sh("echo '{}'; kill -SEGV $$")

    assert failed(ended).reason is GapReason.TOOL_FAILED
    assert "SIGSEGV" in failed(ended).message
    assert ended.usage.exit_code == -signal.SIGSEGV


def test_a_program_that_is_not_there_is_missing(tmp_path: Path) -> None:
    error = failed(start(tmp_path, (str(tmp_path / "gone"),)))

    assert error.reason is GapReason.TOOL_MISSING
    assert "tools install" in error.hint


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("#!/bin/sh\n", 0o600, "Permission denied"),
        ("\x7fELF", 0o700, "Exec format error"),
        ("#!/gone/sh\n", 0o700, "No such file"),
    ],
    ids=["not executable", "no program", "interpreter gone"],
)
def test_a_program_that_cannot_be_started_has_failed(
    tmp_path: Path, text: str, mode: int, why: str
) -> None:
    tool = tmp_path / "tool"
    tool.write_text(text)
    tool.chmod(mode)

    error = failed(start(tmp_path, (str(tool),)))

    assert error.reason is GapReason.TOOL_FAILED
    assert why in error.message


def test_a_missing_working_directory_is_a_failure(sh: Run, tmp_path: Path) -> None:
    assert "gone" in failed(sh("true", cwd=tmp_path / "gone")).message


def test_a_place_that_cannot_be_written_is_a_failure_and_raises_nothing(
    sh: Run, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    assert failed(sh("true", private=tmp_path / "file")).reason is GapReason.TOOL_FAILED


def test_usage_counts_grandchildren(py: Run, *, network: bool) -> None:
    heavy = """
        import os, time
        if os.fork() == 0:
            if os.fork() == 0:
                data = bytearray(100 << 20)
                until = time.process_time() + 0.6
                while time.process_time() < until:
                    pass
                os._exit(0)
            os.wait()
            os._exit(0)
        os.wait()
    """

    ended = py(heavy, network=network)

    answered(ended)
    assert 0.6 <= ended.usage.cpu_seconds < 5
    assert 100 <= ended.usage.max_rss_mb < 400
    assert ended.usage.seconds >= 0.6
    assert ended.usage.command[0] == sys.executable
    assert ended.usage.sandbox in ("isolated", "landlock", "none")


def test_usage_is_known_of_what_was_killed(py: Run) -> None:
    ended = py("while True: pass", timeout=1.0)

    assert ended.usage.cpu_seconds > 0.1
    assert ended.usage.exit_code is None


def test_several_run_at_once_without_holding_each_other(tmp_path: Path) -> None:
    ends: dict[int, Ended] = {}

    def work(number: int) -> None:
        ends[number] = start(
            tmp_path,
            ("/bin/sh", "-c", f"sleep 0.{number}; echo {number}"),
            private=tmp_path / str(number),
        )

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {n: answered(e).data for n, e in ends.items()} == {n: b"%d\n" % n for n in range(1, 5)}
