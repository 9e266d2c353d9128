"""Reads lock files: uv.lock, poetry.lock, pdm.lock, pylock.toml and Pipfile.lock."""

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from pipeline.inventory.text import said
from pipeline.model.gap import GapReason

_PLACE: Final = re.compile(r"line (\d+)")
_HEAD: Final = re.compile(r"\[\[[ \t]*packages?[ \t]*\]\]")
_P = TypeVar("_P")


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """One package that a lock names."""

    name: str
    version: str
    """Exact by PEP 440; empty where `problem` says why there is none to ask for."""
    marker: str = ""
    line: int = 0
    problem: GapReason | None = None
    detail: str = ""


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """A whole lock."""

    packages: tuple[Locked, ...]
    projects: tuple[str, ...] = ()
    """Folders of this tree, relative to the lock, whose projects it locks."""
    homes: Mapping[str, str] = {}
    """By name, the folder of each project of this tree, relative to the lock: its code is here, so
    no database is asked for it."""

    @property
    def own(self) -> tuple[str, ...]:
        """Names of those projects."""
        return tuple(self.homes)


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """The file cannot be read as the lock that its name says."""

    line: int
    detail: str


class _Source(msgspec.Struct, frozen=True, kw_only=True):
    """Of a package in uv.lock (one key says it), poetry.lock (`type`) or pylock.toml."""

    kind: str = msgspec.field(default="", name="type")
    url: str | None = None
    registry: str | None = None
    git: object = None
    path: str | None = None
    directory: str | None = None
    editable: str | None = None
    virtual: str | None = None


class _UvPackage(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: str | None = None
    source: _Source
    markers: tuple[str, ...] = msgspec.field(default=(), name="resolution-markers")


class _Uv(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    packages: tuple[_UvPackage, ...] = msgspec.field(name="package")


class _PoetryPackage(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: str
    source: _Source = _Source()
    markers: str | dict[str, str] = ""
    marker: str = ""
    git: str | None = None
    url: str | None = None
    path: str | None = None


class _Poetry(msgspec.Struct, frozen=True, kw_only=True):
    metadata: dict[str, object]
    packages: tuple[_PoetryPackage, ...] = msgspec.field(name="package")


class _PylockPackage(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: str | None = None
    marker: str = ""
    vcs: dict[str, object] | None = None
    directory: _Source | None = None
    archive: dict[str, object] | None = None


class _Pylock(msgspec.Struct, frozen=True, kw_only=True):
    version: str = msgspec.field(name="lock-version")
    packages: tuple[_PylockPackage, ...]


class _PipfilePackage(msgspec.Struct, frozen=True, kw_only=True):
    version: str = ""
    markers: str = ""
    git: str | None = None
    file: str | None = None
    path: str | None = None


def read(form: str, folder: str, text: str) -> Lock | Broken:
    """Read a lock that lies in a folder of the tree."""
    try:
        return _READERS[form](folder, text)
    except tomllib.TOMLDecodeError as exc:
        found = _PLACE.search(str(exc))
        return Broken(line=int(found[1]) if found else 0, detail=said(f"no TOML: {exc}"))
    except (msgspec.DecodeError, RecursionError, ValueError) as exc:
        return Broken(line=0, detail=said(f"no {form}: {exc}"))


def _uv(folder: str, text: str) -> Lock:
    document = msgspec.convert(tomllib.loads(text), _Uv)
    packages, projects, homes = [], [], dict[str, str]()
    for line, package in _with_lines(document.packages, text):
        source = package.source
        place = source.editable or source.virtual or source.directory
        if place is not None and _is_inside(folder, place):
            projects.append(place)
            homes[canonicalize_name(package.name)] = place
            continue
        marker = " or ".join(f"({one})" for one in package.markers)
        found = _locked(package.name, package.version, marker, line)
        packages.append(found if source.registry is not None else _elsewhere(found))
    return Lock(packages=tuple(packages), projects=tuple(projects), homes=homes)


def _poetry(folder: str, text: str) -> Lock:
    document = msgspec.convert(tomllib.loads(text), _Poetry)
    packages, homes = [], dict[str, str]()
    for line, package in _with_lines(document.packages, text):
        source = package.source
        place = source.url if source.kind == "directory" else None
        if place is not None and _is_inside(folder, place):
            homes[canonicalize_name(package.name)] = place
            continue
        marker = package.markers if isinstance(package.markers, str) else ""
        found = _locked(package.name, package.version, marker or package.marker, line)
        # `legacy` is another index that serves packages by name and version.
        foreign = source.kind not in ("", "legacy") or package.git or package.url or package.path
        packages.append(_elsewhere(found) if foreign else found)
    return Lock(packages=tuple(packages), projects=(".",), homes=homes)


def _pylock(folder: str, text: str) -> Lock:
    document = msgspec.convert(tomllib.loads(text), _Pylock)
    packages, homes = [], dict[str, str]()
    for line, package in _with_lines(document.packages, text):
        place = package.directory.path if package.directory else None
        if place is not None and _is_inside(folder, place):
            homes[canonicalize_name(package.name)] = place
            continue
        found = _locked(package.name, package.version, package.marker, line)
        foreign = (package.vcs, package.directory, package.archive) != (None, None, None)
        packages.append(_elsewhere(found) if foreign else found)
    return Lock(packages=tuple(packages), projects=(".",), homes=homes)


def _pipfile(folder: str, text: str) -> Lock:
    document = msgspec.json.decode(text, type=dict[str, dict[str, msgspec.Raw]])
    if "_meta" not in document:
        raise ValueError("it has no _meta")
    packages, homes = [], dict[str, str]()
    for group, members in document.items():
        for name, raw in members.items() if group != "_meta" else ():
            package = msgspec.json.decode(raw, type=_PipfilePackage)
            if package.path is not None and _is_inside(folder, package.path):
                homes[canonicalize_name(name)] = package.path
                continue
            found = _locked(name, package.version.removeprefix("=="), package.markers, 0)
            foreign = package.git or package.file or package.path
            packages.append(_elsewhere(found) if foreign else found)
    return Lock(packages=tuple(packages), projects=(".",), homes=homes)


_READERS: Final[Mapping[str, Callable[[str, str], Lock]]] = {
    "uv.lock": _uv,
    "poetry.lock": _poetry,
    "pdm.lock": _poetry,
    "pylock.toml": _pylock,
    "Pipfile.lock": _pipfile,
}
FORMS: Final = frozenset(_READERS)


def _with_lines(packages: tuple[_P, ...], text: str) -> Iterator[tuple[int, _P]]:
    """Give each package the line of its `[[package]]`, where all are written like that."""
    starts = [n for n, line in enumerate(text.split("\n"), 1) if _HEAD.match(line)]
    lines = starts if len(starts) == len(packages) else [0] * len(packages)
    return zip(lines, packages, strict=True)


def _locked(name: str, version: str | None, marker: str, line: int) -> Locked:
    problem, detail, exact = None, "", ""
    try:
        exact = str(Version(version or ""))
    except InvalidVersion:
        problem = GapReason.UNPINNED if not version else GapReason.PARSE_ERROR
        detail = f"{version!r} is no version" if version else "the lock gives no version"
    return Locked(
        name=said(canonicalize_name(name)),
        version=exact,
        marker=said(marker),
        line=line,
        problem=problem,
        detail=said(detail),
    )


def _elsewhere(package: Locked) -> Locked:
    return msgspec.structs.replace(
        package,
        version="",
        problem=GapReason.UNSUPPORTED,
        detail="comes from a repository, a URL or a folder: no database knows it by its version",
    )


def _is_inside(folder: str, place: str) -> bool:
    """Say whether a lock's path stays in the tree: that code is looked at where it lies."""
    if posixpath.isabs(place):
        return False
    joined = posixpath.normpath(posixpath.join(folder, place))
    return joined != ".." and not joined.startswith("../")
