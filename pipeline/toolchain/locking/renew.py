"""Finds out what a lock should say: newer releases, their days, their digests."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final, TypeAlias, assert_never

import msgspec
from packaging.version import InvalidVersion, Version

from pipeline.errors import PenstockError
from pipeline.toolchain.lock import Asset, GoTool, LockedTool, Signer, VenvTool, inputs
from pipeline.toolchain.locking.digests import digests
from pipeline.toolchain.locking.index import Index, environment
from pipeline.toolchain.locking.modules import Modules
from pipeline.toolchain.steps import Site

Files: TypeAlias = Mapping[str, bytes]
"""By path below a home: `requirements/zizmor.txt`, `tools/trivy/go.sum`."""
_PIN_OR_HASH: Final = re.compile(rb"(?m)^[A-Za-z0-9._-]+==[^\s;]+|--hash=\S+")
_ALTERED: Final = "whoever made that release altered it after it was locked: do not use it"


class Unreached(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be asked, and why."""

    tool: str
    what: str
    reason: str


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as the lock should have it."""

    tool: LockedTool
    files: Files = {}
    """Those that change with it."""
    unreached: tuple[Unreached, ...] = ()


class Asking(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Whom to ask, and about what day."""

    site: Site
    now: datetime
    cool_down: timedelta
    update: bool
    """Look for newer releases, and not only after those that are locked."""

    @property
    def before(self) -> datetime:
        """Return from when on a release is too young."""
        return self.now - self.cool_down

    @cached_property
    def index(self) -> Index:
        """Make the environment that asks the package index when it is first needed."""
        return Index(environment(self.site), self.site)


def renew(name: str, tool: LockedTool, asking: Asking) -> Renewed:
    """Ask where a tool comes from. What cannot be asked stays as it is, and is named."""
    match tool:
        case VenvTool():
            return _python(name, tool, asking)
        case GoTool():
            return _go(name, tool, asking)
        case _:
            assert_never(tool)


def _python(name: str, tool: VenvTool, asking: Asking) -> Renewed:
    package = tool.source.removeprefix("pkg:pypi/")
    try:
        version, files = tool.version, dict[str, bytes]()
        if asking.update:
            listed = asking.index.versions(package, asking.before)
            version = newer(tool.version, listed[0] if listed else tool.version)
            files = _compiled(package, version, tool, asking)
        released = asking.index.released(package, version, asking.now)
    except PenstockError as error:
        what = "newer releases" if asking.update else "the day of its release"
        return Renewed(tool=tool, unreached=(_unreached(name, what, error),))
    return Renewed(
        tool=msgspec.structs.replace(tool, version=version, released=released), files=files
    )


def _compiled(package: str, version: str, tool: VenvTool, asking: Asking) -> dict[str, bytes]:
    """Resolve what a release needs, in a folder of its own."""
    stem = tool.requirements.removesuffix(".txt")
    folder = asking.site.work / f"resolve-{stem}"
    folder.mkdir()
    wanted = f"{package}=={version}\n".encode()
    (folder / f"{stem}.in").write_bytes(wanted)
    asking.index.compile(package, folder, stem, asking.before)
    made = (folder / tool.requirements).read_bytes()
    if _names(made) == _names(inputs(tool, asking.site.home)[0].read_bytes()):
        return {}
    return {f"requirements/{stem}.in": wanted, f"requirements/{tool.requirements}": made}


def _names(requirements: bytes) -> list[bytes]:
    """List the pins and digests of a file: comments and markers of its maker are no change."""
    return sorted(_PIN_OR_HASH.findall(requirements))


def _go(name: str, tool: GoTool, asking: Asking) -> Renewed:
    try:
        modules = Modules(name, tool, asking.site)
        version, files = tool.version, dict[str, bytes]()
        if asking.update:
            version = newer(tool.version, modules.newest(asking.before))
        if version != tool.version:
            folder = asking.site.work / f"resolve-{name}"
            modules.update(folder, version)
            files = {
                f"tools/{tool.module}/{file}": (folder / file).read_bytes()
                for file in ("go.mod", "go.sum")
            }
        released = modules.released(version).astimezone(UTC).date()
    except PenstockError as error:
        what = "newer releases" if asking.update else "the day of its release"
        return Renewed(tool=tool, unreached=(_unreached(name, what, error),))
    made = _of_version(msgspec.structs.replace(tool, released=released), version)
    made = _of_compiler(made, files.get(f"tools/{tool.module}/go.mod", b""))
    return _with_digests(name, made, files, asking.site)


def _of_version(tool: GoTool, version: str) -> GoTool:
    """Write another version wherever the lock names it. Its archives have no digest yet."""
    before = tool.version
    if version == before:
        return tool
    signer = tool.signer and Signer(
        issuer=tool.signer.issuer, identity=tool.signer.identity.replace(before, version)
    )
    return msgspec.structs.replace(
        tool,
        version=version,
        ldflags=tool.ldflags.replace(before, version),
        checksums=tool.checksums.replace(before, version),
        signer=signer,
        release={
            platform: Asset(url=one.url.replace(before, version), sha256="")
            for platform, one in tool.release.items()
        },
    )


def _of_compiler(tool: GoTool, module: bytes) -> GoTool:
    """Take over the oldest Go that a new `go.mod` asks for."""
    found = re.search(rb"^go (\S+)$", module, re.MULTILINE)
    return msgspec.structs.replace(tool, go=found[1].decode()) if found else tool


def _with_digests(name: str, made: GoTool, files: Files, site: Site) -> Renewed:
    """Take the digests of archives from the release page, if it can be reached."""
    try:
        found = digests(name, made, site)
    except PenstockError as error:
        told = _unreached(name, "the digests of its archives", error)
        return Renewed(tool=made, files=files, unreached=(told,))
    for platform, digest in found.items():
        locked = made.release[platform].sha256
        if locked and locked != digest:
            said = f"{name} {made.version}: {platform} is sha256:{digest}, locked is {locked}"
            raise PenstockError(said, hint=_ALTERED)
    release = {
        platform: msgspec.structs.replace(asset, sha256=found.get(platform, asset.sha256))
        for platform, asset in made.release.items()
    }
    return Renewed(tool=msgspec.structs.replace(made, release=release), files=files)


def newer(locked: str, found: str) -> str:
    """Return the newer of two versions: an index that is behind takes nothing back."""
    try:
        return found if Version(found) > Version(locked) else locked
    except InvalidVersion:
        return locked


def _unreached(name: str, what: str, error: PenstockError) -> Unreached:
    return Unreached(tool=name, what=what, reason=error.message)
