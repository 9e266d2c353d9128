"""Time and size have ends."""

import threading
from pathlib import Path

import pytest

from pipeline.model.gap import GapReason
from tests.support.toys import Run, answered, failed, nothing_left

pytestmark = pytest.mark.tools


def test_a_tool_that_sleeps_is_ended_by_its_timeout(sh: Run, *, network: bool) -> None:
    ended = sh("sleep 60", timeout=0.5, network=network)

    assert failed(ended).reason is GapReason.TIMEOUT
    assert ended.usage.seconds < 10


def test_a_tool_that_ignores_the_request_is_killed(
    py: Run, tmp_path: Path, *, network: bool
) -> None:
    ended = py(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)",
        timeout=0.5,
        network=network,
    )

    assert failed(ended).reason is GapReason.TIMEOUT
    assert nothing_left(tmp_path, seconds=0)


def test_a_tool_that_obeys_may_say_goodbye(sh: Run, tmp_path: Path) -> None:
    sh(f"trap 'echo bye > {tmp_path}/bye; exit 0' TERM; sleep 60 & wait", timeout=0.5)

    assert (tmp_path / "bye").read_text() == "bye\n"


def test_a_tool_that_neither_writes_nor_computes_is_ended(sh: Run) -> None:
    error = failed(sh("sleep 60", idle=0.6))

    assert error.reason is GapReason.TIMEOUT
    assert "no output" in error.message


def test_a_tool_that_writes_is_not_idle(sh: Run) -> None:
    answered(sh("for i in 1 2 3 4 5 6; do echo $i; sleep 0.3; done", idle=1.0))


def test_a_tool_whose_grandchild_computes_is_not_idle(py: Run, *, network: bool) -> None:
    busy = """
        import os, sys, time
        if os.fork() == 0:
            if os.fork() == 0:
                until = time.monotonic() + 2
                while time.monotonic() < until:
                    pass
            else:
                os.wait()
            os._exit(0)
        os.wait()
    """

    answered(py(busy, idle=1.0, network=network))


def test_the_run_can_be_stopped(sh: Run, tmp_path: Path) -> None:
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    timer.start()

    ended = sh(f"sleep 60; touch {tmp_path}/after", stop=stop)

    timer.join()
    assert failed(ended).reason is GapReason.INTERRUPTED
    assert ended.usage.seconds < 10
    assert not (tmp_path / "after").exists()


def test_nothing_starts_once_the_run_is_stopped(sh: Run, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()

    assert failed(sh(f"touch {tmp_path}/began", stop=stop)).reason is GapReason.INTERRUPTED
    assert not (tmp_path / "began").exists()


def test_two_full_pipes_do_not_lock_up(py: Run) -> None:
    both = """
        import sys
        for _ in range(64):
            sys.stdout.write("o" * 65536)
            sys.stderr.write("e" * 65536)
    """

    report = answered(py(both))

    assert len(report.data) == 64 << 16
    assert len(report.stderr) == 1 << 20


@pytest.mark.parametrize("place", ["standard output", "file"])
def test_two_gigabytes_are_stopped_at_the_cap(sh: Run, tmp_path: Path, place: str) -> None:
    path = tmp_path / "out.json"
    report = path if place == "file" else None
    where = f"> {path}" if report else ""

    ended = sh(f"head -c 2000000000 /dev/zero {where}; exit 0", report=report, max_report=1 << 20)

    assert failed(ended).reason is GapReason.LIMIT
    written = path if report else tmp_path / "private" / "toy" / "stdout"
    assert written.stat().st_size <= (64 << 20) + 1


def test_complaints_without_end_are_stopped(sh: Run) -> None:
    assert failed(sh("cat /dev/zero >&2")).reason is GapReason.LIMIT


def test_a_report_of_just_the_cap_is_read_and_one_byte_more_is_not(sh: Run) -> None:
    assert len(answered(sh("head -c 1000 /dev/zero", max_report=1000)).data) == 1000
    assert failed(sh("head -c 1001 /dev/zero", max_report=1000)).reason is GapReason.LIMIT
