"""Starts toy tools through the one door, and looks for what they leave."""

import textwrap
import threading
import time
from pathlib import Path
from typing import Final, Protocol, TypedDict, Unpack

from pipeline.model.gap import ToolError
from pipeline.model.walls import Sandbox
from pipeline.toolchain import process
from pipeline.toolchain.command import Command, Report
from pipeline.toolchain.process import Ended

DAEMON: Final = """
    import os, signal, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready, done = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(done, b"1")
            time.sleep(300)
        os._exit(0)
    os.wait()
    os.read(ready, 1)
    print("two sessions deep", flush=True)
"""


def living(marker: Path) -> list[int]:
    """Return the processes whose command line names a path, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if bytes(marker) in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def nothing_left(marker: Path, *, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while living(marker):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def script(folder: Path, text: str, *, name: str = "tool.py") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(text))
    return path


def failed(ended: Ended) -> ToolError:
    assert isinstance(ended.result, ToolError), ended
    return ended.result


def answered(ended: Ended) -> Report:
    assert isinstance(ended.result, Report), ended
    return ended.result


class How(TypedDict, total=False):
    """What a test says of a toy's command beside its program."""

    stop: threading.Event
    private: Path
    report: Path | None
    cwd: Path
    env: tuple[tuple[str, str], ...]
    timeout: float
    idle: float
    max_report: int
    network: bool
    loopback: bool
    sandbox: Sandbox
    reads: tuple[Path, ...]
    writes: tuple[Path, ...]


class Run(Protocol):
    """Runs a toy that is written in the test."""

    def __call__(self, text: str, **how: Unpack[How]) -> Ended: ...


def start(folder: Path, argv: tuple[str, ...], **how: Unpack[How]) -> Ended:
    command = Command(
        label="toy",
        tool="toy",
        argv=argv,
        cwd=how.get("cwd", folder),
        env=how.get("env", ()),
        answers=frozenset({0, 1}),
        report=how.get("report"),
        timeout=how.get("timeout", 30.0),
        idle=how.get("idle", 30.0),
        max_report=how.get("max_report", 1 << 26),
        network=how.get("network", False),
        loopback=how.get("loopback", False),
        reads=how.get("reads", ()),
        writes=how.get("writes", (folder,)),
    )
    private = how.get("private", folder / "private")
    stop = how.get("stop", threading.Event())
    sandbox = how.get("sandbox", "preferred")
    return process.run(command, private=private, stop=stop, sandbox=sandbox)
