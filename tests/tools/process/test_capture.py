"""Small helpers answer in full or fail in words."""

import resource
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.toolchain import process
from pipeline.toolchain.folder import PATH
from tests.support.toys import nothing_left

pytestmark = pytest.mark.tools


def capture(folder: Path, *argv: str, timeout: float = 20, stdin: bytes = b"") -> bytes:
    return process.capture(
        argv, cwd=folder, env={"PATH": PATH}, timeout=timeout, limit=1000, stdin=stdin
    )


def test_what_it_prints_is_returned(tmp_path: Path) -> None:
    assert capture(tmp_path, "sh", "-c", "pwd; env") == (
        f"{tmp_path}\nPATH={PATH}\nPWD={tmp_path}\n".encode()
    )


def test_it_reads_what_it_is_given_and_nothing_else(tmp_path: Path) -> None:
    assert capture(tmp_path, "cat", stdin=b"x" * 1000) == b"x" * 1000
    assert capture(tmp_path, "cat") == b""


def test_it_is_heard_however_many_files_are_open(tmp_path: Path) -> None:
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4096), most))
    with ExitStack() as held:
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (before, most))
        for _ in range(1100):
            held.enter_context(Path("/dev/null").open())
        assert capture(tmp_path, "echo", "x") == b"x\n"


def test_a_failure_says_the_last_words(tmp_path: Path) -> None:
    with pytest.raises(PenstockError, match=r"^sh ended with exit code 3: why \\x1b\[0m$"):
        capture(tmp_path, "sh", "-c", "echo half; printf 'why \\033[0m' >&2; exit 3")


def test_a_missing_helper_is_named(tmp_path: Path) -> None:
    with pytest.raises(PenstockError, match=r"^gone cannot be started: No such file"):
        capture(tmp_path, "gone")


@pytest.mark.parametrize(
    "line", ["sleep 60", "exec >&-; sleep 60", "sleep 60 & sleep 60"], ids=["open", "shut", "two"]
)
def test_it_is_killed_when_it_takes_too_long(tmp_path: Path, line: str) -> None:
    began = time.monotonic()

    with pytest.raises(PenstockError, match="took too long"):
        capture(tmp_path, "sh", "-c", f"{line} # {tmp_path}", timeout=0.3)

    assert time.monotonic() - began < 10
    assert nothing_left(tmp_path)


def test_it_is_killed_when_it_says_too_much(tmp_path: Path) -> None:
    assert len(capture(tmp_path, "head", "-c", "1000", "/dev/zero")) == 1000
    with pytest.raises(PenstockError, match="printed more than 1000 bytes"):
        capture(tmp_path, "cat", "/dev/zero")
