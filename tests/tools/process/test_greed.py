"""A tool that takes more than any scan needs is ended, and what it started with it."""

import sys
from pathlib import Path

import pytest

from pipeline.model.gap import GapReason
from pipeline.model.walls import Level
from pipeline.toolchain import order
from tests.support import poor
from tests.support.toys import Run, failed, nothing_left

pytestmark = pytest.mark.tools

CROWD = """
    import os, time
    for _ in range(3000):
        try:
            if not os.fork():
                time.sleep(60)
        except OSError:
            time.sleep(0.01)
    time.sleep(60)
"""
BOMB = """
    import os, time
    until = time.monotonic() + 30
    for _ in range(12):
        try:
            os.fork()
        except OSError:
            pass
    while time.monotonic() < until:
        time.sleep(0.005)
"""
"""At the most 4,096 that hardly sleep, and none after half a minute: should it not be ended, it
ends itself."""


def test_a_crowd_of_processes_is_ended(py: Run, tmp_path: Path) -> None:
    ended = py(CROWD)

    error = failed(ended)
    assert error.reason is GapReason.LIMIT
    assert "more processes than any scan needs" in error.message
    assert ended.usage.seconds < 25
    assert nothing_left(tmp_path, seconds=0)


@pytest.mark.slow
@pytest.mark.parametrize("without", ["nothing", "isolation"])
def test_a_fork_bomb_is_ended(
    py: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    if without != "nothing":
        monkeypatch.setattr(sys, "executable", str(poor.wrapper(tmp_path, without)))
    ended = py(BOMB, timeout=60)

    assert failed(ended).reason is GapReason.LIMIT
    assert (ended.usage.sandbox is Level.ISOLATED) is (without == "nothing")
    assert nothing_left(tmp_path, seconds=0)


def test_memory_is_counted_over_all_that_a_tool_starts(
    py: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "max_memory", lambda: 256 << 20)
    ended = py("""
        import os, time
        for _ in range(3):
            if not os.fork():
                break
        held = bytearray(os.urandom(1 << 20)) * 100
        time.sleep(60)
    """)

    error = failed(ended)
    assert (error.reason, "more memory" in error.message) == (GapReason.LIMIT, True)
    assert nothing_left(tmp_path, seconds=0)


def test_one_process_gets_no_more_memory_than_all_may_have(
    py: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "max_memory", lambda: 256 << 20)

    ended = py("held = bytearray(512 << 20)\nraise SystemExit(9)")

    assert "MemoryError" in ended.usage.stderr_tail


@pytest.mark.parametrize("place", ["TMPDIR", "HOME"])
def test_a_disk_is_not_filled(sh: Run, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(order, "_MAX_DISK", 20 << 20)

    ended = sh(f"for n in 1 2 3 4 5; do head -c 9000000 /dev/urandom > ${place}/$n; done; sleep 60")

    error = failed(ended)
    assert (error.reason, "more to the disk" in error.message) == (GapReason.LIMIT, True)


def test_many_small_files_fill_a_disk_too(py: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "_MAX_DISK", 20 << 20)
    ended = py("""
        import os, time
        for n in range(8000):
            open(os.environ["TMPDIR"] + f"/{n}", "w").close()
        time.sleep(60)
    """)

    assert "more to the disk" in failed(ended).message


def test_memory_that_looks_like_a_disk_has_an_end(sh: Run) -> None:
    ended = sh("head -c 100000000 /dev/zero > /dev/shm/all; exit 9")
    if ended.usage.sandbox is not Level.ISOLATED:
        pytest.skip("this kernel gives a scanner no root of its own")

    assert "No space left on device" in ended.usage.stderr_tail
