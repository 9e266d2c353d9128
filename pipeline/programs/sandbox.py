"""What the kernel is asked for around a tool: walls, limits, and to die with its parent."""

import ctypes
import fcntl
import os
import resource
import sys

from pipeline.programs import landlock, seccomp, view
from pipeline.programs.kernel import LIBC, check, put

NEWNS, NEWUSER, NEWPID, NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
ISOLATED, LANDLOCK, LANDLOCK_TCP = "isolated", "landlock", "landlock-tcp"
NONE, OFF = "none", "off"
LEVELS = (
    (NEWUSER | NEWNET | NEWPID | NEWNS, ISOLATED),
    (NEWNET | NEWPID | NEWNS, ISOLATED),
)
"""The strictest. The second is for a root that may not make user namespaces."""
OPEN_FILES = 8192
PROCESSES = max(1536, 16 * (os.cpu_count() or 1))
"""More than are watched for, and no fewer than a kernel takes for its own limit."""
OOM_SCORE = 500
"""Where memory runs out, the tool is ended rather than Penstock."""

_KILL = 9
_PDEATHSIG, _BOUNDING_DROP, _SUBREAPER, _NO_NEW_PRIVS = 1, 24, 36, 38
_OWN_PID_MAX = (6, 14)
"""From this version on it is each PID namespace's own; before, it is the machine's."""
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_DEFAULT, _IGNORE = None, ctypes.c_void_p(1)


class Walls:
    """What a tool is left of the machine."""

    def __init__(self, network: str, wanted: str, reads: list[str], writes: list[str]) -> None:
        self.open = network == "open"
        """Whether there are to be none."""
        self.wanted = wanted
        """required, preferred or off."""
        self.loopback = network == "loopback"
        self.reads, self.writes = reads, writes

    def levels(self) -> tuple[tuple[int, str], ...]:
        """List what is tried, the strictest first."""
        if self.wanted == "off":
            return ((0, OFF),)
        if self.open:
            return ((0, NONE),)
        if self.wanted == "required":
            return LEVELS
        return (*LEVELS, (0, self._unprivileged()))

    def _unprivileged(self) -> str:
        version = landlock.version()
        if not version or not seccomp.known():
            return NONE
        return LANDLOCK_TCP if self.loopback and version < landlock.PORTS_SINCE else LANDLOCK


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies."""
    check(LIBC.prctl(_SUBREAPER, 1, 0, 0, 0))


def ignore(*numbers: int) -> None:
    """Ignore these signals."""
    for number in numbers:
        LIBC.signal(number, _IGNORE)


def restore(*numbers: int) -> None:
    """Let these signals do again what they do in a new process."""
    for number in numbers:
        LIBC.signal(number, _DEFAULT)


def die_with(parent: int) -> None:
    """End this process when its parent does, or now if that already happened."""
    check(LIBC.prctl(_PDEATHSIG, _KILL, 0, 0, 0))
    if os.getppid() not in (parent, 0):  # 0: the parent is outside of the PID namespace
        os._exit(1)


def enter(flags: int) -> None:
    """Leave the namespaces of the machine for new ones, as the same user."""
    user, group = os.geteuid(), os.getegid()
    if flags:
        check(LIBC.unshare(flags))
    if flags & NEWUSER:
        put("/proc/self/setgroups", "deny")
        put("/proc/self/uid_map", f"{user} {user} 1")
        put("/proc/self/gid_map", f"{group} {group} 1")
        _lower(resource.RLIMIT_NPROC, PROCESSES)  # elsewhere it counts the whole user's


def settle(flags: int, walls: Walls) -> None:
    """Finish new namespaces from within: an own root with own processes, the loopback interface."""
    if flags & NEWNS:
        view.build(walls.reads, walls.writes)
        if flags & NEWUSER:
            _no_more("/proc/sys/user/max_user_namespaces", 0)
        if _kernel() >= _OWN_PID_MAX:
            _no_more("/proc/sys/kernel/pid_max", PROCESSES)
        view.seal()
    if flags & NEWNET:
        _raise_loopback()


def _kernel() -> tuple[int, int]:
    """Return the first two numbers of the kernel's version."""
    major, minor, *_ = os.uname().release.split("-", 1)[0].split(".")
    return int(major), int(minor)


def _no_more(path: str, most: int) -> None:
    """Set a limit of the namespace, where this kernel has one of it and shows it."""
    try:
        number = os.open(path, os.O_WRONLY)
        os.write(number, str(most).encode())
        os.close(number)
    except OSError:
        return


def _raise_loopback() -> None:
    """Bring up the loopback interface of a new network namespace."""
    request = b"lo".ljust(16, b"\0") + _IFF_UP.to_bytes(2, sys.byteorder) + bytes(22)
    number = check(LIBC.socket(2, 2, 0))
    fcntl.ioctl(number, _SIOCSIFFLAGS, request)
    os.close(number)


def restrict(max_file: int, max_memory: int, max_cpu: int) -> None:
    """Set the limits that everything below inherits."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, max_file)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    _lower(resource.RLIMIT_DATA, max_memory)
    _lower(resource.RLIMIT_CPU, max_cpu)
    for capability in range(64):
        if LIBC.prctl(_BOUNDING_DROP, capability, 0, 0, 0) < 0:
            break
    check(LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))


def expendable() -> None:
    """Offer this process first when memory runs out."""
    try:
        put("/proc/self/oom_score_adj", str(OOM_SCORE))
    except OSError:
        return


def confine(level: str, walls: Walls) -> None:
    """Take from the tool what namespaces do not: calls, and files where it has no own root."""
    if level in (LANDLOCK, LANDLOCK_TCP):
        seen = [*view.SYSTEM, *view.SETTINGS, *walls.reads]
        landlock.apply(seen, [*walls.writes, *view.DEVICES], ports=walls.loopback)
    if level not in (NONE, OFF) and seccomp.known():
        seccomp.apply(sockets=_sockets(level, loopback=walls.loopback))


def _sockets(level: str, *, loopback: bool) -> str:
    if level == ISOLATED:
        return "own"
    return "tcp" if loopback else "none"


def _lower(which: int, wanted: int) -> None:
    """Set a limit, or keep the machine's where that is lower."""
    hard = resource.getrlimit(which)[1]
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(which, (value, value))
