"""Takes a tool's program out of its released archive: signed, listed and locked, or not at all."""

import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.errors import PenstockError
from pipeline.toolchain.lock import Asset, GoTool, Signer
from pipeline.toolchain.releases import Releases, address, hosts, parts
from pipeline.toolchain.steps import Site

if TYPE_CHECKING:
    from pipeline.toolchain.http import Http

BUNDLE: Final = ".sigstore.json"
"""What the name of a signature's bundle has behind that of the signed file."""
_ARCHIVE_LIMIT: Final = 1 << 30
_BUNDLE_LIMIT: Final = 10 << 20
_LIST_LIMIT: Final = 1 << 20
_REDIRECTS: Final = 3
_ALTERED: Final = "do not use it: the release was altered, or the download was"


def fetch(name: str, tool: GoTool, asset: Asset, folder: Path, site: Site) -> str:
    """Download into an empty folder, and return the program's path in it."""
    from pipeline.toolchain.http import Http

    archive = site.work / "release.tar.gz"
    with Http() as http:
        found = download(name, tool, asset, archive, http=http, site=site)
    if found != asset.sha256:
        raise PenstockError(
            f"{name}: what was downloaded is sha256:{found}, "
            f"the tool lock says sha256:{asset.sha256}",
            hint=_ALTERED,
        )
    unpack(name, tool.program, archive, folder)
    return tool.program


def download(
    name: str, tool: GoTool, asset: Asset, archive: Path, *, http: "Http", site: Site
) -> str:
    """Fetch an archive, and return its digest once its signer and its list agree with it."""
    releases = site.releases
    url = address(asset.url, releases)
    allowed = hosts(url, tool)
    site.noted(name, f"downloading {url}")
    saved = http.download(
        url, archive, limit=_ARCHIVE_LIMIT, redirects=_REDIRECTS, elsewhere=allowed
    )
    found = saved.sha256.removeprefix("sha256:")
    if tool.signer is not None:
        bundle = _small(f"{url}{BUNDLE}", _BUNDLE_LIMIT, http, allowed)
        _signed(name, tool.signer, archive, bundle, releases)
        site.noted(name, f"signed by {tool.signer.identity}")
    folder, file = parts(url)
    listed = _small(f"{folder}/{tool.checksums}", _LIST_LIMIT, http, allowed)
    if found not in listed_digests(listed, file):
        raise PenstockError(
            f"{name}: {tool.checksums} does not list {file} with sha256:{found}", hint=_ALTERED
        )
    return found


def checksums(name: str, tool: GoTool, site: Site, http: "Http") -> bytes:
    """Fetch the list of a release's digests, once its signer is the one that is due."""
    some = next(iter(tool.release.values()))
    url = f"{parts(address(some.url, site.releases))[0]}/{tool.checksums}"
    allowed = hosts(url, tool)
    listed = _small(url, _LIST_LIMIT, http, allowed)
    if tool.signer is not None:
        bundle = _small(f"{url}{BUNDLE}", _BUNDLE_LIMIT, http, allowed)
        file = site.work / "checksums"
        file.write_bytes(listed)
        _signed(name, tool.signer, file, bundle, site.releases)
    return listed


def _small(url: str, limit: int, http: "Http", allowed: frozenset[str]) -> bytes:
    return http.get(url, limit=limit, redirects=_REDIRECTS, elsewhere=allowed).body


def _signed(name: str, due: Signer, path: Path, bundle: bytes, releases: Releases | None) -> None:
    if releases is None:
        raise PenstockError(f"{name}: nobody is here to check who signed {path.name}")
    try:
        by = releases.signer(path, bundle)
    except PenstockError as error:
        raise PenstockError(f"{name}: {path.name} is {error.message}", hint=_ALTERED) from error
    if by != due:
        raise PenstockError(
            f"{name}: {path.name} was signed by {by.identity!a} of {by.issuer!a}, "
            f"the tool lock says {due.identity!a} of {due.issuer!a}",
            hint=_ALTERED,
        )


def listed_digests(checksums: bytes, file: str) -> set[str]:
    """Return the digests by which a list of checksums names a file."""
    lines = (line.split() for line in checksums.decode("utf-8", "replace").splitlines())
    return {words[0] for words in lines if len(words) == 2 and words[1].lstrip("*") == file}  # noqa: PLR2004 -- digest and name


def unpack(name: str, program: str, archive: Path, folder: Path) -> None:
    """Write the one member of an archive that is wanted. Nothing else is unpacked."""
    target = folder / program
    try:
        with tarfile.open(archive, "r:gz") as tar:
            member = tar.getmember(program)
            stream = tar.extractfile(member) if member.isreg() else None
            if stream is None or member.size > _ARCHIVE_LIMIT:
                raise PenstockError(f"{name}: the archive's {program} is no file to be run")
            with stream, target.open("wb") as out:
                shutil.copyfileobj(stream, out)
    except (KeyError, tarfile.TarError, EOFError, OSError) as exc:
        target.unlink(missing_ok=True)
        raise PenstockError(f"{name}: the archive holds no {program}: {exc}") from exc
    target.chmod(0o755)
