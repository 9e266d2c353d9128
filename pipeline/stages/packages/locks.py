"""A light reading of other ecosystems' locks: what they pin, and whose members they name.

Trivy's inventory of a lock may lack what the lock pins: an alias under its own name, a package of
a folder that nothing links. Here the names are read once more, to be held against it.
"""

import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

_MODULES: Final = "node_modules/"
_YARN_HEAD: Final = re.compile(r'^"?((?:@[^@/\s"]+/)?[^@\s"]+)@(.*?):?$')
_YARN_RESOLUTION: Final = re.compile(r'^  resolution: "((?:@[^@/]+/)?[^@]+)@([\w+]+):([^"]*)"$')
_ALIAS: Final = re.compile(r"npm:((?:@[^@/]+/)?[^@/]+)(?:@.*)?")
_LOCAL: Final = ("workspace", "link", "portal", "file", "patch")
"""How yarn says that the code is in this tree; a patch stands beside what it patches."""
_PNPM_MEMBERS: Final = re.compile(r"^importers:\n((?:[ ].*\n|\n)*)", re.MULTILINE)
_PNPM_MEMBER: Final = re.compile(r"^  ['\"]?([^\s'\"].*?)['\"]?:", re.MULTILINE)
_BUN_MEMBERS: Final = re.compile(r'^  "workspaces": \{\n((?:    .*\n)*)', re.MULTILINE)
_BUN_MEMBER: Final = re.compile(r'^    "([^"]*)": \{', re.MULTILINE)
_PLATFORM: Final = re.compile(r"(?:php|hhvm|composer)(?:-\w+)*|(?:ext|lib)-.+")
_WORD: Final = re.compile(r"[\w.-]")
UNREADABLE: Final = (ValueError, TypeError, AttributeError, KeyError, RecursionError)
"""What a document of another shape makes these readers say."""

Names: TypeAlias = frozenset[str]
Json: TypeAlias = Any  # whatever a lock of a stranger holds


class NotReadError(ValueError):
    """A file of a known form that cannot be read here, whatever others make of it."""


def pinned(base: str, text: str) -> Names:
    """Return the names of all packages that a lock pins; none of a form that is not known here.

    Raises NotReadError.
    """
    return _read(_PINNED, base, text)


def members(base: str, text: str) -> Names:
    """Return the folders that a lock names as parts of its project; of Cargo, their names."""
    try:
        return _read(_MEMBERS, base, text)
    except NotReadError:
        return frozenset()


def wanted(base: str, text: str) -> Names:
    """Return the names that a manifest asks for and that a lock beside it must know.

    Raises NotReadError.
    """
    return _read(_WANTED, base, text)


def crate(text: str) -> str:
    """Return the name of the package that a Cargo.toml describes."""
    try:
        return str(tomllib.loads(text)["package"]["name"])
    except UNREADABLE:
        return ""


_Reader: TypeAlias = Callable[[str], Iterator[str]]


def _read(readers: Mapping[str, _Reader], base: str, text: str) -> Names:
    reader = readers.get(base)
    try:
        return frozenset() if reader is None else frozenset(reader(text))
    except UNREADABLE as exc:
        raise NotReadError(base) from exc


def _npm_pinned(text: str) -> Iterator[str]:
    lock = json.loads(text)
    for path, package in (lock.get("packages") or {}).items():
        if _MODULES in path and not package.get("link"):
            yield package.get("name") or path.rpartition(_MODULES)[2]
    yield from _npm_nested(lock.get("dependencies") or {})


def _npm_nested(packages: Json) -> Iterator[str]:
    """Read the older form, which newer locks may hold as well."""
    for name, package in packages.items():
        version = str(package.get("version", ""))
        alias = _ALIAS.fullmatch(version)
        if not version.startswith("file:"):
            yield alias[1] if alias else name
        yield from _npm_nested(package.get("dependencies") or {})


def _npm_members(text: str) -> Iterator[str]:
    paths = json.loads(text).get("packages") or {}
    return (path for path in paths if path and _MODULES not in path)


def _yarn_pinned(text: str) -> Iterator[str]:
    """Read both forms; the newer says in `resolution` what an entry really is."""
    for entry in re.split(r"\n(?=\S)", text):
        head, *lines = entry.strip("\n").split("\n")
        resolved = next((m for line in lines if (m := _YARN_RESOLUTION.match(line))), None)
        if resolved:
            if resolved[2] not in _LOCAL:
                yield resolved[1]
        elif (found := _YARN_HEAD.match(head.partition(",")[0].strip())) and lines:
            source = found[2].strip('"')
            if source.partition(":")[0] not in _LOCAL:
                alias = _ALIAS.fullmatch(source)
                yield alias[1] if alias and "@" in source else found[1]


def _yarn_members(text: str) -> Iterator[str]:
    return (match[1] for match in re.finditer(r'@workspace:([^"\n]+)"', text))


def _pnpm_members(text: str) -> Iterator[str]:
    found = _PNPM_MEMBERS.search(text)
    return iter(_PNPM_MEMBER.findall(found[1]) if found else ())


def _bun_members(text: str) -> Iterator[str]:
    found = _BUN_MEMBERS.search(text)
    return iter(_BUN_MEMBER.findall(found[1]) if found else ())


def _cargo(text: str, *, ours: bool) -> Iterator[str]:
    for package in tomllib.loads(text)["package"]:
        if ours is ("source" not in package):
            yield package["name"]


def _composer_pinned(text: str) -> Iterator[str]:
    lock = json.loads(text)
    for key in ("packages", "packages-dev"):
        yield from (package["name"] for package in lock.get(key) or ())


def _npm_wanted(text: str) -> Iterator[str]:
    manifest = json.loads(text)
    for key in ("dependencies", "devDependencies", "optionalDependencies"):
        for name, wish in (manifest.get(key) or {}).items():
            if str(wish).partition(":")[0] not in _LOCAL:
                yield name


def _composer_wanted(text: str) -> Iterator[str]:
    manifest = json.loads(text)
    for key in ("require", "require-dev"):
        yield from (n for n in manifest.get(key) or {} if not _PLATFORM.fullmatch(n))


def _cargo_wanted(text: str) -> Iterator[str]:
    manifest = tomllib.loads(text)
    targets = (manifest, *(manifest.get("target") or {}).values())
    for table in targets:
        for key in ("dependencies", "dev-dependencies", "build-dependencies"):
            for name, wish in (table.get(key) or {}).items():
                yield wish.get("package", name) if isinstance(wish, dict) else name


_PINNED: Final[Mapping[str, _Reader]] = {
    "package-lock.json": _npm_pinned,
    "yarn.lock": _yarn_pinned,
    "Cargo.lock": lambda text: _cargo(text, ours=False),
    "composer.lock": _composer_pinned,
}
_MEMBERS: Final[Mapping[str, _Reader]] = {
    "package-lock.json": _npm_members,
    "yarn.lock": _yarn_members,
    "pnpm-lock.yaml": _pnpm_members,
    "bun.lock": _bun_members,
    "Cargo.lock": lambda text: _cargo(text, ours=True),
}
_WANTED: Final[Mapping[str, _Reader]] = {
    "package.json": _npm_wanted,
    "composer.json": _composer_wanted,
    "Cargo.toml": _cargo_wanted,
}


def mentions(text: str, name: str) -> bool:
    """Say whether a lock has a word that is this name. A search by pattern would take too long."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not _WORD.match(text[at - 1 : at]) and not _WORD.match(text[end : end + 1]):
            return True
        at = text.find(name, at + 1)
    return False


def below(folder: str, above: str) -> str:
    """Return a folder as seen from one above it."""
    return posixpath.relpath(folder or ".", above or ".")
