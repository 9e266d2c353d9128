"""A sync that is ended by kill -9 in the middle of a body is gone on with by the next one."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.feeds import lockfile
from tests.support.feeding import PATHS, issue, noise, served

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket, pytest.mark.slow]

_PIECE = 4 << 20


def words(name: str, mirror: str, folder: Path) -> list[str]:
    """Write the command that syncs a feed; its publisher's days lie before every clock's."""
    where = ["--mirror", mirror, "--to", str(folder), "--progress", "none"]
    return [sys.executable, "-m", "pipeline", "feeds", "sync", name, *where]


@pytest.mark.parametrize("name", PATHS)
def test_what_had_arrived_before_kill_9_is_not_fetched_again(name: str, tmp_path: Path) -> None:
    publisher, server = served(name, issue(name, day=1, more=noise(24 << 20)))
    assert len(publisher.body) > _PIECE + 1000
    note = tmp_path / f".{name}-part"
    with server:
        server.alter(PATHS[name], lambda answer: replace(answer, stall=_PIECE + 1000))
        command = words(name, publisher.mirror, tmp_path)
        with subprocess.Popen(command, env={**os.environ, "NO_PROXY": "*"}) as first:
            ends = time.monotonic() + 60
            while not list(note.glob("*.note")):
                assert first.poll() is None
                assert time.monotonic() < ends
                time.sleep(0.02)
            first.kill()
        assert not (tmp_path / name).exists()
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        asked = [one.headers.get("range") for one in server.requests if one.path == PATHS[name]]
    assert asked[-1] is not None
    assert int(asked[-1].removeprefix("bytes=").removesuffix("-")) >= _PIECE
    assert lockfile.read(tmp_path).feeds[name].updated.startswith("2026-11-01")
    assert not note.exists() or not list(note.iterdir())
