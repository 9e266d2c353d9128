"""Versions: which one a specifier fixes, and which lock fixes what a specifier leaves open."""

import posixpath
from collections.abc import Iterable, Mapping

import msgspec
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from pipeline.inventory import manifests
from pipeline.inventory.text import said


class Fixed(msgspec.Struct, frozen=True, kw_only=True):
    """A file that fixes versions, and for whom."""

    path: str
    folders: frozenset[str]
    """Of the projects that it locks."""
    versions: Mapping[str, tuple[str, ...]]
    own: frozenset[str] = frozenset()
    """Projects of this tree: nobody is asked for them."""
    is_lock: bool = True
    """Made by a tool; else a requirements file, which answers for a project only."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a range."""

    by: str = ""
    own: bool = False
    detail: str = ""


def exact(specifier: SpecifierSet) -> str | None:
    """Return the one version that a specifier allows, or None where it is a range."""
    named = [
        one.version
        for one in specifier
        if one.operator in ("==", "===") and not one.version.endswith(".*")
    ]
    if not named:
        return None
    try:
        version = Version(named[0])
    except InvalidVersion:
        return None
    return str(version) if allows(specifier, str(version)) else None


def allows(specifier: SpecifierSet, version: str) -> bool:
    """Say whether a version is in a range; pre-releases are, since somebody chose it."""
    return specifier.contains(version, prereleases=True)


def constrained(
    wanted: Requirement, constraints: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return (version, marker) of the constraints that fix a range."""
    return sorted(
        {
            (version, _both(str(wanted.marker or ""), marker))
            for version, marker in constraints
            if allows(wanted.specifier, version)
        }
    )


def answer(path: str, form: str, name: str, wanted: SpecifierSet, fixed: Iterable[Fixed]) -> Answer:
    """Find the lock that fixes a range which stands in a file."""
    misses: list[str] = []
    for lock in fixed:
        if not _answers(lock, path, form):
            continue
        if name in lock.own:
            return Answer(own=True)
        versions = lock.versions.get(name, ())
        if any(allows(wanted, version) for version in versions):
            return Answer(by=lock.path)
        if versions:
            misses.append(f"{lock.path} pins {', '.join(versions)}, which is not {wanted}")
    open_ended = f"a range ({wanted})" if str(wanted) else "any version"
    return Answer(detail=said("; ".join(misses) or f"{open_ended}, and no lock says which"))


def _answers(lock: Fixed, path: str, form: str) -> bool:
    folder = posixpath.dirname(path)
    if lock.path == path:
        return False
    if lock.is_lock:
        return folder in lock.folders
    if form == manifests.REQUIREMENTS:
        return path.endswith(".in") and lock.path == f"{path.removesuffix('.in')}.txt"
    beside = posixpath.dirname(lock.path)
    return beside in (folder, posixpath.join(folder, "requirements"))


def _both(one: str, other: str) -> str:
    if one and other and one != other:
        return f"({one}) and ({other})"
    return one or other
