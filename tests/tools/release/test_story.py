"""The story of a release, as somebody who tries Penstock walks it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.release.console import Console, UnexpectedError

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

ROOT = Path(__file__).parents[3]


def test_a_release_goes_as_it_is_told() -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PENSTOCK_TOOLS", "XDG_CACHE_HOME")
            if name in os.environ}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "examples.release.story"],
        cwd=ROOT, env={**kept, "LC_ALL": "C.UTF-8"}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert done.stdout.endswith("Everything went as told.\n")
    for word in ("PASS", "signed: ", "promoted: ", "REFUSED", "not signed yet", "--resume"):
        assert word in done.stdout


@pytest.mark.parametrize(("ends", "says"), [(1, ""), (0, "something else")])
def test_a_step_that_ends_otherwise_ends_the_story(ends: int, says: str, tmp_path: Path) -> None:
    console = Console(tmp_path, {})
    with pytest.raises(UnexpectedError, match=f"exit code {ends}"):
        console.run(Path("/bin/echo"), "hello", ends=ends, says=says)
    assert console.run(Path("/bin/echo"), "hello", ends=0, says="hello") == "hello\n"
