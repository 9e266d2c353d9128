"""The real cosign, as a judge: one pinned Debian package, unpacked into the user's cache.

Nothing is installed in the system, and the mirror is the one of the machine's own source list.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import pytest

from pipeline.toolchain.locate import default_root

VERSION: Final = "3.1.1-2"
_SHA256: Final = "d8622ebffce1d69197288fc030ff06a4c247af5507107f85c5a878870b686b23"
_PROGRAM: Final = "bd66953f030c6089ce4a7191cd00d441d84dc792b4ac53fc05e5c258b1d10f53"
_MIRROR: Final = re.compile(r"\bhttps?://\S+/debian/?(?=\s|$)", re.MULTILINE)
_KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


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
    """Return the verified program, fetched when it is first asked for.

    The test is skipped where this version is not to be had; another content is an error.
    """
    kept = default_root(os.environ) / "cosign" / VERSION / "cosign"
    if not kept.is_file():
        _fetch(kept)
    assert _digest(kept) == _PROGRAM, f"{kept} is not cosign {VERSION}: delete it"
    return kept


def _fetch(to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as name:
        folder = Path(name)
        package = _downloaded(folder)
        assert _digest(package) == _SHA256, f"the package of cosign {VERSION} has another content"
        subprocess.run(["dpkg", "-x", package, folder / "root"], check=True, timeout=60)
        (folder / "root/usr/bin/cosign").replace(to)


def _downloaded(folder: Path) -> Path:
    if not (shutil.which("apt-get") and _KEYRING.is_file() and (mirror := _mirror())):
        pytest.skip("cosign is fetched as a Debian package, and this machine has no Debian mirror")
    for one in ("lists/partial", "cache/archives/partial"):
        (folder / one).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sid.sources").write_text(
        f"Types: deb\nURIs: {mirror}\nSuites: sid\nComponents: main\nSigned-By: {_KEYRING}\n"
    )
    for words in (("update",), ("download", f"cosign={VERSION}")):
        command = ["apt-get", *_options(folder), *words]
        ran = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        if ran.returncode:
            pytest.skip(f"cosign {VERSION} is not to be had here: {ran.stderr.strip()[-200:]}")
    (package,) = folder.glob("cosign_*.deb")
    return package


def _options(folder: Path) -> list[str]:
    settings = {"Dir::Etc::sourcelist": folder / "sid.sources", "Dir::Etc::sourceparts": "-",
                "Dir::State::lists": folder / "lists", "Dir::Cache": folder / "cache",
                "Dir::State::status": folder / "status", "APT::Sandbox::User": "root"}  # fmt: skip
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _mirror() -> str:
    apt = Path("/etc/apt")
    for path in [apt / "sources.list", *sorted(apt.glob("sources.list.d/*"))]:
        lines = path.read_text().splitlines() if path.is_file() else []
        said = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
        if found := _MIRROR.search(said):
            return found[0]
    return ""


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
