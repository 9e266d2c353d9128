"""Where what a SARIF run speaks of lies: a path of the tree, or none."""

import posixpath
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, unquote

from pipeline.imports.sarif_model import Artifact, Listed, Physical, Place, Run
from pipeline.imports.text import is_plain, leads_away, path_of, within

_ROOTS: Final = frozenset({"%SRCROOT%", "SRCROOT", "ROOTPATH", "PROJECTROOT"})
"""How tools name the root of what they looked at."""
_DEEP: Final = 8


class Places:
    """The places of a run, as the tree names them that lies at `roots`."""

    def __init__(self, run: Run, roots: Sequence[str]) -> None:
        self._bases: Mapping[str, Artifact] = run.original_uri_base_ids or {}
        self._artifacts: Sequence[Listed] = run.artifacts or ()
        self._roots = tuple(roots)
        self._prefixes: dict[str, str | None] = {}

    def path(self, location: Artifact | None) -> str:
        """Return the path that a place is; empty where it is no place of the tree."""
        at = self._meant(location)
        if at is None or not at.uri:
            return ""
        if is_plain(at.uri) and self._prefix(at.uri_base_id) == "":
            return at.uri
        if leads_away(at.uri):
            return path_of(at.uri, self._roots)  # a base is for what is relative: RFC 3986, 5.2.2
        prefix = self._prefix(at.uri_base_id)
        return path_of(prefix + at.uri, self._roots) if prefix is not None else ""

    def said(self, location: Artifact | None) -> str:
        """Return the URI of a place: its own, else that of the file that it points at."""
        at = self._meant(location)
        return (at.uri if at else None) or ""

    def otherwise(self, later: "Places") -> bool:
        """Say whether a base that was used here turns out to mean another place."""
        used = self._prefixes.items()
        return any(later._prefix(base) != prefix for base, prefix in used)  # noqa: SLF001 -- its own kind

    def _meant(self, location: Artifact | None) -> Artifact | None:
        if location is not None and location.uri is None:
            at = location.index
            return self._artifacts[at].location if 0 <= at < len(self._artifacts) else None
        return location

    def _prefix(self, base: str | None) -> str | None:
        """Return what goes before the paths of a base; None where nobody knows."""
        if base is None:
            return ""
        if base not in self._prefixes:
            led = self._led(base, _DEEP)
            self._prefixes[base] = None if led is None else _folder(led)
        return self._prefixes[base]

    def _led(self, base: str, deep: int) -> str | None:
        """Follow a base to the root. One whose name is a root's is it, wherever it lay then."""
        root = "" if base in _ROOTS else None
        known = self._bases.get(base)
        if known is None:
            return root
        if deep == 0:
            return None
        uri = f"{known.uri.rstrip('/')}/" if known.uri else ""
        if leads_away(uri):
            below = within(unquote(uri), self._roots)
            return f"{quote(below)}/" if below else root
        outer = self._led(known.uri_base_id, deep - 1) if known.uri_base_id else root
        if outer is None and uri and known.uri_base_id is None:
            outer = ""
        return None if outer is None else outer + uri


def _folder(path: str) -> str:
    whole = posixpath.normpath(path) if path else "."
    return "" if whole == "." else f"{whole}/"


def first(places: Sequence[Place] | None) -> Physical | None:
    """Return the place in a file that comes first."""
    return places[0].physical_location if places else None
