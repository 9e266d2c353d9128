"""Everything below this process: counted, signalled, and ended."""

import os
import resource
import time

_KILL, _TERM = 9, 15
_KILL_SECONDS = 10.0


def descendants() -> dict[int, float]:
    """Return every descendant with the CPU seconds of it and of the children it waited for."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 -- pathlib takes 10 ms to import
        if name.isdigit():
            try:
                fields = _stat(name)
            except OSError:
                continue
            parents[int(name)] = int(fields[1])
            ticks[int(name)] = sum(map(int, fields[11:15]))
    below = {os.getpid()}
    while found := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= found
    hertz = os.sysconf("SC_CLK_TCK")
    return {pid: ticks[pid] / hertz for pid in below - {os.getpid()}}


def _stat(pid: str) -> list[bytes]:
    """Return the fields of a process from its state on."""
    number = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    try:
        return os.read(number, 4096).rpartition(b")")[2].split()
    finally:
        os.close(number)


def cpu_seconds() -> float:
    """Return the CPU time of everything below, the dead and the living."""
    dead = resource.getrusage(resource.RUSAGE_CHILDREN)
    return dead.ru_utime + dead.ru_stime + sum(descendants().values())


def reap() -> bool:
    """Bury the dead; return whether any process is left below."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def shout(number: int) -> None:
    """Send a signal to every process below."""
    for pid in descendants():
        try:
            os.kill(pid, number)
        except OSError:
            continue


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
    until = time.monotonic() + _KILL_SECONDS
    while reap():
        if time.monotonic() > until:
            return False
        shout(_KILL)
        time.sleep(0.001)
    return True
