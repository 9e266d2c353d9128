"""Runs a program as on a machine that allows no namespaces, and on request no Landlock either.

`python poor.py isolation PROGRAM …` or `python poor.py landlock PROGRAM …`: what is named is what
the kernel then refuses for real; of `users` it refuses namespaces for users alone, and leaves the
privileges of root. Standard library alone.
"""

import ctypes
import os
import stat
import sys
from pathlib import Path
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_NEWUSER, _NO_NEW_PRIVS, _BOUNDING_DROP, _SET_SECCOMP = 0x10000000, 38, 24, 22
_LANDLOCK_CREATE: Final = 444
_NO_SUCH_CALL: Final = 0x00050000 | 38


def wrapper(folder: Path, without: str) -> Path:
    """Write a stand-in for this interpreter that starts it on such a machine."""
    path = folder / f"python-without-{without}"
    words = f"{sys.executable} -I {Path(__file__).resolve()} {without} {sys.executable}"
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _without_users() -> None:
    """Go where no more user namespaces are allowed."""
    user, group = os.geteuid(), os.getegid()
    _check(_LIBC.unshare(_NEWUSER))
    for name, text in (
        ("/proc/self/setgroups", "deny"),
        ("/proc/self/uid_map", f"{user} {user} 1"),
        ("/proc/self/gid_map", f"{group} {group} 1"),
        ("/proc/sys/user/max_user_namespaces", "0"),
    ):
        Path(name).write_text(text)


def _without_privileges() -> None:
    """Drop what would allow the other namespaces."""
    capability = 0
    while _LIBC.prctl(_BOUNDING_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    _check(_LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))


def _without_landlock() -> None:
    """Answer the call that makes a ruleset as a kernel that has never heard of it."""
    steps = ((0x20, 0, 0, 0), (0x15, 0, 1, _LANDLOCK_CREATE), (6, 0, 0, _NO_SUCH_CALL),
             (6, 0, 0, 0x7FFF0000))  # fmt: skip
    data = b"".join(
        code.to_bytes(2, "little") + bytes((yes, no)) + value.to_bytes(4, "little")
        for code, yes, no, value in steps
    )
    held = ctypes.create_string_buffer(data)
    word = ctypes.sizeof(ctypes.c_void_p)
    program = b"".join(one.to_bytes(word, "little") for one in (len(steps), ctypes.addressof(held)))
    _check(_LIBC.prctl(_SET_SECCOMP, 2, program, 0, 0))


if __name__ == "__main__":
    _without_users()
    if sys.argv[1] != "users":
        _without_privileges()
    if sys.argv[1] == "landlock":
        _without_landlock()
    os.execv(sys.argv[2], sys.argv[2:])
