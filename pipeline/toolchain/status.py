"""What the supervisor says of a process that ended, and what that means."""

import os
import signal
from typing import Final, Literal

import msgspec

from pipeline.errors import PenstockError
from pipeline.model import quiet
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Usage
from pipeline.model.walls import Level
from pipeline.toolchain.command import Command

_TAIL_LINES: Final = 20
_TAIL_BYTES: Final = 4096
_READ: Final = 16 << 10
_SAID_LINES: Final = 3
_SAID_CHARACTERS: Final = 500
_INSTALL: Final = "install the scanners with `penstock tools install`"

Greed = Literal["flooded", "processes", "memory", "disk"]
Ending = Literal["exited", "timeout", "idle", "stopped", "orphaned", "unwalled"] | Greed


class Status(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the supervisor wrote, word for word."""

    ended: Ending
    said: str
    """A wait status in decimal, or the step and errno that kept the tool from starting."""
    cpu_seconds: float
    max_rss_kb: int
    sandbox: Level | None
    """None where the tool was not started: none that would do was to be had."""
    refused: str
    """What the kernel refused of stricter levels, each the step and its errno."""
    clean: bool
    """Whether every process below was seen to be gone."""


_DECODER: Final = msgspec.json.Decoder(Status)


def decode(data: bytes) -> Status | None:
    """Read a status; None where the supervisor died before it had written one."""
    try:
        return _DECODER.decode(data)
    except msgspec.DecodeError:
        return None


def exit_code(status: Status | None) -> int | None:
    """Return the tool's exit code, negative for a signal, None where it has none."""
    if status is None or not status.said.isdecimal():
        return None
    return os.waitstatus_to_exitcode(int(status.said))


def fault(command: Command, status: Status | None, stderr: bytes) -> ToolError | None:
    """Say why there is no answer; None where the report may be read."""
    if status is None:
        return _failed(command, "lost its supervisor, so that nothing is known of its end", stderr)
    match status.ended:
        case "timeout" | "idle":
            return _late(command, status.ended)
        case "stopped" | "orphaned":
            return interrupted(command)
        case "unwalled":
            return _unwalled(command)
        case "flooded" | "processes" | "memory" | "disk":
            return greedy(command, status.ended)
        case "exited":
            return _exited(command, status, stderr)


def _late(command: Command, how: Literal["timeout", "idle"]) -> ToolError:
    if how == "idle":
        said = f"was stopped: no output and no CPU use for {command.idle:g} seconds"
        return _error(command, GapReason.TIMEOUT, said)
    return _error(
        command,
        GapReason.TIMEOUT,
        f"was stopped after {command.timeout:g} seconds",
        hint=f"set a longer `timeout` for the stage that runs {command.tool}",
    )


def _exited(command: Command, status: Status, stderr: bytes) -> ToolError | None:
    code = exit_code(status)
    if code is None:
        return unstartable(command, status.said, stderr)
    if not status.clean:
        return _failed(command, "left processes behind that cannot be killed", stderr)
    if code in command.answers:
        return None
    if code == -signal.SIGXFSZ:
        return oversize(command)
    if code < 0:
        return _failed(command, f"was killed by {_signal_name(-code)}", stderr)
    return _failed(command, f"ended with exit code {code}", stderr)


def _signal_name(number: int) -> str:
    if number == signal.SIGKILL:
        return "SIGKILL (is there enough memory?)"
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def unstartable(command: Command, said: str, stderr: bytes = b"") -> ToolError:
    """Name the step that failed before the tool's first instruction."""
    step, _, number = said.partition(" ")
    why = os.strerror(int(number)) if number.isdecimal() else "no reason was given"
    program = escape(command.argv[0])
    match step:
        case "":
            return _failed(command, "lost the process that waited for it", stderr)
        case "missing":
            said = f"is not installed: there is no {program}"
            return _error(command, GapReason.TOOL_MISSING, said, hint=_INSTALL)
        case "program":
            return _failed(command, f"could not be started: {program}: {why}", stderr)
        case "cwd":
            return _failed(command, f"could not be started in {command.cwd}: {why}", stderr)
        case _:
            return _failed(command, f"could not be started: {why}", stderr)


def interrupted(command: Command) -> ToolError:
    """Say that the run was stopped while the tool worked or before it began."""
    return _error(command, GapReason.INTERRUPTED, "was interrupted")


def oversize(command: Command) -> ToolError:
    """Say that more was written than is read."""
    said = f"wrote more than is read of a tool (at most {command.max_report} bytes of report)"
    return _error(command, GapReason.LIMIT, said)


def greedy(command: Command, what: Greed) -> ToolError:
    """Say what a tool took so much of that it was ended."""
    if what == "flooded":
        return oversize(command)
    taken = {
        "processes": "started more processes than any scan needs",
        "memory": "took more memory than this machine can spare",
        "disk": "wrote more to the disk than it may",
    }
    return _error(command, GapReason.LIMIT, f"{taken[what]}, and was ended")


def _unwalled(command: Command) -> ToolError:
    said = "is not started: this machine gives it no root of its own, and evidence.sandbox of the"
    return _error(
        command,
        GapReason.TOOL_DENIED,
        f"{said} policy is required",
        hint="`penstock doctor` says why, and what to change",
    )


def no_report(command: Command, why: str, stderr: bytes) -> ToolError:
    """Say that the tool ended well, and left nothing that can be read."""
    return _error(command, GapReason.TOOL_OUTPUT, f"{why}{_said(stderr)}")


def _failed(command: Command, what: str, stderr: bytes) -> ToolError:
    return _error(command, GapReason.TOOL_FAILED, f"{what}{_said(stderr)}")


def _error(command: Command, reason: GapReason, what: str, *, hint: str = "") -> ToolError:
    return ToolError(reason, f"{command.tool} {what}", hint=hint)


def _said(stderr: bytes) -> str:
    lines = tail(stderr).splitlines()[-_SAID_LINES:]
    return f": {' | '.join(lines)[-_SAID_CHARACTERS:]}" if lines else ""


def escape(text: str) -> str:
    """Show every character that is not printable by its escape, line ends and tabs excepted."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text
    )


def tail(stderr: bytes) -> str:
    """Return the last lines of a tool's complaint, safe to show.

    Secrets are looked for before it is cut: half of one has no form.
    """
    text = quiet.log(stderr[-_READ:].decode("utf-8", "backslashreplace"))
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return escape("\n".join([line for line in lines if line][-_TAIL_LINES:]))[-_TAIL_BYTES:]


def usage(command: Command, status: Status | None, *, seconds: float, stderr: bytes) -> Usage:
    """Account for the process and all its descendants."""
    return Usage(
        seconds=round(seconds, 3),
        cpu_seconds=status.cpu_seconds if status else 0.0,
        max_rss_mb=round(status.max_rss_kb / 1024, 1) if status else 0.0,
        exit_code=exit_code(status),
        command=command.argv,
        stderr_tail=tail(stderr),
        sandbox=status.sandbox if status else None,
    )


def helper_failed(program: str, what: str, stderr: bytes) -> PenstockError:
    """Say why a small helper gave no answer."""
    return PenstockError(f"{program} {what}{_said(stderr)}")
