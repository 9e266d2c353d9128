"""A command as the words that its supervisor is started with."""

import os
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pipeline.model.walls import Sandbox
from pipeline.toolchain import sight
from pipeline.toolchain.command import Command
from pipeline.toolchain.folder import Folder

Network: TypeAlias = Literal["open", "loopback", "closed"]
"""What a process may reach: all that its user may, its own processes, or nothing."""

_SHARE: Final = 0.85
_MAX_DISK: Final = 16 << 30
_CGROUPS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def words(
    command: Command, folder: Folder, *, sandbox: Sandbox, grace: float, max_noise: int
) -> tuple[str, ...]:
    """Write a job down as `pipeline.programs.job` reads it."""
    reads = sight.reads(command)
    writes = sight.writes(command, folder.home, folder.tmp)
    seconds = (command.timeout, command.idle, grace)
    limits = (command.max_report, max_noise, max_memory(), _MAX_DISK)
    return (
        network(command),
        sandbox,
        *(str(number) for number in (*seconds, *limits)),
        str(folder.stdout),
        str(folder.stderr),
        str(command.report or ""),
        str(command.cwd),
        *(str(len(reads)), *reads),
        *(str(len(writes)), *writes),
        *command.argv,
    )


def network(command: Command) -> Network:
    """Say what a process may reach where there are walls."""
    if command.network:
        return "open"
    return "loopback" if command.loopback else "closed"


def max_memory() -> int:
    """Return how many bytes one tool may take: not so much that the machine is left without."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(_SHARE * min(whole, *(_limit(path) for path in _CGROUPS)))


def _limit(path: Path) -> int:
    try:
        return int(path.read_text("utf-8"))
    except (OSError, ValueError):
        return 1 << 62
