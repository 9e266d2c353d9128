"""The tool lock: which scanners, in which versions, made from what."""

import hashlib
import platform
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, TypeVar

import msgspec

from pipeline import resources
from pipeline.errors import PenstockError, UsageError
from pipeline.model.denied import DeniedTool, denial

T = TypeVar("T")

_LAYOUT: Final = 1
"""Raised when installations are laid out in another way, so that older ones no longer count."""
_ABOUT: Final = ("source", "released", "signer", "checksums", "hosts")
"""Keys that say where a tool comes from and who vouches for it: they change nothing in it."""
_REPAIR: Final = "the lock is part of Penstock: restore it from its release or its repository"

_REQUIRED: Final = re.compile(r"^(?:\t|require )([^\s()]+) (v\d\S*)", re.MULTILINE)
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)

_Word: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")]
_Digest: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]


class VenvTool(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="venv",
    tag_field="kind",
    forbid_unknown_fields=True,
):
    """A Python distribution in a virtual environment of its own."""

    version: _Word
    source: str
    """Its package URL, without the version."""
    released: date
    """The day on which its publisher released this version, in UTC."""
    program: _Word
    """What it is started by, in the environment's `bin`."""
    requirements: _Word
    """The hash-locked file that lists it and all it needs."""


class Asset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A released archive that holds the program."""

    url: str
    sha256: _Digest
    """Hex digits; empty where the archive must not be used."""


class Signer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who has to have signed a released archive, as Sigstore's certificates name it."""

    issuer: str
    identity: str
    """The subject alternative name, whole."""


class GoTool(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="go",
    tag_field="kind",
    forbid_unknown_fields=True,
):
    """A Go program: its released archive, or the same built from source."""

    version: _Word
    source: str
    """The package URL of its module, without the version."""
    released: date
    """The day on which its publisher released this version, in UTC."""
    program: _Word
    module: _Word
    """The folder of `go.mod` and `go.sum`, beside the lock."""
    package: str
    go: _Word
    """The oldest Go that builds it."""
    compiler: _Word
    """The hash-locked file that brings Go where there is none."""
    flags: tuple[str, ...]
    ldflags: str
    environment: dict[str, str]
    built_mb: int
    """Memory to have free while it is built."""
    checksums: _Word
    """The file beside a released archive that lists the digests of all."""
    hosts: tuple[str, ...]
    """Where a released archive may come from, redirects included."""
    signer: Signer | None = None
    """None where the publisher signs nothing: the locked digest alone vouches for an archive."""
    release: dict[str, Asset]
    """By platform, as `platform_tag` writes it."""


LockedTool: TypeAlias = VenvTool | GoTool


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of `tools.lock`."""

    schema: Literal["penstock/tools-lock@1"]
    tools: dict[_Word, LockedTool]


class _DeniedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of `denied.toml`."""

    schema: Literal["penstock/denied-tools@1"]
    denied: tuple[DeniedTool, ...]


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """The folders of a lock and of what it names."""

    tools: Path
    """`tools.lock`, `denied.toml`, and the module files of what is built."""
    requirements: Path
    """The hash-locked files of Python tools."""


def shipped() -> Home:
    """Return the folders that ship with Penstock."""
    return Home(tools=resources.tools(), requirements=resources.requirements())


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """The lock as read. Order of `tools` is order in every listing."""

    tools: dict[str, LockedTool]
    denied: tuple[DeniedTool, ...]
    home: Home | None = None
    """None: what ships with Penstock."""

    def tool(self, name: str) -> LockedTool:
        """Return what the lock says of a tool."""
        try:
            return self.tools[name]
        except KeyError:
            known = ", ".join(self.tools)
            raise UsageError(f"there is no tool called {name!r}", hint=f"one of: {known}") from None

    def denial(self, name: str, denied: Iterable[DeniedTool] | None = None) -> DeniedTool | None:
        """Return why a tool, or a package that comes with it, must not run; None for neither.

        By the list beside the lock, or by another one.
        """
        tool, known = self.tool(name), self.denied if denied is None else tuple(denied)
        brought = pins(tool, self.home) if known else ()
        listed = (denial(known, *one) for one in ((name, tool.version), *brought))
        return next((one for one in listed if one is not None), None)


def read(home: Home | None = None) -> Lock:
    """Read the lock that ships with Penstock, or another one, and the deny list beside it."""
    folder = (home or shipped()).tools
    place = folder / "tools.lock"
    lock = _converted(place, _File)
    if not lock.tools:
        raise PenstockError(f"{place}: it lists no tools", hint=_REPAIR)
    return Lock(tools=lock.tools, denied=denied(folder), home=home)


def denied(folder: Path | None = None) -> tuple[DeniedTool, ...]:
    """Read the deny list that ships with Penstock, or that of another folder."""
    return _converted((folder or resources.tools()) / "denied.toml", _DeniedFile).denied


def _converted(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), kind)
    except OSError as exc:
        raise PenstockError(f"{path}: {exc.strerror or exc}", hint=_REPAIR) from exc
    except (ValueError, RecursionError) as exc:
        raise PenstockError(f"{path}: {exc}", hint=_REPAIR) from exc


def pins(tool: LockedTool, home: Home | None = None) -> tuple[tuple[str, str], ...]:
    """List the packages that come with a tool: name and version, as they are locked."""
    said = _input(inputs(tool, home)[0])
    match tool:
        case VenvTool():
            return pinned(said)
        case GoTool():
            return required(said)


def pinned(requirements: bytes) -> tuple[tuple[str, str], ...]:
    """List the packages of a hash-locked file."""
    return tuple(_PIN.findall(requirements.decode("utf-8", "replace")))


def required(module: bytes) -> tuple[tuple[str, str], ...]:
    """List the modules of a `go.mod`."""
    return tuple(_REQUIRED.findall(module.decode("utf-8", "replace")))


def inputs(tool: LockedTool, home: Home | None = None) -> tuple[Path, ...]:
    """Return the committed files that say what an installation is made of."""
    place = home or shipped()
    match tool:
        case VenvTool(requirements=name):
            return (place.requirements / name,)
        case GoTool(module=folder):
            module = place.tools / folder
            return module / "go.mod", module / "go.sum"


def made_from(name: str, tool: LockedTool, home: Home | None = None) -> str:
    """Return the digest over all that decides what is installed, as 64 hex digits.

    It is known before anything is installed, so it can name the folder.
    """
    facts = (str(_LAYOUT), platform_tag(), name, hashlib.sha256(recipe(tool)).hexdigest())
    return _digest((*facts, *(_input_digest(path) for path in inputs(tool, home))))


def recipe(tool: LockedTool) -> bytes:
    """Return what of an entry decides what is installed."""
    said = msgspec.to_builtins(tool, order="deterministic")
    return msgspec.json.encode({key: said[key] for key in said if key not in _ABOUT})


def origin(tool: LockedTool) -> str:
    """Say in a few words what a tool is made from on this platform."""
    match tool:
        case VenvTool():
            return "locked packages"
        case GoTool():
            asset = tool.release.get(platform_tag())
            return "signed release" if asset is not None and asset.sha256 else "built from source"


def folder_name(name: str, tool: LockedTool, home: Home | None = None) -> str:
    """Return the name of the folder that an installation of this tool has."""
    return f"{name}-{tool.version}-{made_from(name, tool, home)[:12]}"


def platform_tag() -> str:
    """Return the platform as the lock writes it, such as `linux-x86_64`."""
    return f"{platform.system()}-{platform.machine()}".lower()


def selected(lock: Lock, names: Iterable[str]) -> Mapping[str, LockedTool]:
    """Return the named tools in the lock's order; all of them where none is named."""
    wanted = set(names)
    for name in sorted(wanted):
        lock.tool(name)
    return {name: tool for name, tool in lock.tools.items() if not wanted or name in wanted}


def _input_digest(path: Path) -> str:
    return hashlib.sha256(_input(path)).hexdigest()


def _input(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise PenstockError(f"{path}: {exc.strerror or exc}", hint=_REPAIR) from exc


def _digest(words: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
