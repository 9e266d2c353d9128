"""Ctrl-C: once ends the scanners and keeps what there is, twice ends everything at once."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.command import PENSTOCK, Bundle

pytestmark = pytest.mark.tools

SHOP = Path(__file__).parents[2] / "examples" / "shop-fixed"


def start(out: Path) -> subprocess.Popen[str]:
    private = out.parent / "tmp"
    private.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment["TMPDIR"] = str(private)
    return subprocess.Popen(
        [PENSTOCK, "run", SHOP, "--out", out, "--progress", "json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_scanning(process: subprocess.Popen[str]) -> None:
    """Wait for the first scanner: from then on a signal has something to end."""
    assert process.stderr is not None
    for line in process.stderr:
        if '"event": "started", "name": "semgrep"' in line:
            return
    pytest.fail("semgrep was never started")


def scanners(place: Path) -> list[str]:
    """Name the processes that still work for a run of this test, by its folder in their words."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if re.search(rf"{re.escape(str(place))}/tmp/penstock-run-\w+/(tree|work|processes)", words):
            found.append(words)
    return found


def gone(place: Path) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not scanners(place):
            return True
        time.sleep(0.05)
    return False


def test_once_leaves_a_bundle_that_says_so_and_no_process(tmp_path: Path) -> None:
    process = start(tmp_path / "out")
    until_scanning(process)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    bundle = Bundle(tmp_path / "out")
    assert process.returncode == 130
    assert bundle.json("run.json")["interrupted"]
    assert bundle.verdict["verdict"] == "INCONCLUSIVE"
    assert (None, None, "interrupted") in bundle.unanswered()
    assert ("semgrep", None, "interrupted") in bundle.unanswered()
    assert "partial evidence" in said
    assert gone(tmp_path)


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGKILL])
def test_twice_or_a_kill_ends_at_once_and_leaves_no_process(
    second: signal.Signals, tmp_path: Path
) -> None:
    process = start(tmp_path / "out")
    until_scanning(process)
    if second is signal.SIGINT:
        process.send_signal(signal.SIGINT)
    process.send_signal(second)
    process.communicate(timeout=60)
    assert process.returncode in (-second, 130)
    assert gone(tmp_path)
    assert not list(tmp_path.glob(".out.new-*")) or second is signal.SIGKILL


def test_an_older_bundle_stays_when_a_run_is_killed(tmp_path: Path) -> None:
    first = start(tmp_path / "out")
    until_scanning(first)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    before = (tmp_path / "out/run.json").read_bytes()
    second = start(tmp_path / "out")
    until_scanning(second)
    second.kill()
    second.communicate(timeout=60)
    assert (tmp_path / "out/run.json").read_bytes() == before
