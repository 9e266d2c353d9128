"""The one door through which processes are started."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.gap import ToolError
from pipeline.model.outcome import Usage
from pipeline.model.walls import Sandbox
from pipeline.toolchain import order
from pipeline.toolchain import status as said
from pipeline.toolchain.command import Command, Report
from pipeline.toolchain.folder import PATH, Folder, end_of, read
from pipeline.toolchain.status import Status

__all__ = ["PATH", "Ended", "capture", "converse", "run"]

_PACKAGES: Final = str(Path(__file__).parents[2])
_SUPERVISE: Final = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from pipeline.programs import supervisor; supervisor.main(sys.argv[2:])"
)
"""Imported, not run by its path: so it is compiled once. `-I -S` finds no other packages."""
_MAX_NOISE: Final = 64 << 20
"""Of standard error, and of a standard output that is not the report."""
_MAX_STDERR: Final = 1 << 20
_GRACE: Final = 3.0
_PATIENCE: Final = 120.0
"""How long after its own deadline a supervisor is believed to be at work: a crowd dies slowly."""
_LOOKS: Final = 20
"""However long each takes: many dead on a busy machine need more time than seconds can say."""
_TICK: Final = 0.1
_STATUS: Final = 4096


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended, and what it cost."""

    result: Report | ToolError
    usage: Usage
    refused: str = ""
    """What the kernel refused of stricter walls than it has."""


def run(
    command: Command, *, private: Path, stop: threading.Event, sandbox: Sandbox = "preferred"
) -> Ended:
    """Run a command to its end and return its report, or why there is none.

    Its home, temporary and raw files are below `private`, under its label. Whatever it started
    is gone on return. Nothing that a tool does raises. `sandbox` is what the policy wants.
    """
    began = time.monotonic()
    folder = Folder(private / command.label)
    status: Status | None = None
    result: Report | ToolError
    try:
        if stop.is_set():
            result = said.interrupted(command)
        elif not Path(command.argv[0]).exists():
            result = said.unstartable(command, "missing")
        else:
            folder.prepare(command)
            words = order.words(
                command, folder, sandbox=sandbox, grace=_GRACE, max_noise=_MAX_NOISE
            )
            status = _supervise(words, command, folder, stop)
            result = _result(command, folder, status)
    except OSError as exc:
        result = said.unstartable(command, f"setup {exc.errno}", str(exc).encode())
    seconds = time.monotonic() - began
    stderr = end_of(folder.stderr)
    usage = said.usage(command, status, seconds=seconds, stderr=stderr)
    return Ended(result=result, usage=usage, refused=status.refused if status else "")


def _supervise(
    words: tuple[str, ...], command: Command, folder: Folder, stop: threading.Event
) -> Status | None:
    with folder.log.open("wb") as log:
        process = subprocess.Popen(
            (sys.executable, "-I", "-S", "-c", _SUPERVISE, _PACKAGES, *words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=folder.environment(command),
            cwd="/",
            start_new_session=True,
        )
    with process:
        assert process.stdin is not None  # noqa: S101 -- asked for above
        assert process.stdout is not None  # noqa: S101 -- asked for above
        deadline = time.monotonic() + command.timeout + _GRACE + _PATIENCE
        with process.stdin:
            heard = _listen(process.stdin, process.stdout, stop, deadline)
        status = said.decode(heard)
        if status is None:
            _abandon(process, folder)
    return status


def _listen(
    lifeline: IO[bytes], status: IO[bytes], stop: threading.Event, deadline: float
) -> bytes:
    """Return what the supervisor says until it closes; ask it to stop when the run does."""
    heard = b""
    asked = False
    while time.monotonic() < deadline:
        if stop.is_set() and not asked:
            asked = True
            deadline = min(deadline, time.monotonic() + _GRACE + _PATIENCE)
            with contextlib.suppress(BrokenPipeError):
                os.write(lifeline.fileno(), b"s")
        if _is_ready(status, _TICK):
            data = os.read(status.fileno(), _STATUS)
            if not data:
                return heard
            heard += data
    return b""


def _is_ready(stream: IO[bytes], seconds: float) -> bool:
    """Wait until something can be read; `select` takes no descriptors from 1024 on."""
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _abandon(process: subprocess.Popen[bytes], folder: Folder) -> None:
    """End a supervisor that does not answer, and what it may have left behind."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    process.kill()
    looks, until = 0, time.monotonic() + _GRACE
    while (left := _left(process.pid, folder)) and (looks < _LOOKS or time.monotonic() < until):
        looks += 1
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_TICK / 10)


def _left(leader: int, folder: Folder) -> list[int]:
    """Return the processes of a session, and those that still have its private home."""
    home = f"HOME={folder.home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                state, *fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                mine = int(fields[2]) == leader or home in (entry / "environ").read_bytes().split(
                    b"\0"
                )
                if mine and state != b"Z":
                    found.append(int(entry.name))
    return found


def _result(command: Command, folder: Folder, status: Status | None) -> Report | ToolError:
    stderr = end_of(folder.stderr)
    if (error := said.fault(command, status, stderr or end_of(folder.log))) is not None:
        return error
    path = folder.stdout if command.report is None else command.report
    try:
        data = read(path, command.max_report + 1)
    except FileNotFoundError:
        return said.no_report(command, "ended without writing its report", stderr)
    except OSError as exc:
        why = exc.strerror or "it is no regular file"
        return said.no_report(command, f"left a report that cannot be read ({why})", stderr)
    if len(data) > command.max_report:
        return said.oversize(command)
    return Report(
        label=command.label,
        data=data,
        exit_code=said.exit_code(status) or 0,
        stderr=read(folder.stderr, _MAX_STDERR).decode("utf-8", "backslashreplace"),
    )


def capture(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    limit: int,
    stdin: bytes = b"",
) -> bytes:
    """Return what a small helper prints. Raises PenstockError where it fails or says too much."""
    program = argv[0]
    deadline = time.monotonic() + timeout
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as complaint:
        given.write(stdin)
        given.seek(0)
        try:
            process = subprocess.Popen(
                argv,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=complaint,
                cwd=cwd,
                env=env,
                start_new_session=True,
            )
        except OSError as exc:
            raise PenstockError(f"{program} cannot be started: {exc.strerror}") from exc
        with process:
            try:
                data, what = _gather(process, deadline, limit)
            finally:
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
        complaint.seek(0)
        if what:
            # docker-credential helpers complain on standard output.
            complained = complaint.read(_STATUS) or data[:_STATUS]
            raise said.helper_failed(program, what, complained)
    return data


def converse(
    argv: Sequence[str], *, env: Mapping[str, str], stdin: bytes, heard: bool = False
) -> bytes:
    """Return what a helper prints that may ask its user on the terminal, for as long as it takes.

    `heard` lets it speak on standard error too. Raises PenstockError where it fails.
    """
    with tempfile.TemporaryFile() as complaint:
        try:
            ended = subprocess.run(
                argv,
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=None if heard else complaint,
                cwd="/",
                env=env,
                check=False,
            )
        except OSError as exc:
            raise PenstockError(f"{argv[0]} cannot be started: {exc.strerror}") from exc
        complaint.seek(0)
        if ended.returncode:
            what = f"ended with exit code {ended.returncode}"
            raise said.helper_failed(argv[0], what, complaint.read(_STATUS))
    return ended.stdout


def _gather(process: subprocess.Popen[bytes], deadline: float, limit: int) -> tuple[bytes, str]:
    """Return the helper's output and what was wrong with it."""
    assert process.stdout is not None  # noqa: S101 -- asked for by the caller
    parts: list[bytes] = []
    left = limit
    while True:
        wait = deadline - time.monotonic()
        if wait <= 0 or not _is_ready(process.stdout, wait):
            return b"", "took too long"
        data = os.read(process.stdout.fileno(), 1 << 16)
        if not data:
            break
        parts.append(data)
        left -= len(data)
        if left < 0:
            return b"", f"printed more than {limit} bytes"
    try:
        code = process.wait(max(deadline - time.monotonic(), 0))
    except subprocess.TimeoutExpired:
        return b"", "took too long"
    return b"".join(parts), f"ended with exit code {code}" if code else ""
