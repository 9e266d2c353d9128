"""How strictly a tool is held on machines that give less, and where the policy wants otherwise."""

import errno
import os
import socket
import sys
from pathlib import Path
from typing import Final

import pytest

from pipeline.model.gap import GapReason
from pipeline.model.walls import Level
from pipeline.programs import landlock
from tests.support import poor
from tests.support.toys import Run, answered, failed

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

_SIGNALS_SINCE: Final = 6
_TRY: Final = """
    import os, socket
    def attempt(what):
        try:
            what()
        except OSError as exc:
            print(type(exc).__name__)
        else:
            print("reached")
    attempt(lambda: {})
"""


@pytest.fixture
def no_namespaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that refuses namespaces to everybody, for real."""
    monkeypatch.setattr(sys, "executable", str(poor.wrapper(tmp_path, "isolation")))


@pytest.fixture
def no_walls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has no Landlock either."""
    monkeypatch.setattr(sys, "executable", str(poor.wrapper(tmp_path, "landlock")))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    beside = tmp_path.parent / f"{tmp_path.name}-home"
    beside.mkdir()
    path = beside / "id_ed25519"
    path.write_text("secret")
    return path


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
@pytest.mark.usefixtures("no_namespaces")
@pytest.mark.parametrize(
    "what",
    [
        "open({path!r})",
        "open({path!r}, 'w')",
        "open({path!r} + '.new', 'w')",
        "os.listdir({folder!r})",
        "open('/etc/passwd')",
        "open('/proc/{pid}/environ')",
        "socket.create_connection(('127.0.0.1', {port}), timeout=3)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "os.chown({path!r}, 1, 1)",
        "os.setxattr({path!r}, 'user.penstock', b'')",
        "os.kill({pid}, 0)",
    ],
)
def test_without_namespaces_landlock_holds_a_tool(py: Run, secret: Path, what: str) -> None:
    if "kill" in what and landlock.version() < _SIGNALS_SINCE:
        pytest.skip("needs Linux 6.12")
    with socket.create_server(("127.0.0.1", 0)) as server:
        given = {"path": str(secret), "folder": str(secret.parent), "pid": os.getpid(),
                 "port": server.getsockname()[1]}  # fmt: skip
        ended = py(_TRY.format(what.format(**given)))

    assert answered(ended).data.strip().endswith(b"Error")
    assert ended.usage.sandbox is Level.LANDLOCK
    assert secret.read_text() == "secret"
    assert [one.name for one in secret.parent.iterdir()] == ["id_ed25519"]


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
@pytest.mark.usefixtures("no_namespaces")
def test_modes_and_times_of_files_stay_what_they_are_there(py: Run, secret: Path) -> None:
    before = secret.stat()

    ended = py(
        _TRY.format(f"(os.chmod({str(secret)!r}, 0o666), os.utime({str(secret)!r}, (1, 1)))")
    )

    assert answered(ended).data == b"reached\n"  # scanners do this to files of their own
    after = secret.stat()
    assert (after.st_mode, after.st_mtime) == (before.st_mode, before.st_mtime)


@pytest.mark.usefixtures("no_namespaces")
@pytest.mark.parametrize(
    "what",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)",
        "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
        "socket.socket().sendto(b'x', socket.MSG_FASTOPEN, ('127.0.0.1', {port}))",
        "socket.socket().sendmsg([b'x'], [], socket.MSG_FASTOPEN, ('127.0.0.1', {port}))",
    ],
    ids=["MPTCP", "SCTP", "IPv6", "fast open", "fast open by a message"],
)
def test_ports_cannot_be_passed_by(py: Run, what: str) -> None:
    """Landlock knows ports of TCP alone, and no connection that is opened by sending."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = py(_TRY.format(what.format(port=server.getsockname()[1])), loopback=True)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()

    assert answered(ended).data == b"PermissionError\n"


@pytest.mark.usefixtures("no_namespaces")
def test_a_tool_that_needs_its_own_server_says_so_where_ports_cannot_be_told_apart(py: Run) -> None:
    ended = py("print(1)", loopback=True)

    whole = landlock.version() >= landlock.PORTS_SINCE
    assert ended.usage.sandbox is (Level.LANDLOCK if whole else Level.LANDLOCK_TCP)


@pytest.mark.skipif(landlock.version() < landlock.PORTS_SINCE, reason="needs Linux 6.7")
def test_a_thread_that_may_use_one_port_reaches_no_other(py: Run) -> None:
    folder = Path(landlock.__file__).parents[2]
    text = f"""
        import sys, subprocess, socket
        sys.path.append({str(folder)!r})
        from pipeline.programs.landlock import only_port
        with socket.create_server(("127.0.0.1", 0)) as own, \\
                socket.create_server(("127.0.0.1", 0)) as other:
            only_port(own.getsockname()[1])
            for one in (own, other):
                call = f"import socket; socket.create_connection({{one.getsockname()!r}})"
                print(subprocess.run([sys.executable, "-c", call], capture_output=True).returncode)
    """
    ended = py(text, loopback=True, reads=(folder / "pipeline",), sandbox="off")

    assert answered(ended).data == b"0\n1\n"


@pytest.mark.usefixtures("no_namespaces")
def test_what_has_to_have_a_root_of_its_own_is_not_started_without(sh: Run, tmp_path: Path) -> None:
    ended = sh(f"touch {tmp_path}/began", sandbox="required")

    error = failed(ended)
    assert error.reason is GapReason.TOOL_DENIED
    assert "evidence.sandbox" in error.message
    assert "penstock doctor" in error.hint
    assert not (tmp_path / "began").exists()
    assert ended.usage.sandbox is None
    assert ended.refused.startswith("enter ")


def test_what_has_to_have_a_root_of_its_own_has_it_where_it_can(sh: Run) -> None:
    ended = sh("true", sandbox="preferred")
    if ended.usage.sandbox is not Level.ISOLATED:
        pytest.skip("this kernel gives a scanner no root of its own")

    assert sh("true", sandbox="required").usage.sandbox is Level.ISOLATED


def test_root_needs_no_namespace_of_users(
    sh: Run, py: Run, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sh("true").usage.sandbox is not Level.ISOLATED:
        pytest.skip("this kernel gives a scanner no root of its own")
    monkeypatch.setattr(sys, "executable", str(poor.wrapper(tmp_path, "users")))

    ended = py(_TRY.format(f"open({str(secret)!r})"), sandbox="required")

    assert answered(ended).data == b"FileNotFoundError\n"
    assert (ended.usage.sandbox, ended.refused) == (Level.ISOLATED, f"enter {errno.ENOSPC}")


@pytest.mark.usefixtures("no_walls")
def test_a_machine_without_any_walls_says_that_it_has_none(sh: Run) -> None:
    ended = sh("echo here")

    assert answered(ended).data == b"here\n"
    assert ended.usage.sandbox is Level.NONE


def test_walls_that_the_policy_does_not_want_are_not_there(sh: Run, secret: Path) -> None:
    ended = sh(f"cat {secret}; grep NoNewPrivs /proc/self/status", sandbox="off")

    assert answered(ended).data.split() == [b"secretNoNewPrivs:", b"1"]
    assert ended.usage.sandbox is Level.OFF
