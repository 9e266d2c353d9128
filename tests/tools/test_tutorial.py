"""The tutorial works as it is written, in a fresh HOME."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from pipeline.toolchain.locate import default_root

pytestmark = pytest.mark.tools
ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs/tutorial.md"
_BLOCK: Final = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"^(\S.*?)\s+# exit code (\d+)$")


def blocks(language: str) -> list[str]:
    found = [text for kind, text in _BLOCK.findall(PAGE.read_text()) if kind == language]
    assert found
    return found


def script() -> str:
    """Join the commands; one that says its exit code has to end with it, all others with 0."""
    lines = ["set -eu"]
    for line in "\n".join(blocks("sh")).splitlines():
        if said := _CODE.match(line):
            command, code = said.groups()
            lines.append(f"code=0; {command} || code=$?; test $code -eq {code}")
        else:
            lines.append(line)
    return "\n".join(lines)


def test_every_command_ends_as_the_page_says_and_shows_what_it_shows(tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        ["bash", "-x", "-c", script()],
        cwd=ROOT,
        env={
            **kept,
            "HOME": str(tmp_path),
            "PENSTOCK_TOOLS": str(default_root(os.environ)),
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    shown = " ".join(done.stdout.split())
    for line in "\n".join(blocks("text")).splitlines():
        assert " ".join(line.split()) in shown, line
