"""Nothing that a tool started outlives it, or Penstock."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import pipeline
from pipeline.model.gap import GapReason
from pipeline.toolchain import process
from pipeline.toolchain.process import Ended
from tests.support.toys import DAEMON, Run, answered, failed, living, nothing_left, script

pytestmark = pytest.mark.tools


def test_what_a_tool_leaves_running_is_gone_when_it_ends(
    py: Run, tmp_path: Path, *, network: bool
) -> None:
    report = answered(py(DAEMON, network=network))

    assert report.data == b"two sessions deep\n"
    assert nothing_left(tmp_path, seconds=0)


def test_a_timeout_reaches_a_grandchild_in_its_own_session(
    py: Run, tmp_path: Path, *, network: bool
) -> None:
    ended = py(DAEMON + "    time.sleep(60)\n", timeout=1.0, network=network)

    assert failed(ended).reason is GapReason.TIMEOUT
    assert (tmp_path / "private" / "toy" / "stdout").read_bytes() == b"two sessions deep\n"
    assert nothing_left(tmp_path, seconds=0)


def test_a_chain_of_forks_that_flees_is_caught(py: Run, tmp_path: Path, *, network: bool) -> None:
    fleeing = """
        import os, time
        while True:
            if os.fork():
                time.sleep(0.002)
                os._exit(0)
            os.setsid()
    """

    py(fleeing, timeout=1.0, network=network)

    assert nothing_left(tmp_path, seconds=0)


def wait_for(*written: Path) -> None:
    until = time.monotonic() + 20
    while not all(path.exists() and path.stat().st_size for path in written):
        assert time.monotonic() < until
        time.sleep(0.05)


PARENT = """
    import sys, threading
    from pathlib import Path
    sys.path[:0] = {path!r}
    from pipeline.toolchain import process
    from pipeline.toolchain.command import Command
    folder = Path({folder!r})
    def work(label):
        process.run(
            Command(label=label, tool="toy", argv=(sys.executable, "-I", {tool!r}), cwd=folder,
                    env=(), answers=frozenset([0]), network={network!r}, reads=(folder,)),
            private=folder / "private", stop=threading.Event())
    for label in ("one", "two"):
        threading.Thread(target=work, args=(label,)).start()
"""


def launch(folder: Path, *, network: bool) -> subprocess.Popen[bytes]:
    """Start another Penstock with two tools, and wait until both have fled to their sessions."""
    tool = script(folder, DAEMON + "    time.sleep(300)\n")
    parent = script(
        folder,
        PARENT.format(
            path=[str(Path(pipeline.__file__).parents[1]), *sys.path],
            folder=str(folder),
            tool=str(tool),
            network=network,
        ),
        name="parent.py",
    )
    penstock = subprocess.Popen((sys.executable, str(parent)))
    wait_for(*(folder / "private" / label / "stdout" for label in ("one", "two")))
    assert len(living(tool)) >= 4
    return penstock


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended"])
def test_nothing_outlives_penstock(tmp_path: Path, *, network: bool, number: int) -> None:
    penstock = launch(tmp_path, network=network)

    penstock.send_signal(number)
    penstock.wait()

    assert nothing_left(tmp_path)


def test_nothing_outlives_penstock_and_its_supervisors(tmp_path: Path, sh: Run) -> None:
    if sh("true").usage.sandbox != "isolated":
        pytest.skip("without a PID namespace, a tool that fled can outlive both")
    penstock = launch(tmp_path, network=False)

    ours = [pid for pid in living(tmp_path) if b"-S" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    for pid in (penstock.pid, *{pid for pid in ours if parent_of(pid) == penstock.pid}):
        os.kill(pid, signal.SIGKILL)
    penstock.wait()

    assert nothing_left(tmp_path)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


UPWARDS = """
    import os, time
    def parent(pid):
        with open(f"/proc/{{pid}}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    supervisor = parent(parent(os.getppid()))
    os.kill(supervisor, {number})
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["kills", "stops"])
def test_a_tool_that_turns_on_its_supervisor_has_failed(
    py: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(process, "_PATIENCE", 0.1)

    ended = py(UPWARDS.format(number=int(number)), network=True, timeout=1.0)

    assert failed(ended).reason is GapReason.TOOL_FAILED
    assert nothing_left(tmp_path)


def test_a_supervisor_that_is_killed_takes_all_with_it(
    py: Run, tmp_path: Path, *, network: bool
) -> None:
    ends: list[Ended] = []
    thread = threading.Thread(
        target=lambda: ends.append(py(DAEMON + "    time.sleep(60)\n", network=network))
    )
    thread.start()
    stdout = tmp_path / "private" / "toy" / "stdout"
    wait_for(stdout)
    supervisor = min(living(tmp_path))

    os.kill(supervisor, signal.SIGKILL)
    thread.join(20)

    assert failed(ends[0]).reason is GapReason.TOOL_FAILED
    assert nothing_left(tmp_path)


def test_a_tool_sees_no_process_but_its_own(sh: Run) -> None:
    ended = sh("ls /proc | grep -c '^[0-9]'; cat /proc/1/cmdline")
    if ended.usage.sandbox != "isolated":
        pytest.skip("this kernel allows no PID namespace")

    assert int(answered(ended).data.split(b"\n")[0]) < 8
