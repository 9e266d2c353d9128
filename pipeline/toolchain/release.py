"""Takes a tool's program out of its released archive, once the archive's digest is as locked."""

import shutil
import tarfile
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.model.artifact import sha256_file
from pipeline.toolchain.lock import Asset, GoTool
from pipeline.toolchain.steps import Site

_LIMIT: Final = 1 << 30
_REDIRECTS: Final = 3
"""Releases are handed on to storage hosts; the digest says whether they are what was locked."""


def fetch(name: str, tool: GoTool, asset: Asset, folder: Path, site: Site) -> str:
    """Download into an empty folder, and return the program's path in it."""
    from pipeline.toolchain.http import Http

    archive = site.work / "release.tar.gz"
    site.noted(name, f"downloading {asset.url}")
    with Http() as http:
        http.download(asset.url, archive, limit=_LIMIT, redirects=_REDIRECTS)
    unpack(name, tool.program, archive, asset.sha256, folder)
    return tool.program


def unpack(name: str, program: str, archive: Path, sha256: str, folder: Path) -> None:
    """Check an archive, and write the one member that is wanted. Nothing else is unpacked."""
    found = sha256_file(archive)
    if found != f"sha256:{sha256}":
        raise PenstockError(
            f"{name}: what was downloaded is {found}, the tool lock says sha256:{sha256}",
            hint="do not use it: the release was altered, or the download was",
        )
    target = folder / program
    try:
        with tarfile.open(archive, "r:gz") as tar:
            member = tar.extractfile(program)
            if member is None:
                raise PenstockError(f"{name}: the archive's {program} is not a file")
            with member, target.open("wb") as out:
                shutil.copyfileobj(member, out)
    except (KeyError, tarfile.TarError, EOFError) as exc:
        raise PenstockError(f"{name}: the archive holds no {program}: {exc}") from exc
    target.chmod(0o755)
