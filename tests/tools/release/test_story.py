"""The story of a release, as somebody who tries Penstock walks it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from examples.release.console import Console, UnexpectedError

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = ROOT / "docs/release.md"
_BLOCK: Final = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PORT: Final = re.compile(r"127\.0\.0\.1:\d+")


def blocks(language: str) -> list[str]:
    """Read the lines of the page that are of one language."""
    found = [text for kind, text in _BLOCK.findall(PAGE.read_text()) if kind == language]
    assert found
    return "".join(found).splitlines()


def typed(story: str) -> list[str]:
    """Read the commands of a story, each in one line, with the ports that the page names."""
    joined = re.sub(r" \\\n +", " ", _PORT.sub("127.0.0.1:5000", story))
    return [line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ ")]


@pytest.mark.slow
def test_a_release_goes_as_it_is_told_and_as_the_page_for_release_engineers_says() -> None:
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
    commands = iter(typed(done.stdout))
    cosign = any(one.startswith("cosign ") for one in typed(done.stdout))
    for line in blocks("sh"):
        if cosign or not line.startswith("cosign "):
            assert line in commands, f"not typed, or not in this order: {line}"
    for line in blocks("text"):
        assert line in done.stdout, line


@pytest.mark.parametrize(("ends", "says"), [(1, ""), (0, "something else")])
def test_a_step_that_ends_otherwise_ends_the_story(ends: int, says: str, tmp_path: Path) -> None:
    console = Console(tmp_path, {})
    with pytest.raises(UnexpectedError, match=f"exit code {ends}"):
        console.run(Path("/bin/echo"), "hello", ends=ends, says=says)
    assert console.run(Path("/bin/echo"), "hello", ends=0, says="hello") == "hello\n"
