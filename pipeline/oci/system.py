"""Which system an image holds, and its packages, by our own reading of the layers."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pipeline.model.inventory import System
from pipeline.oci.tar import STATUS_D, WHITEOUT, Member

_RELEASES: Final = ("etc/os-release", "usr/lib/os-release")
_STATUS: Final = "var/lib/dpkg/status"
_APK: Final = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_OPAQUE: Final = ".wh..wh..opq"


def read_system(layers: Sequence[Sequence[Member]]) -> System:
    """Merge the layers as a container would see them, whiteouts respected."""
    files: dict[str, bytes] = {}
    claims: dict[str, None] = {}
    for layer in layers:
        _apply(files, layer)
        for member in layer:
            if member.path in _RELEASES and member.data:
                claims[" ".join(_release(member.data))] = None
    text = next((files[name] for name in _RELEASES if name in files), b"")
    family, release = _release(text)
    return System(
        family=family,
        release=release,
        claims=tuple(claims),
        packages=tuple(sorted(_packages(files))),
    )


def _apply(files: dict[str, bytes], layer: Iterable[Member]) -> None:
    """Put a layer on those below: its whiteouts hide what they hold, never its own files."""
    fresh: dict[str, bytes] = {}
    for member in layer:
        folder, _, base = member.path.rpartition("/")
        if base == _OPAQUE:
            _remove(files, folder)
        elif base.startswith(WHITEOUT):
            _remove(files, f"{folder}/{base.removeprefix(WHITEOUT)}".lstrip("/"))
        elif member.data is None:
            _remove(files, member.path)
            _remove(fresh, member.path)
        else:
            fresh[member.path] = member.data
    files.update(fresh)


def _remove(files: dict[str, bytes], path: str) -> None:
    gone = [name for name in files if not path or name == path or name.startswith(f"{path}/")]
    for name in gone:
        del files[name]


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
        if name == _STATUS or name.startswith(STATUS_D):
            yield from _dpkg(data, every=name != _STATUS)
        elif name in _APK:
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
