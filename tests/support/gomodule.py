"""Programs built from pinned Go modules into the user's cache, in minutes; for tests alone."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.toolchain.locate import default_root

_PATIENCE: Final = 1200


class MissingError(Exception):
    """Go cannot build it here."""


class Module(NamedTuple):
    """A program of a Go module."""

    name: str
    """As it is kept."""
    path: str
    version: str
    sum: str
    """As go.sum has it. The module's go.mod names all that it is built with."""
    package: str
    """Below the module's path."""


def built(module: Module) -> Path:
    """Return the program, built when it is first asked for. Raises MissingError."""
    kept = default_root(os.environ) / module.name / module.version / module.name
    if kept.is_file():
        return kept
    go = shutil.which("go")
    if go is None:
        raise MissingError(f"there is no Go to build {module.name} with")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as name:
        told = _go(go, name, "mod", "download", "-json", f"{module.path}@{module.version}")
        found = json.loads(told)["Sum"]
        assert found == module.sum, f"{module.path} {module.version} has another content: {found}"
        package = f"{module.path}/{module.package}".rstrip("/")
        _go(go, name, "install", "-trimpath", "-ldflags=-s -w", f"{package}@{module.version}")
        (program,) = (one for one in Path(name).iterdir() if one.is_file())
        program.replace(kept)
    return kept


def _go(go: str, folder: str, *words: str) -> str:
    environment = {**os.environ, "GOBIN": folder, "GOFLAGS": "", "CGO_ENABLED": "0"}
    done = subprocess.run(
        [go, *words], env=environment, cwd=folder, capture_output=True, text=True,
        timeout=_PATIENCE, check=False,
    )  # fmt: skip
    if done.returncode:
        raise MissingError(f"Go cannot build it here: {done.stderr.strip()[-200:]}")
    return done.stdout
