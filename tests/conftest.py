"""The walls around the tests: unmarked ones start no process and open no socket."""

import subprocess
from pathlib import Path
from typing import Final, Never

import pytest
from hypothesis import settings

from pipeline.toolchain import process  # noqa: F401 -- its types are read before Popen is walled up

DATA: Final = Path(__file__).parent / "data"

# A machine that does much else at once is slow, and no test's fault.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def no_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "tools" in request.keywords:
        return

    def refuse(*args: object, **_: object) -> Never:
        pytest.fail(f"an unmarked test tried to start {args[0]!r}")

    monkeypatch.setattr(subprocess, "Popen", refuse)


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test says for itself whether it runs in CI and which settings the environment holds."""
    for name in ("CI", "GITHUB_ACTIONS", "PENSTOCK_TOOLS_OVERRIDE", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data() -> Path:
    return DATA
