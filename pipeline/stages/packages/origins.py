"""Which packages of other ecosystems' locks come from no index of packages.

What lies in a repository, at an address or in a packed file may be anything: no database knows it
by the name and version that its lock gives it.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from pipeline.stages.packages.locks import UNREADABLE, Json, NotReadError

_MODULES: Final = "node_modules/"
_ADDRESS: Final = re.compile(
    r"(?:git|github|gitlab|bitbucket|gist|ssh)[:+]|file:.*\.t(?:ar|gz)\b"
    r"|https?:(?!.*/(?:-|download)/)"
)
"""An index serves what it has below `-` or `download`; a folder is looked at in its place."""
_PNPM: Final = re.compile(r"^  ['\"]?(@?[^@\s'\"]+)@(?:https?:|git)", re.MULTILINE)
_SECTION: Final = re.compile(r"^GIT\n((?:[ ].*\n?|\n(?=[ ]))*)", re.MULTILINE)
_SPEC: Final = re.compile(r"^    (\S+) \(", re.MULTILINE)


def elsewhere(base: str, text: str) -> frozenset[str]:
    """Return the names of such packages; none of a form that is not known here.

    Raises NotReadError.
    """
    reader = _READERS.get(base)
    try:
        return frozenset() if reader is None else frozenset(reader(text))
    except UNREADABLE as exc:
        raise NotReadError(base) from exc


_Reader: TypeAlias = Callable[[str], Iterator[str]]


def _npm(text: str) -> Iterator[str]:
    lock = json.loads(text)
    for path, package in (lock.get("packages") or {}).items():
        if _MODULES in path and not package.get("link") and _is_address(package.get("resolved")):
            yield package.get("name") or path.rpartition(_MODULES)[2]
    yield from _npm_nested(lock.get("dependencies") or {})


def _npm_nested(packages: Json) -> Iterator[str]:
    """Read the older form, which says in the version where a package is from."""
    for name, package in packages.items():
        if _is_address(package.get("version")) or _is_address(package.get("resolved")):
            yield name
        yield from _npm_nested(package.get("dependencies") or {})


def _is_address(place: Json) -> bool:
    return _ADDRESS.match(str(place)) is not None


def _cargo(text: str) -> Iterator[str]:
    for package in tomllib.loads(text)["package"]:
        if str(package.get("source", "")).startswith("git+"):
            yield package["name"]


def _bundler(text: str) -> Iterator[str]:
    for section in _SECTION.findall(text):
        yield from _SPEC.findall(section)


_READERS: Final[Mapping[str, _Reader]] = {
    "Cargo.lock": _cargo,
    "Gemfile.lock": _bundler,
    "package-lock.json": _npm,
    "pnpm-lock.yaml": lambda text: iter(_PNPM.findall(text)),
}
