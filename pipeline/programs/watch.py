"""What a supervisor looks at while a tool works: whether it lives, and what it takes."""

import os
import time

from pipeline.programs import tree

PROCESSES = 1024
"""More at one time is no scan."""
_IDLE_SHARE = 0.005
"""Less than this share of one core is no CPU use: some tools poll while they hang."""
_LOOK = 0.2
_DISK_LOOK = 0.5
_REST = 20
"""A look at the disk that takes long is taken so many times less often."""
_RESERVE = 64 << 20
"""Of the disk: a tool that eats into it is ended before others feel it."""


class Pulse:
    """Notices a tool that neither writes nor computes."""

    def __init__(self, idle: float) -> None:
        self.idle = idle
        self.period = min(max(idle / 8, 0.1), 30.0)
        self.sizes = (0, 0, 0)
        self.cpu = 0.0
        self.alive = self.sampled = time.monotonic()

    def stopped(self, sizes: tuple[int, int, int]) -> bool:
        """Tell whether nothing moved for too long."""
        now = time.monotonic()
        if sizes != self.sizes:
            self.sizes, self.alive = sizes, now
        if now - self.sampled >= self.period:
            cpu = tree.cpu_seconds()
            if cpu - self.cpu > _IDLE_SHARE * (now - self.sampled):
                self.alive = now
            self.cpu, self.sampled = cpu, now
        return now - self.alive > self.idle


class Appetite:
    """Notices a tool that takes more of the machine than any scan needs."""

    def __init__(self, max_memory: int, max_disk: int, folders: list[str]) -> None:
        self.max_memory, self.max_disk = max_memory, max_disk
        self.folders = folders
        self.look = self.disk_look = time.monotonic()
        self.scarce = [free(folder) < 2 * _RESERVE for folder in folders]

    def excess(self) -> str:
        """Return what there is too much of, or nothing."""
        now = time.monotonic()
        if now < self.look:
            return ""
        self.look = now + _LOOK
        count, memory = tree.taken(PROCESSES)
        if count > PROCESSES:
            return "processes"
        if memory > self.max_memory:
            return "memory"
        return "disk" if now >= self.disk_look and self._fills() else ""

    def _fills(self) -> bool:
        began = time.monotonic()
        over = used(self.folders, self.max_disk) > self.max_disk or any(
            free(folder) < _RESERVE
            for folder, scarce in zip(self.folders, self.scarce, strict=True)
            if not scarce
        )
        now = time.monotonic()
        self.disk_look = now + max(_DISK_LOOK, _REST * (now - began))
        return over


def free(folder: str) -> int:
    """Return the free bytes of a folder's file system; many where that cannot be known."""
    try:
        now = os.statvfs(folder)
    except OSError:
        return 1 << 62
    return now.f_bavail * now.f_frsize


def used(folders: list[str], enough: int) -> int:
    """Add up what lies below folders, until it is more than enough. Each entry takes a block."""
    total = 0
    left = list(folders)
    while left and total <= enough:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    total += 4096
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    else:
                        total += _held(entry)
        except OSError:
            continue
    return total


def _held(entry: "os.DirEntry[str]") -> int:
    """Return what a file takes; one that went meanwhile hides none of those beside it."""
    try:
        return entry.stat(follow_symlinks=False).st_blocks * 512
    except OSError:
        return 0
