"""Toys in two languages."""

import sys
from pathlib import Path
from typing import Final, Unpack

import pytest

from pipeline.toolchain import process
from pipeline.toolchain.process import Ended
from tests.support.toys import How, Run, script, start

_PYTHON: Final = sys.executable
"""Some tests put another in its place for what starts a tool."""


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.7)


@pytest.fixture
def sh(tmp_path: Path) -> Run:
    """Run a line of shell."""

    def run(text: str, **how: Unpack[How]) -> Ended:
        return start(tmp_path, ("/bin/sh", "-c", text), **how)

    return run


@pytest.fixture
def py(tmp_path: Path) -> Run:
    """Run a Python program."""

    def run(text: str, **how: Unpack[How]) -> Ended:
        return start(tmp_path, (_PYTHON, "-I", str(script(tmp_path, text))), **how)

    return run


@pytest.fixture(params=[False, True], ids=["as strictly as possible", "with the network"])
def network(request: pytest.FixtureRequest) -> bool:
    """Both ways in which a tool is held: by namespaces, and by the supervisor alone."""
    return bool(request.param)
