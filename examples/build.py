"""Build the examples' images and feeds: no Docker, no root, and no network beside pip.

    python -m examples.build [shop] [shop-fixed]

An image is real wheels, held to the hashes in images/NAME.txt, over synthetic records of Debian
packages. Equal inputs give the same digest on every machine. What is already built is left alone.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from examples.support import advisories
from examples.support.oci_image import (
    Deb,
    Image,
    Layer,
    directory,
    dpkg,
    os_release,
    python_package,
    wheel,
    write_layout,
)
from pipeline.toolchain.process import capture

EXAMPLES: Final = Path(__file__).parent
NAMES: Final = ("shop", "shop-fixed")
_PLATFORMS: Final = ("manylinux_2_28_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64")
_STAMP: Final = ".made-from"
_PIP_SECONDS: Final = 600.0
_PIP_WORDS: Final = 1_000_000


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Python package of which the image has the metadata only."""

    name: str
    version: str


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What images/NAME.toml says of an image."""

    user: str
    debian: list[Deb]
    python: list[Recorded]


def main(arguments: Sequence[str]) -> None:
    """Build the named examples, or all of them."""
    unknown = sorted(set(arguments) - set(NAMES))
    if unknown:
        raise SystemExit(f"there is no example {', '.join(unknown)}")
    for name in arguments or NAMES:
        build_feeds(EXAMPLES / name / "feeds")
        print(f"{name}: {build_image(name, EXAMPLES / name / 'image')}")


def build_feeds(folder: Path) -> None:
    """Write a snapshot of every feed, unless they are there already."""
    stamp = _stamp(_sources(EXAMPLES / "feeds-source"))
    if _is_made(folder, stamp):
        return
    with replaced(folder, stamp) as fresh:
        advisories.write(fresh, advisories.read())


def build_image(name: str, folder: Path) -> str:
    """Write an example's image as `folder/layout`, unless it is there; return its digest."""
    recipe, locked = (EXAMPLES / "images" / f"{name}{suffix}" for suffix in (".toml", ".txt"))
    layout = folder / "layout"
    stamp = _stamp([recipe, locked, *_sources(EXAMPLES / name / "app")])
    if not _is_made(layout, stamp):
        wheels = _wheels(locked, folder / "_build" / "wheels")
        image = _image(recipe, wheels, EXAMPLES / name / "app")
        with replaced(layout, stamp) as fresh:
            write_layout(fresh, image)
    index = json.loads((layout / "index.json").read_bytes())
    return str(index["manifests"][0]["digest"])


def read_recipe(path: Path) -> Recipe:
    """Read images/NAME.toml."""
    return msgspec.convert(tomllib.loads(path.read_text()), type=Recipe)


def _image(recipe: Path, wheels: Iterable[Path], application: Path) -> Image:
    said = read_recipe(recipe)
    packages: Layer = {}
    for path in wheels:
        packages |= wheel(path)
    for package in said.python:
        packages |= python_package(package.name, package.version)
    return Image(
        layers=(
            os_release("debian", "12") | dpkg(*said.debian),
            packages,
            directory(application, "srv/shop/app"),
        ),
        user=said.user,
        command=("uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"),
        compression="none",  # gzip's bytes differ from one zlib to the next
    )


def _wheels(locked: Path, folder: Path) -> list[Path]:
    """Return the locked wheels, through pip as the user has set it up, and only those."""
    names = _stamp([locked])
    if not _is_made(folder, names):
        with replaced(folder, names) as fresh:
            _download(locked, fresh)
    return sorted(folder.glob("*.whl"))


def _download(locked: Path, folder: Path) -> None:
    platforms = [word for platform in _PLATFORMS for word in ("--platform", platform)]
    capture(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"),
            *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-input"),
            *("--python-version", "3.11", "--implementation", "cp", *platforms),
            *("--dest", str(folder), "--requirement", str(locked)),
        ],
        cwd=folder,
        env=os.environ,
        timeout=_PIP_SECONDS,
        limit=_PIP_WORDS,
    )


def _sources(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def _stamp(inputs: Iterable[Path]) -> str:
    """Return a digest over what something is made from, this program included."""
    total = hashlib.sha256()
    for path in (Path(__file__), *_sources(EXAMPLES / "support"), *inputs):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(EXAMPLES)} {content}\n".encode())
    return total.hexdigest()


def _is_made(folder: Path, stamp: str) -> bool:
    path = folder / _STAMP
    return path.is_file() and path.read_text() == stamp


@contextmanager
def replaced(folder: Path, stamp: str) -> Iterator[Path]:
    """Give a fresh folder, which takes the other's place when all went well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fresh-") as name:
        fresh = Path(name) / folder.name
        fresh.mkdir()
        yield fresh
        (fresh / _STAMP).write_text(stamp)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
