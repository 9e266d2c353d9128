"""Files by which a build of a language knows its packages, and that no scanner of images reads.

`Cargo.lock` and .NET's locks are none of them: Trivy reads those in images too.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from typing import Final

PYTHON: Final = "Python"
_NAMES: Final[Mapping[str, str]] = {
    "Gemfile.lock": "Ruby",
    "Package.resolved": "Swift",
    "Pipfile.lock": PYTHON,
    "Podfile.lock": "Swift",
    "build.sbt.lock": "Java",
    "buildscript-gradle.lockfile": "Java",
    "bun.lock": "Node.js",
    "bun.lockb": "Node.js",
    "composer.lock": "PHP",
    "conan.lock": "C++",
    "gems.locked": "Ruby",
    "go.mod": "Go",
    "go.sum": "Go",
    "gradle.lockfile": "Java",
    "mix.lock": "Elixir",
    "npm-shrinkwrap.json": "Node.js",
    "package-lock.json": "Node.js",
    "pdm.lock": PYTHON,
    "pnpm-lock.yaml": "Node.js",
    "poetry.lock": PYTHON,
    "pubspec.lock": "Dart",
    "uv.lock": PYTHON,
    "yarn.lock": "Node.js",
}
_REQUIREMENTS: Final = "requirements"
_TEXTS: Final = frozenset({"txt", "in", "pip"})
_PYLOCK: Final = re.compile(r"pylock(?:\.[^.]+)?\.toml")
_NAMED: Final = re.compile(
    rb"\s*(?:-[-a-z]|\.{1,2}/|[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\]\s*)?(?:[(=<>~!;@#\\]|\Z)"
    rb"|[a-z+]+://)"
)
"""A line that names a requirement, or is an option; prose of that name has none."""
_INSTALLED: Final = re.compile(
    r"(?s:.*/)?(?:node_modules|site-packages|dist-packages|gems|vendor|go/pkg/mod"
    r"|(?:mini|ana)?conda\d*/pkgs)/"
)
"""Where package managers put packages, with whatever those were built from."""
_OF_THE_SYSTEM: Final = re.compile(
    r"(?:usr/(?:local/)?)?(?:s?bin|lib(?:x?32|64|exec)?)/|usr/(?:local/)?include/|usr/local/go/"
    r"|usr/(?:local/)?share/(?!nginx/)"
    r"|(?:boot|dev|etc|proc|run|sys)/|var/(?:cache|lib|log)/|(?:root|home/[^/]+)/\.[^/]+/"
)
"""Where a distribution, an interpreter or a cache keeps its own."""
MAX_READ: Final = 1 << 20
"""Bytes: a longer list is one, whatever stands in it."""
THERE: Final = b""
EMPTY: Final = b"-"
"""What stands for a file that names no package. It hides one of a layer below all the same."""


def ecosystem(path: str) -> str | None:
    """Return the language whose packages a file names; None for any other file."""
    if _INSTALLED.match(path) or _OF_THE_SYSTEM.match(path):
        return None
    name = path.rpartition("/")[2]
    if is_read(path) or _PYLOCK.fullmatch(name):
        return PYTHON
    return _NAMES.get(name)


def is_read(path: str) -> bool:
    """Say whether its content tells whether it names any package."""
    folder, _, name = path.lower().rpartition("/")
    stem, _, ending = name.rpartition(".")
    if ending in _TEXTS and _REQUIREMENTS in folder.split("/"):
        return True
    return _REQUIREMENTS in stem and ending in {*_TEXTS, "lock"}


def cut(data: bytes) -> bytes:
    """Keep of a list of requirements whether there is one in it; what is no text may hold any."""
    text = data.removeprefix(BOM_UTF8)
    named = b"\0" in text or any(map(_NAMED.match, text.splitlines()))
    return THERE if named else EMPTY


def left(files: Mapping[str, bytes]) -> Iterator[str]:
    """Name those that name packages, of all files that are noted."""
    return (path for path, data in files.items() if data != EMPTY and ecosystem(path))
