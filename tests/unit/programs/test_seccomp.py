"""What the filter answers, run step by step as the kernel runs it."""

from typing import Final

import pytest

from pipeline.programs import seccomp

ALLOWED: Final = 0x7FFF0000
REFUSED, UNKNOWN, PRETENDED = 0x00050001, 0x00050026, 0x00050000
ARCHITECTURE: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NUMBERS: Final = {
    "x86_64": {"read": 0, "socket": 41, "sendto": 44, "clone": 56, "ptrace": 101, "mount": 165,
               "chmod": 90, "chown": 92, "bpf": 321, "unshare": 272},
    "aarch64": {"read": 63, "socket": 198, "sendto": 206, "clone": 220, "ptrace": 117, "mount": 40,
                "chmod": 52, "chown": 54, "bpf": 280, "unshare": 97},
}  # fmt: skip
CLONE3: Final = 435
UNIX, INET, INET6, NETLINK, VSOCK = 1, 2, 10, 16, 40
STREAM, DATAGRAM, CLOSED_ON_EXEC, TCP, MPTCP = 1, 2, 0x80000, 6, 262
NEW_USER, NEW_NET = 0x10000000, 0x40000000
FAST_OPEN: Final = 0x20000000

every_machine = pytest.mark.parametrize("machine", NUMBERS)
every_kind = pytest.mark.parametrize("sockets", ["own", "tcp", "none"])


def answer(machine: str, sockets: str, call: int | str, *words: int, of: int | None = None) -> int:
    """Return what the kernel would: `words` are the first of the call, `of` its architecture."""
    number = NUMBERS[machine][call] if isinstance(call, str) else call
    held = {0: number, 4: ARCHITECTURE[machine] if of is None else of}
    held |= {16 + 8 * place: word for place, word in enumerate((*words, 0, 0, 0, 0, 0, 0))}
    steps = seccomp.program(machine, sockets=sockets)
    value = place = 0
    while True:
        code, yes, no, with_ = steps[place]
        place += 1
        match code:
            case 0x20:
                value = held[with_]
            case 0x15:
                place += yes if value == with_ else no
            case 0x35:
                place += yes if value >= with_ else no
            case 0x45:
                place += yes if value & with_ else no
            case 0x54:
                value &= with_
            case _:
                assert code == 0x06
                return with_


@every_machine
@every_kind
def test_what_every_program_asks_for_is_allowed(machine: str, sockets: str) -> None:
    assert answer(machine, sockets, "read") == ALLOWED
    assert answer(machine, sockets, "clone", 0x11) == ALLOWED


@every_machine
@every_kind
@pytest.mark.parametrize("call", ["ptrace", "mount", "unshare", "bpf"])
def test_what_no_scanner_has_to_ask_for_is_refused(machine: str, sockets: str, call: str) -> None:
    assert answer(machine, sockets, call) == REFUSED


@every_machine
@every_kind
def test_calls_by_the_numbers_of_another_architecture_do_not_exist(
    machine: str, sockets: str
) -> None:
    assert answer(machine, sockets, "read", of=0x40000003) == UNKNOWN
    assert answer(machine, sockets, 0x40000000 + NUMBERS[machine]["ptrace"]) == UNKNOWN


@every_machine
@every_kind
def test_no_new_namespace_is_made(machine: str, sockets: str) -> None:
    assert answer(machine, sockets, "clone", NEW_USER) == REFUSED
    assert answer(machine, sockets, "clone", NEW_NET | 0x11) == REFUSED
    assert answer(machine, sockets, CLONE3) == UNKNOWN


@every_machine
def test_files_are_left_as_they_are_where_the_tool_has_no_root_of_its_own(machine: str) -> None:
    assert answer(machine, "own", "chown") == answer(machine, "own", "chmod") == ALLOWED
    for sockets in ("tcp", "none"):
        assert answer(machine, sockets, "chown") == REFUSED
        assert answer(machine, sockets, "chmod") == PRETENDED


@every_machine
def test_in_a_network_of_its_own_it_has_the_sockets_of_that_alone(machine: str) -> None:
    for family in (UNIX, INET, INET6, NETLINK):
        assert answer(machine, "own", "socket", family, STREAM) == ALLOWED
    assert answer(machine, "own", "socket", VSOCK, STREAM) == REFUSED


@every_machine
def test_without_a_network_there_is_no_socket(machine: str) -> None:
    for family in (UNIX, INET, INET6, NETLINK, VSOCK):
        assert answer(machine, "none", "socket", family, STREAM) == REFUSED


@every_machine
def test_where_ports_are_walled_there_is_tcp_and_nothing_beside_it(machine: str) -> None:
    for kind, protocol in ((STREAM, 0), (STREAM, TCP), (STREAM | CLOSED_ON_EXEC, TCP)):
        assert answer(machine, "tcp", "socket", INET, kind, protocol) == ALLOWED
    for words in (
        (INET, DATAGRAM, 0), (INET, STREAM, MPTCP), (INET6, STREAM, 0), (UNIX, STREAM, 0),
        (NETLINK, STREAM, 0), (VSOCK, STREAM, 0),
    ):  # fmt: skip
        assert answer(machine, "tcp", "socket", *words) == REFUSED
    assert answer(machine, "tcp", "sendto", 3, 0, 0, 0) == ALLOWED
    assert answer(machine, "tcp", "sendto", 3, 0, 0, FAST_OPEN) == REFUSED
