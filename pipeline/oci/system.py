"""Which system an image holds, and its packages, by our own reading of the layers."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pipeline.model.inventory import System
from pipeline.oci import places
from pipeline.oci.overlay import Overlay, merged
from pipeline.oci.tar import Member

_SHOWN: Final = 50
"""Of paths that are named, not counted: a hostile image has any number."""


def read_system(layers: Sequence[Sequence[Member]]) -> System:
    """Merge the layers as a container would see them, whiteouts respected."""
    view = merged(layers)
    files = view.files
    claims = {
        " ".join(_release(member.data)): None
        for layer in layers
        for member in layer
        if member.path in places.RELEASES and member.data
    }
    text = next((files[name] for name in places.RELEASES if name in files), b"")
    family, release = _release(text)
    return System(
        family=family,
        release=release,
        claims=tuple(claims),
        packages=tuple(sorted(_packages(files))),
        described=tuple(sorted(_described(files))),
        linked=tuple(sorted(_linked(view)))[:_SHOWN],
        claimed=tuple(sorted(set(_claimed(files))))[:_SHOWN],
    )


def _release(text: bytes) -> tuple[str, str]:
    """Read ID and VERSION_ID of an os-release file."""
    values: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and key in {"ID", "VERSION_ID"}:
            values[key] = _unquoted(value)
    return values.get("ID", ""), values.get("VERSION_ID", "")


def _unquoted(value: str) -> str:
    try:
        return "".join(shlex.split(value))
    except ValueError:
        return value


def _packages(files: Mapping[str, bytes]) -> Iterable[str]:
    """Name every installed Debian and Alpine package, once for each time it is installed."""
    for name, data in files.items():
        if places.is_status(name):
            yield from _dpkg(data, every=name != places.STATUS)
        elif name in places.APK:
            yield from _stanza_names(data, b"P:")


def _dpkg(data: bytes, *, every: bool) -> Iterable[str]:
    for stanza in data.replace(b"\r\n", b"\n").split(b"\n\n"):
        status = next(_stanza_names(stanza, b"Status:"), "installed" if every else "")
        if status.split()[-1:] == ["installed"]:
            yield from _stanza_names(stanza, b"Package:")


def _stanza_names(data: bytes, key: bytes) -> Iterator[str]:
    return (
        line[len(key) :].strip().decode("utf-8", "replace")
        for line in data.splitlines()
        if line.startswith(key)
    )


def _described(files: Mapping[str, bytes]) -> Iterator[str]:
    return (name for name in files if places.is_python(name))


def _linked(view: Overlay) -> Iterator[str]:
    """Name links in place of what a scanner reads, unless they lead to what it reads as well."""
    for path, target in view.links.items():
        inside = (target, f"{target}/METADATA", f"{target}/PKG-INFO")
        read = any(one in view.files for one in (inside if path not in places.APK else places.APK))
        if path not in places.RELEASES and not read:
            yield path


def _claimed(files: Mapping[str, bytes]) -> Iterator[str]:
    """Name files of the packages that lie where no distribution puts any."""
    for name, data in files.items():
        if places.is_sums(name):
            paths: Iterable[bytes] = (line.partition(b"  ")[2] for line in data.splitlines())
        elif name in places.APK:
            paths = _apk_files(data)
        else:
            continue
        for path in paths:
            told = path.decode("utf-8", "replace")
            if told and not places.is_of_the_system(told):
                yield told


def _apk_files(data: bytes) -> Iterator[bytes]:
    folder = b""
    for line in data.splitlines():
        if line.startswith(b"F:"):
            folder = line[2:]
        elif line.startswith(b"R:"):
            yield folder + b"/" + line[2:] if folder else line[2:]
