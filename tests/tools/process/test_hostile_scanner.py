"""A scanner that was bought: each thing that it tries fails, and can be seen to have."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.toys import Run, answered, script, start

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

_TRY = """
    import ctypes, os, socket, sys
    def attempt(what):
        try:
            what()
        except OSError as exc:
            print(type(exc).__name__)
            raise SystemExit(0)
        print("reached")
    libc = ctypes.CDLL(None, use_errno=True)
    def call(*words):
        if libc.syscall(*words) < 0:
            raise OSError(ctypes.get_errno(), "")
"""


_HARMLESS = (
    "open({path!r})",
    "os.kill({pid}, 0)",
    "socket.create_connection(('127.0.0.1', {port}), timeout=3)",
    "socket.socket(socket.AF_UNIX).connect(chr(0) + {name!r})",
)
"""Without walls these are tried too, and succeed: else their failure would prove nothing."""


@pytest.fixture
def isolated(sh: Run) -> None:
    if sh("true").usage.sandbox != "isolated":
        pytest.skip("this kernel gives a scanner no root of its own")


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """A file beside what the scanner is given, as a key in a home is."""
    beside = tmp_path.parent / f"{tmp_path.name}-home"
    beside.mkdir()
    path = beside / "id_ed25519"
    path.write_text("secret")
    yield path
    assert path.read_text() == "secret"
    assert [one.name for one in beside.iterdir()] == ["id_ed25519"]


@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize(
    "what",
    [
        "open({path!r})",
        "open({path!r} + '.new', 'w')",
        "os.listdir({folder!r})",
        "open('/proc/{pid}/environ')",
        "open('/proc/{pid}/mem', 'rb')",
        "os.kill({pid}, 0)",
        "call(101, 16, {pid}, 0, 0)",
        "call(310, {pid}, 0, 0, 0, 0, 0)",
        "call(272, 0x10000000)",
        "call(29, 0, 4096, 0o1600)",
        "call(41, 40, 1, 0)",  # a socket to the host of a virtual machine
        "call(41, 38, 5, 0)",
        "call(165, b'none', b'/tmp', b'tmpfs', 0, 0)",
        "open('/usr/bin/penstock-was-here', 'w')",
        "open('/proc/sys/kernel/core_pattern', 'w')",
        "open('/etc/shadow')",
        "socket.create_connection(('192.0.2.1', 80), timeout=3)",
        "socket.create_connection(('127.0.0.1', {port}), timeout=3)",
        "socket.socket(socket.AF_UNIX).connect(chr(0) + {name!r})",
    ],
)
def test_what_was_not_given_is_out_of_reach(py: Run, secret: Path, what: str) -> None:
    name = f"penstock-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as near:
        near.bind("\0" + name)
        near.listen()
        given = {
            "path": str(secret),
            "folder": str(secret.parent),
            "pid": os.getpid(),
            "port": server.getsockname()[1],
            "name": name,
        }
        said = what.format(**given)
        text = f"{_TRY}\n    attempt(lambda: {said})\n"
        tried = answered(py(text)).data
        harmless = any(said == one.format(**given) for one in _HARMLESS)
        freely = answered(py(text, network=True)).data if harmless else b"reached\n"

    assert tried.strip().endswith(b"Error")
    assert freely == b"reached\n"


@pytest.mark.usefixtures("isolated")
def test_what_is_given_to_read_cannot_be_written(py: Run, secret: Path) -> None:
    text = f"{_TRY}\n    print(open({str(secret)!r}).read())\n    open({str(secret)!r}, 'w')\n"

    ended = py(text + "    raise SystemExit(7)\n", reads=(secret.parent,))

    assert ended.usage.stderr_tail.endswith(f"Read-only file system: '{secret}'")


@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize(
    "what", ["open({path!r})", "open({path!r}, 'w')", "os.listdir({folder!r})"]
)
def test_what_another_stage_wrote_is_out_of_reach(py: Run, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "private" / "other"
    folder.mkdir(parents=True)
    report = folder / "stdout"
    report.write_text("[]")
    mine = tmp_path / "mine"
    mine.mkdir()

    said = what.format(path=str(report), folder=str(folder))
    text = f"{_TRY}\n    attempt(lambda: {said})\n"
    program = script(mine, text)
    ended = start(mine, (sys.executable, "-I", str(program)), private=tmp_path / "private")

    assert answered(ended).data == b"FileNotFoundError\n"
    assert report.read_text() == "[]"


@pytest.mark.usefixtures("isolated")
def test_words_of_the_machine_that_are_worth_something_are_not_there(
    py: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "GITHUB_TOKEN",
                 "AWS_SECRET_ACCESS_KEY", "PENSTOCK_HMAC_KEY", "SSH_AUTH_SOCK"):  # fmt: skip
        monkeypatch.setenv(name, "sesame")
    look = """
        import glob
        for path in ("/proc/self/environ", "/proc/1/environ", *glob.glob("/proc/[0-9]*/environ")):
            try:
                print(path, b"sesame" in open(path, "rb").read())
            except OSError as exc:
                print(path, type(exc).__name__)
    """

    said = answered(py(look)).data

    assert b"/proc/self/environ False" in said
    assert b"True" not in said
