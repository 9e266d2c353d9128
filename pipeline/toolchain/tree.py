"""What lies in a folder, byte for byte: each file's digest and each link's target."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final

import msgspec

LINK: Final = "-> "
"""What a link's entry begins with; a file's entry is the 64 hex digits of its sha256."""

_BATCH_BYTES: Final = 8 << 20
_BATCH_FILES: Final = 400
_CHUNK: Final = 1 << 20
_SHOWN: Final = 3
_OTHER: Final = "neither a file nor a link"
_RAISED: Final = "a file that runs with the rights of its owner or group"
REFUSED: Final = frozenset({_OTHER, _RAISED})
"""Entries that no installation may have."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """A folder as listed, before its files are read."""

    links: dict[str, str]
    """Relative path to entry: links, and what may not be there at all."""
    files: tuple[tuple[str, int], ...]
    """Relative path and size, the largest first."""


def look(folder: Path) -> Sight:
    """List everything below a folder; links are never followed."""
    links: dict[str, str] = {}
    files: list[tuple[str, int]] = []
    for relative, entry in _walk(str(folder), ""):
        mode = entry.stat(follow_symlinks=False)
        if mode.st_mode & (stat.S_ISUID | stat.S_ISGID):
            links[relative] = _RAISED
        elif stat.S_ISREG(mode.st_mode):
            files.append((relative, mode.st_size))
        elif stat.S_ISLNK(mode.st_mode):
            links[relative] = LINK + os.readlink(entry.path)  # noqa: PTH115 -- a string is at hand
        else:
            links[relative] = _OTHER
    return Sight(links=links, files=tuple(sorted(files, key=lambda pair: (-pair[1], pair[0]))))


def _walk(folder: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            relative = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, relative + "/")
            else:
                yield relative, entry


def start(folder: Path, sight: Sight, pool: Executor) -> list[Future[dict[str, str]]]:
    """Have the files of a listing read and hashed by the threads of a pool."""
    return [pool.submit(_hash_all, str(folder), batch) for batch in _batches(sight.files)]


def finish(sight: Sight, work: Iterable[Future[dict[str, str]]]) -> dict[str, str]:
    """Wait for the digests, and return every entry of the folder by relative path."""
    entries = dict(sight.links)
    for future in work:
        entries.update(future.result())
    return entries


def digest(entries: Mapping[str, str]) -> str:
    """Return one digest over all entries: the sha256 of them as JSON with sorted keys."""
    listing = msgspec.json.encode(dict(entries), order="sorted")
    return "sha256:" + hashlib.sha256(listing).hexdigest()


def _batches(files: Iterable[tuple[str, int]]) -> Iterator[tuple[tuple[str, int], ...]]:
    batch: list[tuple[str, int]] = []
    room = _BATCH_BYTES
    for relative, size in files:
        batch.append((relative, size))
        room -= size
        if room <= 0 or len(batch) == _BATCH_FILES:
            yield tuple(batch)
            batch, room = [], _BATCH_BYTES
    if batch:
        yield tuple(batch)


def _hash_all(folder: str, batch: tuple[tuple[str, int], ...]) -> dict[str, str]:
    return {relative: _hash(f"{folder}/{relative}", size) for relative, size in batch}


def _hash(path: str, size: int) -> str:
    """Hash by plain descriptors: most files are small, and file objects would double the time."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, min(size + 1, _CHUNK))
        state = hashlib.sha256(data)
        if len(data) == size:
            return state.hexdigest()
        while data := os.read(descriptor, _CHUNK):
            state.update(data)
        return state.hexdigest()
    finally:
        os.close(descriptor)


def difference(found: Mapping[str, str], noted: Mapping[str, str]) -> str:
    """Name what was added, removed or changed: a few of each, and how many."""
    parts = (
        ("added", sorted(found.keys() - noted.keys())),
        ("missing", sorted(noted.keys() - found.keys())),
        ("changed", sorted(p for p in found.keys() & noted.keys() if found[p] != noted[p])),
    )
    return "; ".join(f"{word}: {_some(paths)}" for word, paths in parts if paths)


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(ascii(path) for path in paths[:_SHOWN]) + more
