"""The one door through which processes are started."""

import contextlib
import os
import select
import signal
import stat
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
from pipeline.toolchain import status as said
from pipeline.toolchain.command import Command, Report
from pipeline.toolchain.status import Status

_PACKAGES: Final = str(Path(__file__).parents[2])
_SUPERVISE: Final = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from pipeline.programs import supervisor; supervisor.main(sys.argv[2:])"
)
"""Imported, not run by its path: so it is compiled once. `-I -S` finds no other packages."""
PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_MAX_NOISE: Final = 64 << 20
"""Of standard error, and of a standard output that is not the report."""
_MAX_STDERR: Final = 1 << 20
_GRACE: Final = 3.0
_PATIENCE: Final = 30.0
"""How long after its own deadline a supervisor is believed to be at work."""
_TICK: Final = 0.1
_STATUS: Final = 4096


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended, and what it cost."""

    result: Report | ToolError
    usage: Usage


class _Folder(msgspec.Struct, frozen=True):
    """The private folder of one process."""

    root: Path

    @property
    def stdout(self) -> Path:
        return self.root / "stdout"

    @property
    def stderr(self) -> Path:
        return self.root / "stderr"

    @property
    def log(self) -> Path:
        return self.root / "supervisor"

    def environment(self, command: Command) -> dict[str, str]:
        """Return everything that the process may know of the world."""
        home = self.root / "home"
        return {
            "PATH": PATH,
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "TMPDIR": str(self.root / "tmp"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_STATE_HOME": str(home / ".local" / "state"),
            "XDG_RUNTIME_DIR": str(self.root / "tmp"),
            **dict(command.env),
        }

    def prepare(self, command: Command) -> None:
        """Make the folder, and see that no report of before can be taken for this one's."""
        for name in ("home", "tmp"):
            (self.root / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for stale in (self.stdout, self.stderr, self.log):
            stale.unlink(missing_ok=True)
        if command.report is not None:
            command.report.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            command.report.unlink(missing_ok=True)


def run(command: Command, *, private: Path, stop: threading.Event) -> Ended:
    """Run a command to its end and return its report, or why there is none.

    Its home, temporary and raw files are below `private`, under its label. Whatever it started
    is gone on return. Nothing that a tool does raises.
    """
    began = time.monotonic()
    folder = _Folder(private / command.label)
    status: Status | None = None
    result: Report | ToolError
    try:
        if stop.is_set():
            result = said.interrupted(command)
        elif not Path(command.argv[0]).exists():
            result = said.unstartable(command, "missing")
        else:
            folder.prepare(command)
            status = _supervise(command, folder, stop)
            result = _result(command, folder, status)
    except OSError as exc:
        result = said.unstartable(command, f"setup {exc.errno}", str(exc).encode())
    seconds = time.monotonic() - began
    stderr = _end_of(folder.stderr)
    return Ended(result=result, usage=said.usage(command, status, seconds=seconds, stderr=stderr))


def _supervise(command: Command, folder: _Folder, stop: threading.Event) -> Status | None:
    words = (
        "network" if command.network else "quiet",
        *(str(number) for number in (command.timeout, command.idle, _GRACE)),
        *(str(number) for number in (command.max_report, _MAX_NOISE)),
        str(folder.stdout),
        str(folder.stderr),
        str(command.report or ""),
        str(command.cwd),
        *command.argv,
    )
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
            _abandon(process)
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
        if select.select([status], [], [], _TICK)[0]:
            data = os.read(status.fileno(), _STATUS)
            if not data:
                return heard
            heard += data
    return b""


def _abandon(process: subprocess.Popen[bytes]) -> None:
    """End a supervisor that does not answer, and what it may have left in its session."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    process.kill()
    until = time.monotonic() + _GRACE
    while (left := _session(process.pid)) and time.monotonic() < until:
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_TICK / 10)


def _session(leader: int) -> list[int]:
    """Return the living processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                state, *fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                if int(fields[2]) == leader and state != b"Z":
                    found.append(int(entry.name))
    return found


def _result(command: Command, folder: _Folder, status: Status | None) -> Report | ToolError:
    stderr = _end_of(folder.stderr)
    if (error := said.fault(command, status, stderr or _end_of(folder.log))) is not None:
        return error
    path = folder.stdout if command.report is None else command.report
    try:
        data = _read(path, command.max_report + 1)
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
        stderr=_read(folder.stderr, _MAX_STDERR).decode("utf-8", "backslashreplace"),
    )


def _read(path: Path, limit: int, *, end: bool = False) -> bytes:
    """Read so much of a regular file; the tool had a say in what stands at the path."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as file:
        now = os.fstat(number)
        if not stat.S_ISREG(now.st_mode):
            raise OSError
        if end:
            file.seek(max(0, now.st_size - limit))
        return file.read(limit)


def _end_of(path: Path) -> bytes:
    try:
        return _read(path, _STATUS, end=True)
    except OSError:
        return b""


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
            raise said.helper_failed(program, what, complaint.read(_STATUS))
    return data


def _gather(process: subprocess.Popen[bytes], deadline: float, limit: int) -> tuple[bytes, str]:
    """Return the helper's output and what was wrong with it."""
    assert process.stdout is not None  # noqa: S101 -- asked for by the caller
    parts: list[bytes] = []
    left = limit
    while True:
        wait = deadline - time.monotonic()
        if wait <= 0 or not select.select([process.stdout], [], [], wait)[0]:
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
