"""Reads the originals of manifests, and says why one cannot be read."""

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.model.gap import GapReason
from pipeline.model.inventory import SourceFile, Unread

LARGEST: Final = 8 << 20
"""Bytes of a manifest that is still read."""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """There are no bytes, for this reason."""

    reason: GapReason
    detail: str


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of every name in the tree."""

    root: Path
    files: Mapping[str, SourceFile]
    sources: Mapping[str, str]
    """Inventory path → the file that is read for it, as the operating system names it."""
    aliases: Mapping[str, str]
    """Link → the inventory path of the listed file that answers for it."""
    unread: Mapping[str, Unread]
    excluded: Mapping[str, str]

    def read(self, path: str) -> bytes | Missing:
        """Return the bytes of a listed file."""
        known = self.files.get(path)
        if known is None:
            return self._missing(path)
        if known.size > LARGEST:
            detail = f"larger than {LARGEST >> 20} MiB"
            return Missing(reason=GapReason.NOT_READ, detail=detail)
        try:
            return (self.root / self.sources[path]).read_bytes()
        except OSError as exc:
            detail = f"cannot be read: {exc.strerror}"
            return Missing(reason=GapReason.NOT_READ, detail=detail)

    def named(self, by: str, path: str) -> str | Missing:
        """Return the inventory path that a manifest means by a path relative to itself."""
        place = posixpath.normpath(posixpath.join(posixpath.dirname(by), path))
        if posixpath.isabs(path) or place == ".." or place.startswith("../"):
            detail = f"{path} lies outside the tree"
            return Missing(reason=GapReason.LINK_OUTSIDE, detail=detail)
        place = self.aliases.get(place, place)
        return place if place in self.files else self._missing(place)

    def _missing(self, path: str) -> Missing:
        if path in self.excluded:
            detail = f"excluded by {self.excluded[path]}"
            return Missing(reason=GapReason.EXCLUDED, detail=detail)
        if path in self.unread:
            known = self.unread[path]
            return Missing(reason=known.reason, detail=known.detail)
        return Missing(reason=GapReason.NOT_READ, detail=f"{path} is not in the tree")
