"""A process, said in full before it starts."""

from pathlib import Path

import msgspec


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What the scheduler sets aside for it."""

    cpu: float = 1.0
    memory_mb: int = 512
    seconds: float = 1.0
    """About how long it takes on a small target: the longest is started first."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One process of a run. Equal commands of two stages are one process."""

    label: str
    """Unique in the run; also the stem of its files under `raw/`."""
    tool: str
    """The tool's name in the lock."""
    argv: tuple[str, ...]
    """The first word is an absolute path."""
    cwd: Path
    env: tuple[tuple[str, str], ...]
    """The whole environment beyond what every child gets (PATH, private HOME, TMPDIR, LANG)."""
    answers: frozenset[int]
    """The exit codes that mean "I looked, and wrote down what I saw"."""
    report: Path | None = None
    """The file that the tool writes, in a folder that is no other process's; None when the report
    is its standard output."""
    reads: tuple[Path, ...] = ()
    """What it sees beside the system, its program, its inputs and its private folder. It stands in
    its working directory, and sees there what is listed.
    """
    writes: tuple[Path, ...] = ()
    """Folders that are its own, beside the private one and that of its report."""
    programs: tuple[Path, ...] = ()
    """What it starts itself, outside of the system's folders."""
    inputs: tuple[tuple[Path, bytes], ...] = ()
    """Files that are written before any process of the run starts."""
    echo: str = ""
    """A word of this run alone that stands in what the tool is given, and so in its report: one
    without it is another run's, and is taken for a missed canary. Empty where nothing comes back.
    """
    needs: tuple[str, ...] = ()
    """Labels of commands that must have answered first."""
    timeout: float = 900.0
    """Wall seconds."""
    idle: float = 600.0
    """Wall seconds without output or CPU use."""
    max_report: int = 1 << 30
    cost: Cost = Cost()
    network: bool = False
    """Whether the process may reach the network, and with it all that its user may."""
    loopback: bool = False
    """Whether it needs TCP among its own processes."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A process that ended with one of its `answers` and left a report."""

    label: str
    data: bytes
    exit_code: int
    stderr: str
    """Whole standard error up to 1 MiB, as text with undecodable bytes escaped."""
