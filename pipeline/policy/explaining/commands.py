"""How people take a package to another version, by the file that wants it.

To add a kind of manifest, add its line to BY_FILE.
"""

import posixpath
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

_POETRY: Final = "poetry add {name}=={to}"
_NPM: Final = "npm install {name}@{to}"
_GRADLE: Final = "edit {file}: {maven}:{to}"
BY_FILE: Final[Mapping[str, str]] = {
    "poetry.lock": _POETRY,
    "uv.lock": "uv lock --upgrade-package {name}=={to}",
    "pdm.lock": "pdm update --save-exact {name}=={to}",
    "Pipfile.lock": "pipenv upgrade {name}=={to}",
    "package-lock.json": _NPM,
    "npm-shrinkwrap.json": _NPM,
    "package.json": _NPM,
    "yarn.lock": "yarn upgrade {name}@{to}",
    "pnpm-lock.yaml": "pnpm update {name}@{to}",
    "bun.lock": "bun add {name}@{to}",
    "go.mod": "go get {name}@{v}{to}",
    "go.sum": "go get {name}@{v}{to}",
    "Cargo.lock": "cargo update -p {name} --precise {to}",
    "Gemfile.lock": "bundle update {name} --conservative",
    "composer.lock": "composer require {name}:{to}",
    "mix.lock": "mix deps.update {name}",
    "pubspec.lock": "dart pub upgrade {name}",
    "packages.lock.json": "dotnet add package {name} --version {to}",
    "pom.xml": _GRADLE,
    "gradle.lockfile": _GRADLE,
}
"""By the file's name; a folder other than the top is named beside it."""
SYSTEMS: Final[Mapping[str, str]] = {
    "deb": "apt-get upgrade",
    "apk": "apk upgrade",
    "rpm": "dnf upgrade",
    "alpm": "pacman -Syu",
}
"""What brings the packages of an operating system up to date, by type of purl."""


def upgrade(package: str, to: str, target: str, *, image: bool) -> str:
    """Say how a package, a purl without version, comes to a version in a target."""
    name = name_of(package)
    if image:
        return f"rebuild {target} with {pinned(package, to)}"
    folder, file = posixpath.split(target)
    form = BY_FILE.get(file)
    if form is None:
        return f"edit {target}: {pinned(package, to)}"
    maven = name.replace("/", ":")
    v = "" if to.startswith("v") else "v"
    said = form.format(name=name, to=to, file=target, maven=maven, v=v)
    return f"{said}  (in {folder})" if folder and "{file}" not in form else said


def rebuild(image: str, system: str) -> str:
    """Say how the packages of an operating system in an image come up to date."""
    return f"rebuild {image} on its updated base image, or with `{SYSTEMS[system]}`"


def name_of(package: str) -> str:
    """Return the name that the ecosystem's own tools use."""
    return unquote(package.removeprefix("pkg:").partition("/")[2])


def pinned(package: str, to: str) -> str:
    """Write name and version as a requirement."""
    sign = "==" if package.startswith("pkg:pypi/") else "@"
    return f"{name_of(package)}{sign}{to}"
