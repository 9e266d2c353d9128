"""A root of its own for a tool: it sees what it was given, and nothing of the machine besides.

An empty file system in memory takes the place of the machine's. The system's programs, what the
command reads and what it may write are mounted into it under their own names; only the last can
be written.
"""

import ctypes
import os

from pipeline.programs.kernel import LIBC, check, put

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Programs and libraries of the machine."""
SETTINGS = (
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/pki/ca-trust/extracted",
    "/etc/pki/tls/certs",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
)
"""What programs need to find libraries, names and certificates. No accounts, no keys."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_BASE = "/sys"
"""Where the new root is laid out: a folder that is always there, and that no tool is shown."""
_LINKS = (("/proc/self/fd", "/dev/fd"), ("/proc/self/fd/0", "/dev/stdin"),
          ("/proc/self/fd/1", "/dev/stdout"), ("/proc/self/fd/2", "/dev/stderr"))  # fmt: skip
_SHARED_MB = 64
_NOSUID, _NODEV, _NOEXEC, _BIND, _DETACH = 2, 4, 8, 0x1000 | 0x4000, 2
_PRIVATE_TREE = 0x4000 | 0x40000
_SETATTR, _HERE, _RECURSIVE = 442, -100, 0x8000
_READ_ONLY = 1


def build(reads: list[str], writes: list[str]) -> None:
    """Lay out the new root where nobody looks, and go over to it."""
    base = _BASE
    check(LIBC.mount(b"none", b"/", None, _PRIVATE_TREE, None))
    small = b"mode=755,size=1m,nr_inodes=16k"
    check(LIBC.mount(b"none", os.fsencode(base), b"tmpfs", _NOSUID | _NODEV, small))
    for path in SYSTEM:
        if os.path.islink(path):  # noqa: PTH114 -- pathlib takes 10 ms to import
            os.symlink(os.readlink(path), base + path)  # noqa: PTH115, PTH211
        elif _exists(path):
            _bind(base, path, _READ_ONLY | _NOSUID | _NODEV)
    for path in filter(_exists, SETTINGS):
        _bind(base, path, _READ_ONLY | _NOSUID | _NODEV)
    _devices(base)
    _accounts(base)
    for path in _mounts(reads, writes):
        _bind(base, path, _NOSUID | _NODEV | (0 if path in writes else _READ_ONLY))
    _processes(base + "/proc")
    os.chdir(base)
    check(LIBC.pivot_root(b".", b"."))
    check(LIBC.umount2(b".", _DETACH))
    os.chdir("/")


def seal() -> None:
    """Let nothing be changed that was laid out, and nothing be set under /proc."""
    _attributes("/", _READ_ONLY, recursive=False)
    if _exists("/proc/self"):
        _attributes("/proc", _READ_ONLY, recursive=False)


def _processes(place: str) -> None:
    """Show the processes of the new PID namespace.

    A kernel whose own /proc is partly covered, as in many containers, allows no new one: then
    the folder stays empty.
    """
    os.mkdir(place)  # noqa: PTH102
    LIBC.mount(b"proc", os.fsencode(place), b"proc", _NOSUID | _NODEV | _NOEXEC, None)


def _exists(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110


def _mounts(reads: list[str], writes: list[str]) -> list[str]:
    """List what has to be mounted, outer folders first, without what is seen as it should be."""
    kept: list[str] = []
    for path in sorted({*reads, *writes}):
        above = max((one for one in kept if path.startswith(f"{one}/")), key=len, default="")
        seen = above or path.startswith(tuple(f"{one}/" for one in SYSTEM))
        if above not in writes if path in writes else above in writes or not seen:
            kept.append(path)
    return kept


def _bind(base: str, path: str, attributes: int) -> None:
    """Mount a file or folder of the machine under its own name."""
    target = base + path
    if os.path.isdir(path):  # noqa: PTH112
        os.makedirs(target, exist_ok=True)  # noqa: PTH103
    else:
        os.makedirs(target.rpartition("/")[0], exist_ok=True)  # noqa: PTH103
        if not _exists(target):
            put(target, "")
    check(LIBC.mount(os.fsencode(path), os.fsencode(target), None, _BIND, None))
    _attributes(target, attributes, recursive=True)


def _attributes(target: str, add: int, *, recursive: bool) -> None:
    """Add attributes to a mount, and to all that is mounted below it."""
    wanted = add.to_bytes(8, "little") + bytes(24)
    deep = _RECURSIVE if recursive else 0
    check(LIBC.syscall(_SETATTR, _HERE, os.fsencode(target), deep, wanted, len(wanted)))


def _devices(base: str) -> None:
    for path in DEVICES:
        _bind(base, path, _NOSUID)
    for to, path in _LINKS:
        os.symlink(to, base + path)  # noqa: PTH211
    shared = base + "/dev/shm"  # noqa: S108 -- of the new root
    os.mkdir(shared)  # noqa: PTH102
    how = f"mode=700,size={_SHARED_MB}m".encode()
    flags = ctypes.c_ulong(_NOSUID | _NODEV | _NOEXEC)
    check(LIBC.mount(b"none", os.fsencode(shared), b"tmpfs", flags, how))


def _accounts(base: str) -> None:
    """Give the user a name, and nobody else."""
    user, group = os.geteuid(), os.getegid()
    put(base + "/etc/passwd", f"guest:x:{user}:{group}::/nonexistent:/bin/sh\n")
    put(base + "/etc/group", f"guest:x:{group}:\n")
