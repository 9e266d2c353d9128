"""What the kernel is asked for around a tool: namespaces, limits, and to die with its parent."""

import ctypes
import fcntl
import os
import resource
import sys

NEWNS, NEWUSER, NEWPID, NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
LEVELS = (
    (NEWUSER | NEWNET | NEWPID | NEWNS, "netns+pidns"),
    (NEWUSER | NEWNET, "netns"),
    (NEWNET | NEWPID | NEWNS, "netns+pidns"),
    (NEWNET, "netns"),
)
"""The strictest first. The last two are for a root that may not make user namespaces."""
OPEN_FILES = 8192
PROCESSES = 4096
OOM_SCORE = 500
"""Where memory runs out, the tool is ended rather than Penstock."""

_KILL = 9
_PDEATHSIG, _BOUNDING_DROP, _SUBREAPER, _NO_NEW_PRIVS = 1, 24, 36, 38
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_PRIVATE_TREE = 0x4000 | 0x40000
_NOSUID_NODEV_NOEXEC = 2 | 4 | 8
_DEFAULT, _IGNORE = None, ctypes.c_void_p(1)
_LIBC = ctypes.CDLL(None, use_errno=True)


def check(result: int) -> int:
    """Return what a C function returned. Raises OSError where it failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies."""
    check(_LIBC.prctl(_SUBREAPER, 1, 0, 0, 0))


def ignore(*numbers: int) -> None:
    """Ignore these signals."""
    for number in numbers:
        _LIBC.signal(number, _IGNORE)


def restore(*numbers: int) -> None:
    """Let these signals do again what they do in a new process."""
    for number in numbers:
        _LIBC.signal(number, _DEFAULT)


def die_with(parent: int) -> None:
    """End this process when its parent does, or now if that already happened."""
    check(_LIBC.prctl(_PDEATHSIG, _KILL, 0, 0, 0))
    if os.getppid() not in (parent, 0):  # 0: the parent is outside of the PID namespace
        os._exit(1)


def enter(flags: int) -> None:
    """Leave the namespaces of the machine for new ones, as the same user."""
    user, group = os.geteuid(), os.getegid()
    if flags:
        check(_LIBC.unshare(flags))
    if flags & NEWUSER:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            _write(f"/proc/self/{name}", text)
        _lower(resource.RLIMIT_NPROC, PROCESSES)  # elsewhere it counts the whole user's


def settle(flags: int) -> None:
    """Finish new namespaces from within: own processes under /proc, the loopback interface."""
    if flags & NEWPID:
        check(_LIBC.mount(b"none", b"/", None, _PRIVATE_TREE, None))
        check(_LIBC.mount(b"proc", b"/proc", b"proc", _NOSUID_NODEV_NOEXEC, None))
    if flags & NEWNET:
        _raise_loopback()


def _raise_loopback() -> None:
    """Bring up the loopback interface of a new network namespace."""
    request = b"lo".ljust(16, b"\0") + _IFF_UP.to_bytes(2, sys.byteorder) + bytes(22)
    number = check(_LIBC.socket(2, 2, 0))
    fcntl.ioctl(number, _SIOCSIFFLAGS, request)
    os.close(number)


def restrict(max_file: int) -> None:
    """Set the limits that everything below inherits."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, max_file)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    for capability in range(64):
        if _LIBC.prctl(_BOUNDING_DROP, capability, 0, 0, 0) < 0:
            break
    check(_LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    try:
        _write("/proc/self/oom_score_adj", str(OOM_SCORE))
    except OSError:
        return


def _lower(which: int, wanted: int) -> None:
    """Set a limit, or keep the machine's where that is lower."""
    hard = resource.getrlimit(which)[1]
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(which, (value, value))


def _write(path: str, text: str) -> None:
    number = os.open(path, os.O_WRONLY)
    os.write(number, text.encode("ascii"))
    os.close(number)
