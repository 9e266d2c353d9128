"""What a command imports before it does anything: time that every user pays every time."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tools

HEAVY = (
    "pydantic", "rich", "sigstore", "httpx", "asyncio", "jinja2", "yaml", "jsonschema",
    "jsonschema_rs", "cvss", "ruamel", "cryptography", "requests", "rfc8785",
)  # fmt: skip
COMPLETION = {
    "_PENSTOCK_COMPLETE": "complete_bash",
    "COMP_WORDS": "penstock run --",
    "COMP_CWORD": "2",
}


def imported(*arguments: str, **extra: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pipeline", *arguments],
        env={**os.environ, **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    names = re.findall(r"^import time: .*\| +([\w.]+)$", done.stderr, re.MULTILINE)
    assert len(names) > 30, done.stderr[-500:]
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["run", "--help"], ["gate", "--help"], ["explain", "--help"],
     ["tools", "--help"], ["feeds", "--help"], ["doctor", "--help"],
     ["attest", "--help"], ["sign", "--help"],
     ["verify", "--help"], ["promote", "--help"],
     ["exception", "--help"], ["exception", "new", "--help"], ["exception", "approve", "--help"]],
)  # fmt: skip
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not imported(*arguments).intersection(HEAVY)


def test_completion_imports_nothing_heavy() -> None:
    assert not imported(**COMPLETION).intersection(HEAVY)


def test_judging_a_bundle_pays_for_the_policy_reader_and_nothing_else(tmp_path: Path) -> None:
    assert imported("gate", str(tmp_path)).intersection(HEAVY) <= {"pydantic", "yaml"}
