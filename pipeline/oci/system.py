"""Which system an image holds, and its packages, by our own reading of the layers."""

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from pipeline.model.inventory import System
from pipeline.oci import installed, locks, places, programs
from pipeline.oci.installed import Record
from pipeline.oci.overlay import Overlay, overlays
from pipeline.oci.tar import Member

_STREAM: Final = re.compile(r"(?:https*|ftp)://[0-9A-Za-z.-]+/alpine/v?([0-9A-Za-z_.-]+)/")
"""How Trivy reads a line of apk's repositories, comments too."""
_SHOWN: Final = 50
"""Of paths that are named, not counted: a hostile image has any number."""
_UNLISTED: Final = 5000
"""The same of programs: those in which Trivy found packages are taken out again."""


def read_system(layers: Sequence[Sequence[Member]]) -> System:
    """Merge the layers as a container would see them, whiteouts respected."""
    there = {
        places.merged(member.path)
        for layer in layers
        for member in layer
        if member.data is not None and places.may_be_program(member.path)
    }
    view = Overlay(files={}, links={})
    records: tuple[Record, ...] = ()
    restated: dict[str, None] = {}
    for layer, put in zip(layers, overlays(layers), strict=True):
        view = put
        if any(places.is_database(member.path) for member in layer):
            before, records = records, installed.records(view.files)
            restated |= dict.fromkeys(installed.restated(before, records, layer, there))
    files = view.files
    records = installed.records(files)
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
        streams=_streams(layers),
        packages=tuple(sorted(one.name for one in records)),
        forms=tuple(sorted({one.form for one in records})),
        elsewhere=_named(filter(places.is_elsewhere, files))[:_SHOWN],
        described=_named(_described(files)),
        linked=_named(_linked(view))[:_SHOWN],
        claimed=_named(_claimed(files))[:_SHOWN],
        unlisted=_named(installed.unlisted(view, records))[:_UNLISTED],
        of_go=_named(_of_go(files))[:_UNLISTED],
        restated=_named(restated)[:_SHOWN],
        unread=_named(installed.unread(files)),
        locks=_named(locks.left(files)),
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


def _streams(layers: Sequence[Sequence[Member]]) -> tuple[str, ...]:
    """Name the releases in the last list of repositories that names any, deleted or not."""
    for layer in reversed(layers):
        for member in layer:
            if member.path == places.REPOSITORIES and member.data:
                text = member.data.decode("utf-8", "replace")
                if named := {
                    one[1] for line in text.splitlines() for one in _STREAM.finditer(line)
                }:
                    return tuple(sorted(named))
    return ()


def _described(files: Mapping[str, bytes]) -> Iterator[str]:
    """Name what describes packages of languages, but for what the distribution's own brought."""
    told = [name for name in files if places.is_description(name)]
    own = set(filter(places.may_be_own, told))
    kept = set(_not_brought(own, files))
    yield from (name for name in told if name in kept or name not in own)


def _of_go(files: Mapping[str, bytes]) -> Iterator[str]:
    built = [name for name, data in files.items() if data == programs.OF_GO]
    return _not_brought(built, files)


def _not_brought(names: Collection[str], files: Mapping[str, bytes]) -> Iterator[str]:
    """Name those that no package of the system lists among its files."""
    brought = installed.files(files) if names else frozenset()
    return (name for name in names if places.merged(name) not in brought)


def _linked(view: Overlay) -> Iterator[str]:
    """Name links in place of what a scanner reads, unless they lead to what it reads as well."""
    for path, target in view.links.items():
        inside = (target, f"{target}/METADATA", f"{target}/PKG-INFO")
        places_read = next((one for one in (places.APK, places.RPM) if path in one), inside)
        read = any(one in view.files for one in places_read)
        if path not in places.RELEASES and not read:
            yield path


def _claimed(files: Mapping[str, bytes]) -> Iterator[str]:
    """Name files of the packages that lie where no distribution puts any."""
    for name, data in files.items():
        if not places.is_list(name):
            for path in installed.listed(name, data):
                if path and not places.is_of_the_system(path):
                    yield path


def _named(paths: Iterable[str]) -> tuple[str, ...]:
    """Return each name once, in order, as a scanner's report writes what is no UTF-8."""
    return tuple(sorted({places.shown(path) for path in paths}))
