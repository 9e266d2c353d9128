"""A package's header: its name, version and files. What stands twice is read in two ways."""

import stat
from collections.abc import Iterator, Mapping
from struct import iter_unpack, unpack_from
from typing import Final, TypeAlias

import msgspec

from pipeline.oci.rpm.errors import UnreadableError

_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH = 1000, 1001, 1002, 1003, 1022
_OLD_NAMES, _MODES = 1027, 1030
_IN_FOLDER, _BASES, _FOLDERS = 1116, 1117, 1118
_WANTED: Final = frozenset({
    _NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _OLD_NAMES, _MODES, _IN_FOLDER, _BASES, _FOLDERS,
})  # fmt: skip
_INT16, _INT32, _STRINGS = ">H", ">I", frozenset({6, 8, 9})
_SIZES: Final = {3: _INT16, 4: _INT32}
_MOST: Final = 1 << 20
"""Entries and values of one header."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """An installed package, and the regular files that it brought."""

    name: str
    version: str
    """With epoch and release."""
    architecture: str
    files: tuple[str, ...]


Value: TypeAlias = bytes | int
Tags: TypeAlias = Mapping[int, tuple[Value, ...]]


def package(blob: bytes) -> Package:
    """Read a header. UnreadableError where it is broken, or gives something two values."""
    count, size = unpack_from(">II", blob)
    start = 8 + 16 * count
    if count > _MOST or len(blob) < start + size:
        raise UnreadableError("a header is cut")
    store = blob[start : start + size]
    tags: dict[int, tuple[Value, ...]] = {}
    for tag, kind, at, number in iter_unpack(">IIII", blob[8:start]):
        if tag in _WANTED:
            if tag in tags:
                raise UnreadableError("a header says something twice")
            tags[tag] = _values(store, kind, at, number)
    epoch = str(_first(tags, _EPOCH) or 0)
    version, release = _text(tags, _VERSION), _text(tags, _RELEASE)
    if not _text(tags, _NAME):
        raise UnreadableError("a package has no name")
    return Package(
        name=_text(tags, _NAME),
        version=f"{epoch}:{version}-{release}",
        architecture=_text(tags, _ARCH),
        files=_files(tags),
    )


def _values(store: bytes, kind: int, at: int, number: int) -> tuple[Value, ...]:
    if number > _MOST or at > len(store):
        raise UnreadableError("a header's entry leads out of it")
    if kind in _STRINGS:
        return tuple(_texts(store, at, number))
    form = _SIZES.get(kind)
    if form is None:
        raise UnreadableError(f"a header's entry is of kind {kind}")
    return unpack_from(f"{form[0]}{number}{form[1]}", store, at)


def _texts(store: bytes, at: int, number: int) -> Iterator[bytes]:
    for _ in range(number):
        end = store.find(b"\0", at)
        if end < 0:
            raise UnreadableError("a header's text has no end")
        yield store[at:end]
        at = end + 1


def _first(tags: Tags, tag: int) -> Value | None:
    return next(iter(tags.get(tag, ())), None)


def _text(tags: Tags, tag: int) -> str:
    return _name(_first(tags, tag) or b"")


def _name(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _files(tags: Tags) -> tuple[str, ...]:
    """Return regular files, relative to the root; links and folders hold nothing themselves."""
    bases, places = tags.get(_BASES, ()), tags.get(_IN_FOLDER, ())
    folders = [_name(one) for one in tags.get(_FOLDERS, ())]
    paths = [_name(one) for one in tags.get(_OLD_NAMES, ())]
    modes = tags.get(_MODES, ())
    if len(bases) != len(places) or any(int(place) >= len(folders) for place in places):
        raise UnreadableError("a header's files have no folders")
    paths += [folders[int(at)] + _name(base) for base, at in zip(bases, places, strict=True)]
    if len(modes) != len(paths):
        raise UnreadableError("a header's files have no modes")
    return tuple(
        path.removeprefix("/")
        for path, mode in zip(paths, modes, strict=True)
        if stat.S_ISREG(int(mode))
    )
