"""The tool lock: which scanners, in which versions, made from what."""

import hashlib
import platform
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from pipeline import resources
from pipeline.errors import PenstockError, UsageError

_LAYOUT: Final = 1
"""Raised when installations are laid out in another way, so that older ones no longer count."""
_REPAIR: Final = "the lock is part of Penstock: restore it from its release or its repository"

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
    program: _Word
    """What it is started by, in the environment's `bin`."""
    requirements: _Word
    """The hash-locked file that lists it and all it needs."""


class Asset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A released archive that holds the program."""

    url: str
    sha256: _Digest
    """Hex digits; empty where the archive must not be used."""


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
    release: dict[str, Asset]
    """By platform, as `platform_tag` writes it."""


LockedTool: TypeAlias = VenvTool | GoTool


class Denied(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Versions that must never run, whatever vouches for them."""

    tool: _Word
    versions: tuple[_Word, ...]
    advisories: tuple[str, ...]
    reason: str


class Lock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lock as read. Order of `tools` is order in every listing."""

    schema: Literal["penstock/tools-lock@1"]
    tools: dict[_Word, LockedTool]
    denied: tuple[Denied, ...]

    def tool(self, name: str) -> LockedTool:
        """Return what the lock says of a tool."""
        try:
            return self.tools[name]
        except KeyError:
            known = ", ".join(self.tools)
            raise UsageError(f"there is no tool called {name!r}", hint=f"one of: {known}") from None

    def denial(self, name: str, version: str) -> Denied | None:
        """Return why this version must not run, or None where nothing speaks against it."""
        hits = (one for one in self.denied if one.tool == name and version in one.versions)
        return next(hits, None)


def read(path: Path | None = None) -> Lock:
    """Read the lock that ships with Penstock, or another one."""
    place = path or resources.tools() / "tools.lock"
    try:
        lock = msgspec.convert(tomllib.loads(place.read_text("utf-8")), Lock)
    except OSError as exc:
        raise PenstockError(f"{place}: {exc.strerror or exc}", hint=_REPAIR) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as exc:
        raise PenstockError(f"{place}: {exc}", hint=_REPAIR) from exc
    if not lock.tools:
        raise PenstockError(f"{place}: it lists no tools", hint=_REPAIR)
    return lock


def inputs(tool: LockedTool) -> tuple[Path, ...]:
    """Return the committed files that say what an installation is made of."""
    match tool:
        case VenvTool(requirements=name):
            return (resources.requirements() / name,)
        case GoTool(module=folder):
            module = resources.tools() / folder
            return module / "go.mod", module / "go.sum"


def made_from(name: str, tool: LockedTool) -> str:
    """Return the digest over all that decides what is installed, as 64 hex digits.

    It is known before anything is installed, so it can name the folder.
    """
    entry = msgspec.json.encode(tool, order="deterministic")
    facts = (str(_LAYOUT), platform_tag(), name, hashlib.sha256(entry).hexdigest())
    return _digest((*facts, *(_input_digest(path) for path in inputs(tool))))


def folder_name(name: str, tool: LockedTool) -> str:
    """Return the name of the folder that an installation of this tool has."""
    return f"{name}-{tool.version}-{made_from(name, tool)[:12]}"


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
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        raise PenstockError(f"{path}: {exc.strerror or exc}", hint=_REPAIR) from exc


def _digest(words: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
