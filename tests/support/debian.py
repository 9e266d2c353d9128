"""Programs of pinned Debian packages, unpacked into the user's cache: real ones, for tests alone.

Nothing is installed in the system, and the mirror is the one of the machine's own source list.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.toolchain.locate import default_root

_MIRROR: Final = re.compile(r"\bhttps?://\S+/debian/?(?=\s|$)", re.MULTILINE)
_KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class MissingError(Exception):
    """The package is not to be had here."""


class Package(NamedTuple):
    """A program of a Debian package, by digest."""

    name: str
    version: str
    suite: str
    sha256: str
    """Of the package."""
    program: str
    """Its place in the package."""
    program_sha256: str


def fetched(package: Package) -> Path:
    """Return the verified program, fetched when it is first asked for.

    Raises MissingError where this version is not to be had; another content is an error.
    """
    kept = default_root(os.environ) / package.name / package.version / Path(package.program).name
    if not kept.is_file():
        _fetch(package, kept)
    found = _digest(kept)
    assert found == package.program_sha256, f"{kept} is not {package.name}: delete it"
    return kept


def _fetch(package: Package, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as name:
        folder = Path(name)
        file = _downloaded(package, folder)
        assert _digest(file) == package.sha256, f"the package {package.name} has another content"
        subprocess.run(["dpkg", "-x", file, folder / "root"], check=True, timeout=60)
        (folder / "root" / package.program).replace(to)


def _downloaded(package: Package, folder: Path) -> Path:
    if not (shutil.which("apt-get") and _KEYRING.is_file() and (mirror := _mirror())):
        raise MissingError(f"{package.name} is a Debian package, and there is no Debian mirror")
    for one in ("lists/partial", "cache/archives/partial"):
        (folder / one).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "one.sources").write_text(
        f"Types: deb\nURIs: {mirror}\nSuites: {package.suite}\nComponents: main\n"
        f"Signed-By: {_KEYRING}\n"
    )
    for words in (("update",), ("download", f"{package.name}={package.version}")):
        command = ["apt-get", *_options(folder), *words]
        ran = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        if ran.returncode:
            told = ran.stderr.strip()[-200:]
            raise MissingError(f"{package.name} {package.version} is not to be had here: {told}")
    (file,) = folder.glob(f"{package.name}_*.deb")
    return file


def _options(folder: Path) -> list[str]:
    settings = {"Dir::Etc::sourcelist": folder / "one.sources", "Dir::Etc::sourceparts": "-",
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
