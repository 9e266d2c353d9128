"""Runs the installed `penstock` as a user does, in a clean environment."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

PENSTOCK: Final = Path(sys.executable).parent / "penstock"
_STATE: Final = str(Path(tempfile.gettempdir()) / f"penstock-tests-{os.getpid()}" / "state")
"""Histories of runs in tests stay out of the one that the user has."""
_KEPT: Final = ("PATH", "HOME", "PENSTOCK_TOOLS", "XDG_CACHE_HOME", "TMPDIR")


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def penstock(
    *arguments: str | Path,
    cwd: Path | None = None,
    extra: Mapping[str, str] | None = None,
    prefix: Iterable[str] = (),
    program: Path = PENSTOCK,
) -> Ran:
    """Run `penstock` without CI and without anything else that this process was told."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    done = subprocess.run(
        [*prefix, program, *arguments],
        cwd=cwd,
        env={**kept, "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": _STATE, **(extra or {})},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


class Bundle:
    """An evidence bundle, as programs read it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def json(self, name: str) -> Any:
        return json.loads((self.path / name).read_bytes())

    @property
    def verdict(self) -> Any:
        return self.json("verdict.json")

    @property
    def findings(self) -> list[Any]:
        lines = (self.path / "findings.ndjson").read_bytes().splitlines()
        return [json.loads(line) for line in lines]

    def unanswered(self) -> set[tuple[str | None, str | None, str]]:
        return {(one["stage"], one["target"], one["reason"]) for one in self.verdict["unanswered"]}
