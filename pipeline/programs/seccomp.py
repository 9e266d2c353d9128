"""A filter for what a scanner never has to ask the kernel for."""

import ctypes
import os
import sys

from pipeline.programs.kernel import LIBC, check

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED = {
    "x86_64": (
        *(101, 310, 311, 312, 438, 440),  # ptrace, process_vm_*, kcmp, pidfd_getfd, process_madvise
        *(155, 161, 165, 166, 272, 308),  # pivot_root, chroot, mount, umount2, unshare, setns
        *(428, 429, 430, 431, 432, 433, 442, 467),  # the same by descriptors
        *(248, 249, 250),  # add_key, request_key, keyctl
        *(298, 321, 323, 425, 426, 427),  # perf_event_open, bpf, userfaultfd, io_uring_*
        *(175, 176, 246, 313, 320),  # kernel modules, kexec
        *(103, 163, 167, 168, 169, 170, 171, 179, 180, 443),  # syslog, acct, swap, reboot, names …
        *(153, 154, 159, 164, 172, 173, 212, 227, 305),  # clocks, ports, descriptors of segments
        *(300, 303, 304),  # fanotify_init, name_to_handle_at, open_by_handle_at
        *(29, 30, 31, 67, 64, 65, 66, 220),  # memory and semaphores that outlive who made them
        *(68, 69, 70, 71, 240),  # and queues
    ),
    "aarch64": (
        *(117, 270, 271, 272, 438, 440),
        *(41, 51, 40, 39, 97, 268),
        *(428, 429, 430, 431, 432, 433, 442, 467),
        *(217, 218, 219),
        *(241, 280, 282, 425, 426, 427),
        *(105, 106, 104, 273, 294),
        *(116, 89, 224, 225, 142, 161, 162, 60, 42, 443),
        *(58, 171, 170, 18, 112, 266),
        *(262, 264, 265),
        *(194, 196, 195, 197, 190, 193, 191, 192),
        *(186, 189, 188, 187, 180),
    ),
}
"""By machine, numbers of calls that are answered with EPERM."""
_OF_FILES = {
    "x86_64": (
        *(92, 93, 94, 260, 469),  # chown, file_setattr
        *(188, 189, 190, 463, 197, 198, 199, 466),  # setxattr, removexattr
    ),
    "aarch64": (54, 55, 469, 5, 6, 7, 463, 14, 15, 16, 466),
}
"""The same for what Landlock lets be: calls that change what a folder says of a file."""
_IDLE = {
    "x86_64": (90, 91, 268, 452, 132, 235, 261, 280),  # chmod, utime
    "aarch64": (52, 53, 452, 88),
}
"""Of these, those that scanners use for files of their own: answered as if it had been done."""
_SENDS = {"x86_64": ((44, 40), (46, 32), (307, 40)), "aarch64": ((206, 40), (211, 32), (269, 40))}
"""By machine, calls that can open a connection by sending, with the place of their flags."""
_CLONE = {"x86_64": 56, "aarch64": 220}
_SOCKET = {"x86_64": 41, "aarch64": 198}
_CLONE3 = 435
_NEW_NAMESPACES = 0x7E020000
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_STREAM, _KIND, _TCP = 1, 0xF, 6
_FAST_OPEN = 0x20000000

_NO_SUCH_CALL, _NOT_PERMITTED, _DONE = 38, 1, 0
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32
_SET_SECCOMP, _FILTER = 22, 2

Step = tuple[int, int, int, int]


def known() -> bool:
    """Tell whether there is a filter for this machine."""
    return os.uname().machine in _ARCHITECTURES


def apply(*, sockets: str) -> None:
    """Filter the calls of this process and of all that it starts. Needs no_new_privs.

    `sockets` are those of the network where that is this process's "own", "tcp" or "none".
    """
    steps = program(os.uname().machine, sockets=sockets)
    data = b"".join(
        code.to_bytes(2, "little") + bytes((yes, no)) + value.to_bytes(4, "little")
        for code, yes, no, value in steps
    )
    held = ctypes.create_string_buffer(data)
    word = ctypes.sizeof(ctypes.c_void_p)
    # A `struct sock_fprog`: how many steps, and, a word further on, where they are.
    words = (len(steps), ctypes.addressof(held))
    wanted = b"".join(one.to_bytes(word, sys.byteorder) for one in words)
    check(LIBC.prctl(_SET_SECCOMP, _FILTER, wanted, 0, 0))


def program(machine: str, *, sockets: str) -> list[Step]:
    """Write the filter. A call of another architecture does not exist."""
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        _fail(_NO_SUCH_CALL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, 0x40000000),
        _fail(_NO_SUCH_CALL),
    ]
    refused = dict.fromkeys(_REFUSED[machine], _NOT_PERMITTED)
    if sockets != "own":
        refused |= dict.fromkeys(_OF_FILES[machine], _NOT_PERMITTED)
        refused |= dict.fromkeys(_IDLE[machine], _DONE)
    for number, answer in refused.items():
        steps += [(_EQUAL, 0, 1, number), _fail(answer)]
    # Its flags cannot be read by a filter; the C library then asks for the older call.
    steps += [(_EQUAL, 0, 1, _CLONE3), _fail(_NO_SUCH_CALL)]
    steps += [
        (_EQUAL, 0, 4, _CLONE[machine]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        _fail(_NOT_PERMITTED),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return [*steps, *_sockets(machine, sockets), (_RETURN, 0, 0, _ALLOW)]


def _sockets(machine: str, sockets: str) -> list[Step]:
    if sockets == "own":
        # Those that belong to a network namespace. A virtual machine's line to its host does not.
        return [
            (_EQUAL, 0, 7, _SOCKET[machine]),
            (_LOAD, 0, 0, _FIRST),
            (_EQUAL, 4, 0, _UNIX),
            (_EQUAL, 3, 0, _INET),
            (_EQUAL, 2, 0, _INET6),
            (_EQUAL, 1, 0, _NETLINK),
            _fail(_NOT_PERMITTED),
            (_RETURN, 0, 0, _ALLOW),
        ]
    if sockets == "none":
        return [(_EQUAL, 0, 1, _SOCKET[machine]), _fail(_NOT_PERMITTED)]
    # Landlock knows the ports of TCP alone, and only where a connection is asked for by its name.
    steps: list[Step] = []
    for number, flags in _SENDS[machine]:
        steps += [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, flags), (_ANY_BIT, 0, 1, _FAST_OPEN)]
        steps += [_fail(_NOT_PERMITTED), (_RETURN, 0, 0, _ALLOW)]
    return [
        *steps,
        (_EQUAL, 0, 11, _SOCKET[machine]),
        (_LOAD, 0, 0, _FIRST),
        (_EQUAL, 1, 0, _INET),
        _fail(_NOT_PERMITTED),
        (_LOAD, 0, 0, _SECOND),
        (_AND, 0, 0, _KIND),
        (_EQUAL, 1, 0, _STREAM),
        _fail(_NOT_PERMITTED),
        (_LOAD, 0, 0, _THIRD),
        (_EQUAL, 2, 0, 0),
        (_EQUAL, 1, 0, _TCP),
        _fail(_NOT_PERMITTED),
    ]


def _fail(number: int) -> Step:
    return (_RETURN, 0, 0, _ERROR | number)
