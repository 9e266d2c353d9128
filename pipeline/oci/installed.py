"""What a system's own records say is installed: by name, with version and programs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from pipeline.oci import kept, places
from pipeline.oci.overlay import Overlay
from pipeline.oci.tar import Member

_INFO: Final = "var/lib/dpkg/info/"
_DIVERSIONS: Final = 3
"""Lines of each: what is diverted, where to, and by whom."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An installed package."""

    name: str
    version: str
    form: str
    """Whose list it stands in: dpkg's, apk's or rpm's."""
    architecture: str = ""
    programs: frozenset[str] = frozenset()
    """Where its programs and libraries should lie, wherever `/usr` is merged."""
    lists: tuple[str, ...] = ()
    """Where its list of files may lie; none where one file lists everything."""


def records(files: Mapping[str, bytes]) -> tuple[Record, ...]:
    """Read every installed package of dpkg, apk and rpm, once for each time it is installed."""
    found: list[Record] = []
    for name, data in files.items():
        if places.is_status(name):
            found.extend(_dpkg(name, data, files))
        elif name in places.APK:
            found.extend(_apk(data))
        elif name in places.RPM:
            found.extend(_rpm(data))
    return tuple(found)


def unlisted(view: Overlay, installed: Iterable[Record]) -> Iterator[str]:
    """Name programs in the system's folders that are no listed package's.

    A list of files is one too, when its package is not in the list of packages.
    """
    brought = {program for record in installed for program in record.programs}
    brought |= set(_diverted(view.files.get(places.DIVERSIONS, b""), brought))
    yield from _strays(view.files)
    for path in view.files:
        if places.may_be_program(path) and places.merged(path) not in brought:
            yield path


def _strays(files: Mapping[str, bytes]) -> Iterator[str]:
    """Name dpkg's lists of files of packages that it has no word about, installed or not."""
    if (status := files.get(places.STATUS)) is None:
        return
    known = set(_values(status, b"Package:"))
    for path in filter(places.is_list, files):
        if path.removeprefix(_INFO).removesuffix(places.LIST).partition(":")[0] not in known:
            yield path


def restated(
    before: Iterable[Record], after: Iterable[Record], layer: Sequence[Member], there: set[str]
) -> Iterator[str]:
    """Name packages of which a layer says another version, and brings along nothing of it.

    Whoever installs a package writes its files: who writes the list alone makes it up. Of files,
    programs alone are noted (`there` has those of any layer): a package of scripts, links
    and settings is known by its list of files, and where there is none, is believed.
    """
    told: dict[tuple[str, str], list[str]] = {}
    for record in before:
        told.setdefault((record.name, record.architecture), []).append(record.version)
    here = {member.path for member in layer}
    written = {places.merged(path) for path in here if places.may_be_program(path)}
    for one in after:
        was = told.get((one.name, one.architecture), [one.version])
        if one.version not in was and not _is_brought(one, there, here, written):
            yield f"{one.name} {was[-1]} as {one.version}"


def _is_brought(one: Record, there: set[str], here: set[str], written: set[str]) -> bool:
    if programs := one.programs & there:
        return not programs.isdisjoint(written)
    return not one.lists or not here.isdisjoint(one.lists)


def _dpkg(path: str, data: bytes, files: Mapping[str, bytes]) -> Iterator[Record]:
    every = path != places.STATUS
    for stanza in data.replace(b"\r\n", b"\n").split(b"\n\n"):
        status = next(_values(stanza, b"Status:"), "installed" if every else "")
        if status.split()[-1:] != ["installed"]:
            continue
        version = next(_values(stanza, b"Version:"), "")
        architecture = next(_values(stanza, b"Architecture:"), "")
        for name in _values(stanza, b"Package:"):
            stems = (f"{_INFO}{name}", f"{_INFO}{name}:{architecture}")
            lists = (f"{path}.md5sums",) if every else tuple(stem + places.LIST for stem in stems)
            yield Record(
                name=name,
                version=version,
                form="dpkg",
                architecture=architecture,
                programs=frozenset(_programs(lists, files)),
                lists=lists,
            )


def _programs(lists: Iterable[str], files: Mapping[str, bytes]) -> Iterator[str]:
    for one in lists:
        for line in files.get(one, b"").splitlines():
            path = places.named(one, line)
            if places.may_be_program(path):
                yield places.merged(path)


def _apk(data: bytes) -> Iterator[Record]:
    for stanza in data.split(b"\n\n"):
        told = (path.decode("utf-8", "surrogateescape") for path in apk_files(stanza))
        programs = frozenset(places.merged(one) for one in told if places.may_be_program(one))
        version = next(_values(stanza, b"V:"), "")
        for name in _values(stanza, b"P:"):
            yield Record(name=name, version=version, form="apk", programs=programs)


def _rpm(data: bytes) -> Iterator[Record]:
    for one in kept.rpm(data) or ():
        programs = (places.merged(path) for path in one.files if places.may_be_program(path))
        yield Record(
            name=one.name,
            version=one.version,
            form="rpm",
            architecture=one.architecture,
            programs=frozenset(programs),
        )


def files(view: Mapping[str, bytes]) -> frozenset[str]:
    """Name every file that a package's list names, wherever `/usr` is merged."""
    return frozenset(
        places.merged(path) for name, data in view.items() for path in listed(name, data)
    )


def listed(name: str, data: bytes) -> Iterable[str]:
    """Name the files that stand in a list of files, or in a list of packages with their files."""
    if places.is_list(name) or places.is_sums(name):
        return (places.named(name, line) for line in data.splitlines())
    if name in places.APK:
        return (one.decode("utf-8", "surrogateescape") for one in apk_files(data))
    if name in places.RPM:
        return (path for one in kept.rpm(data) or () for path in one.files)
    return ()


def unread(files: Mapping[str, bytes]) -> Iterator[str]:
    """Name databases of rpm that cannot be read, or only in part."""
    for path, data in files.items():
        broken = path in places.RPM and kept.rpm(data) is None
        if broken or (path in places.RPM_AHEAD and data):
            yield path


def apk_files(data: bytes) -> Iterator[bytes]:
    """Name the files that stand in Alpine's list, or in one package's part of it."""
    folder = b""
    for line in data.splitlines():
        if line.startswith(b"F:"):
            folder = line[2:]
        elif line.startswith(b"R:"):
            yield folder + b"/" + line[2:] if folder else line[2:]


def _diverted(data: bytes, listed: set[str]) -> Iterator[str]:
    """Name where listed programs lie because another package took their place."""
    lines = data.decode("utf-8", "surrogateescape").splitlines()
    for origin, place in zip(lines[::_DIVERSIONS], lines[1::_DIVERSIONS], strict=False):
        if places.merged(origin.lstrip("/")) in listed:
            yield places.merged(place.lstrip("/"))


def _values(data: bytes, key: bytes) -> Iterator[str]:
    return (
        line[len(key) :].strip().decode("utf-8", "replace")
        for line in data.splitlines()
        if line.startswith(key)
    )
