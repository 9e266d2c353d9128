"""Landlock: a user without any privilege takes rights away from itself, where the kernel has it."""

import os

from pipeline.programs.kernel import LIBC, check

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION, _BENEATH, _PORT = 1, 1, 2
_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1, 2, 4, 8, 1 << 14
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | 1 << 15
_WRITING = (1 << 15) - 1
_ON_FILES = {1: 13, 2: 14, 3: 15, 4: 15}
"""By version, how many rights on files there are; 16 from the fifth on."""
_SCOPES_SINCE, _SCOPES = 6, 3
"""Abstract sockets and signals."""
PORTS_SINCE, _BIND, _CONNECT = 4, 1, 2


def version() -> int:
    """Return which Landlock this kernel has; 0 where it has none."""
    return max(0, int(LIBC.syscall(_CREATE, None, 0, _ASK_VERSION)))


def apply(reads: list[str], writes: list[str], *, ports: bool) -> None:
    """Leave this process, and all that it starts, these files and folders.

    Without `ports` no TCP port can be used either, from the fourth version on.
    """
    now = version()
    rights = (1 << _ON_FILES.get(now, 16)) - 1
    network = 0 if ports or now < PORTS_SINCE else _BIND | _CONNECT
    number = _ruleset(rights, network, _SCOPES if now >= _SCOPES_SINCE else 0, now)
    for paths, wanted in ((reads, _READING), (writes, _WRITING)):
        for path in paths:
            _add(number, path, rights & wanted)
    check(LIBC.syscall(_RESTRICT, number, 0))
    os.close(number)


def only_port(port: int) -> None:
    """Leave this thread, and all that it starts, TCP to one port alone, where the kernel can."""
    if version() < PORTS_SINCE:
        return
    number = _ruleset(0, _BIND | _CONNECT, 0, PORTS_SINCE)
    rule = _CONNECT.to_bytes(8, "little") + port.to_bytes(8, "little")
    check(LIBC.syscall(_ADD, number, _PORT, rule, 0))
    check(LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    check(LIBC.syscall(_RESTRICT, number, 0))
    os.close(number)


def _ruleset(files: int, network: int, scopes: int, now: int) -> int:
    words = (files, network, scopes)
    known = 3 if now >= _SCOPES_SINCE else 2 if now >= PORTS_SINCE else 1
    attributes = b"".join(word.to_bytes(8, "little") for word in words[:known])
    return check(LIBC.syscall(_CREATE, attributes, len(attributes), 0))


def _add(ruleset: int, path: str, rights: int) -> None:
    """Grant rights below a path; one that is not there needs none."""
    try:
        number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not os.path.isdir(path):  # noqa: PTH112 -- pathlib takes 10 ms to import
        rights &= _OF_FILES
    rule = rights.to_bytes(8, "little") + number.to_bytes(4, "little")
    try:
        check(LIBC.syscall(_ADD, ruleset, _BENEATH, rule, 0))
    finally:
        os.close(number)
