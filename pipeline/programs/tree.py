"""Everything below this process: counted, signalled, and ended."""

import os
import resource
import time

_KILL, _TERM = 9, 15
_KILL_SECONDS = 10.0
_KILL_LOOKS = 20


def descendants() -> dict[int, list[bytes]]:
    """Return what the kernel says of every process below this one, from its state on.

    Parents stand before their children: with the first all of a PID namespace ends.
    """
    found: dict[int, bytes] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 -- pathlib takes 10 ms to import
        if name.isdigit():
            try:
                found[int(name)] = _stat(name)
            except OSError:
                continue
    children: dict[int, list[int]] = {}
    for pid, said in found.items():
        children.setdefault(int(said.split(None, 2)[1]), []).append(pid)
    below = [os.getpid()]
    for pid in below:
        below += children.get(pid, ())
    return {pid: found[pid].split() for pid in below[1:]}


def _stat(pid: str) -> bytes:
    """Return what is said of a process from its state on: some fifty fields."""
    number = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    try:
        return os.read(number, 4096).rpartition(b")")[2]
    finally:
        os.close(number)


def cpu_seconds() -> float:
    """Return the CPU time of everything below, the dead and the living."""
    dead = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = sum(sum(map(int, fields[11:15])) for fields in descendants().values())
    return dead.ru_utime + dead.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def taken(enough: int) -> tuple[int, int]:
    """Return how many processes there are below, and how much memory they have for themselves.

    The memory is not added up where there are more than enough of them: then time is short.
    """
    below = descendants()
    return len(below), 0 if len(below) > enough else sum(_private(pid) for pid in below)


def _private(pid: int) -> int:
    """Return what a process holds in memory and does not share by files."""
    try:
        number = os.open(f"/proc/{pid}/statm", os.O_RDONLY)
    except OSError:
        return 0
    try:
        fields = os.read(number, 256).split()
    except OSError:
        return 0
    finally:
        os.close(number)
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") if fields else 0


def reap() -> bool:
    """Bury the dead; return whether any process is left below."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def shout(number: int) -> int:
    """Send a signal to every process below; return how many those are."""
    below = descendants()
    for pid in below:
        try:
            os.kill(pid, number)
        except OSError:
            continue
    return len(below)


class Patience:
    """Knows when to give up on what was killed: long after the last of it went, by time and looks.

    Time alone says nothing: thousands of processes that die on a busy machine leave neither each
    other nor whoever counts them the time to get on, and one look may take 10 seconds.
    """

    def __init__(self) -> None:
        self.fewest = 1 << 32
        self.looks, self.until = 0, 0.0

    def is_over(self, left: int) -> bool:
        """Tell whether so many are left for too long."""
        now = time.monotonic()
        if left < self.fewest:
            self.fewest = left
            self.looks, self.until = _KILL_LOOKS, now + _KILL_SECONDS
        self.looks -= 1
        return self.looks < 0 and now > self.until


def left_after(seconds: float) -> bool:
    """Wait until nothing is left below; return whether something still is."""
    until = time.monotonic() + seconds
    while alive := reap():
        if time.monotonic() > until:
            break
        time.sleep(0.001)
    return alive


def end_all(ended: str, grace: float) -> bool:
    """Ask everything below to end where there is time, then kill it; return whether all is gone."""
    if ended in ("stopped", "timeout", "idle"):
        shout(_TERM)
        left_after(grace)
    elif ended == "exited":
        left_after(0.01)
    patience = Patience()
    while reap():
        if patience.is_over(shout(_KILL)):
            return False
        time.sleep(0.001)
    return True
