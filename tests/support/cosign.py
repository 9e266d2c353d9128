"""The real cosign, as a judge: a pinned Debian package in seconds, or its Go module in minutes."""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.support import debian, gomodule

_PACKAGE: Final = debian.Package(
    name="cosign",
    version="3.1.1-2",
    suite="sid",
    sha256="d8622ebffce1d69197288fc030ff06a4c247af5507107f85c5a878870b686b23",
    program="usr/bin/cosign",
    program_sha256="bd66953f030c6089ce4a7191cd00d441d84dc792b4ac53fc05e5c258b1d10f53",
)
_MODULE: Final = gomodule.Module(
    name="cosign",
    path="github.com/sigstore/cosign/v3",
    version="v3.1.1",
    sum="h1:vYdLHfelistuiexNAM8rXAL5aru55g6p8KxzTOR8MO8=",
    package="cmd/cosign",
)


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
            return gomodule.built(_MODULE)
        except gomodule.MissingError as no_module:
            pytest.skip(f"{no_package}; {no_module}")
