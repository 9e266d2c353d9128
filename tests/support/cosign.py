"""The real cosign, as a judge: a pinned Debian package in seconds, or its Go module in minutes."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import pytest

from pipeline.toolchain.locate import default_root
from tests.support import debian

_PACKAGE: Final = debian.Package(
    name="cosign",
    version="3.1.1-2",
    suite="sid",
    sha256="d8622ebffce1d69197288fc030ff06a4c247af5507107f85c5a878870b686b23",
    program="usr/bin/cosign",
    program_sha256="bd66953f030c6089ce4a7191cd00d441d84dc792b4ac53fc05e5c258b1d10f53",
)
_MODULE: Final = "github.com/sigstore/cosign/v3"
_VERSION: Final = "v3.1.1"
_SUM: Final = "h1:vYdLHfelistuiexNAM8rXAL5aru55g6p8KxzTOR8MO8="
"""Of the module, as go.sum has it; its go.mod names all that it is built with."""


class Cosign:
    """Calls cosign with a home of its own."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder = program, folder

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        home = str(self.folder)
        environment = {"HOME": home, "DOCKER_CONFIG": home, "PATH": os.environ["PATH"],
                       "COSIGN_PASSWORD": "password"}  # fmt: skip
        return subprocess.run(
            [str(self.program), *map(str, words)],
            env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


def program() -> Path:
    """Return the verified program, fetched or built when it is first asked for.

    The test is skipped where neither Debian nor Go has it; another content is an error.
    """
    try:
        return debian.fetched(_PACKAGE)
    except debian.MissingError as no_package:
        try:
            return built()
        except debian.MissingError as no_module:
            pytest.skip(f"{no_package}; {no_module}")


def built() -> Path:
    """Return cosign built from its module. Raises MissingError where Go cannot."""
    kept = default_root(os.environ) / "cosign" / _VERSION / "cosign"
    if kept.is_file():
        return kept
    go = shutil.which("go")
    if go is None:
        raise debian.MissingError("there is no Go to build cosign with")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as name:
        told = _go(go, "mod", "download", "-json", f"{_MODULE}@{_VERSION}", bin_=name)
        found = json.loads(told)["Sum"]
        assert found == _SUM, f"{_MODULE} {_VERSION} has another content: {found}"
        _go(go, "install", "-trimpath", f"{_MODULE}/cmd/cosign@{_VERSION}", bin_=name)
        (Path(name) / "cosign").replace(kept)
    return kept


def _go(go: str, *words: str, bin_: str) -> str:
    environment = {**os.environ, "GOBIN": bin_, "GOFLAGS": "", "CGO_ENABLED": "0"}
    done = subprocess.run(
        [go, *words], env=environment, cwd=bin_, capture_output=True, text=True,
        timeout=1200, check=False,
    )  # fmt: skip
    if done.returncode:
        raise debian.MissingError(f"Go cannot build cosign here: {done.stderr.strip()[-200:]}")
    return done.stdout
