"""Layers put on one another: what a container would see of the entries that matter."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from pipeline.oci import places
from pipeline.oci.tar import Member


class Overlay(msgspec.Struct, frozen=True, kw_only=True):
    """What is left to be seen."""

    files: Mapping[str, bytes]
    links: Mapping[str, str]
    """Links under names that matter, with the paths they lead to; where a link or the like took
    the place of a folder, what was lost in it leads nowhere."""


def overlays(layers: Sequence[Sequence[Member]]) -> Iterator[Overlay]:
    """Put each layer on those below: its whiteouts hide what they hold, never its own files.

    Every path is looked at once for each layer, however much a layer hides.
    """
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    for layer in layers:
        put = _Put(layer)
        lost = [path for path in files if put.takes(path)]
        files = {path: data for path, data in files.items() if not put.hides(path)}
        links = {path: link for path, link in links.items() if not put.hides(path)}
        links |= {path: "" for path in lost if places.is_database(path)}
        for path, member in put.left():
            files.pop(path, None)
            links.pop(path, None)
            if member.data is not None:
                files[path] = member.data
            elif member.link is not None:
                links[path] = member.link
        yield Overlay(files=files, links=links)


class _Put:
    """A layer, by what it holds and what it hides."""

    def __init__(self, layer: Sequence[Member]) -> None:
        self._own = {member.path: (at, member) for at, member in enumerate(layer)}
        self._whiteouts: set[str] = set()
        self._opaque: set[str] = set()
        self._taken: dict[str, int] = {}
        """Places of what is neither file nor folder, with its number: nothing earlier is below."""
        for path, (at, member) in self._own.items():
            folder, _, base = path.rpartition("/")
            if base == places.OPAQUE:
                self._opaque.add(folder)
            elif base.startswith(places.WHITEOUT):
                hidden = f"{folder}/{base.removeprefix(places.WHITEOUT)}"
                self._whiteouts.add(hidden.lstrip("/"))
            elif member.data is None:
                self._taken[path] = at

    def hides(self, path: str) -> bool:
        """Say whether something of a layer below is no longer seen."""
        return (
            path in self._whiteouts
            or _is_below(path, self._whiteouts)
            or _is_below(path, self._opaque)
            or self.takes(path)
        )

    def takes(self, path: str) -> bool:
        """Say whether a link or the like stands where a folder of a layer below was, or a file."""
        return path in self._taken or _is_below(path, self._taken)

    def left(self) -> Iterator[tuple[str, Member]]:
        """Yield what this layer holds itself, the last of each name."""
        for path, (at, member) in self._own.items():
            covered = max((self._taken.get(one, -1) for one in _folders(path)), default=-1)
            if covered < at and not path.rpartition("/")[2].startswith(places.WHITEOUT):
                yield path, member


def _is_below(path: str, folders: Collection[str]) -> bool:
    return any(one in folders for one in _folders(path))


def _folders(path: str) -> Iterator[str]:
    """Name the folders that a path lies in, the root last."""
    while path:
        path = path.rpartition("/")[0]
        yield path
