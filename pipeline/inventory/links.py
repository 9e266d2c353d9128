"""Where symbolic links lead, and whether something that is listed answers for them."""

import os
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TypeAlias

import msgspec

from pipeline.inventory import names, roles
from pipeline.model.gap import GapReason
from pipeline.model.inventory import Unread


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A listed file, or the files of a listed folder, answer for the link."""

    by: str | None
    """The file, as the operating system names it; None where it is a folder."""


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """A listed file answers, but under the link's name it is something else to its readers."""

    source: str
    """The listed file, as the operating system names it."""


Fate: TypeAlias = Answered | Twin | Unread


def follow(root: Path, link: str, listed: AbstractSet[str], folders: AbstractSet[str]) -> Fate:
    """Say what answers for a link. `root` has no link in itself."""
    try:
        target = os.path.realpath(root / link, strict=True)
    except OSError as exc:
        return _unread(link, f"a link that leads nowhere: {exc.strerror}")
    if not target.startswith(f"{root}{os.sep}"):
        return _unread(link, "a link that leads out of the tree")
    inside = os.path.relpath(target, root)
    if inside in listed:
        same = roles.of(link) == roles.of(inside) or roles.of(link) == roles.NONE
        return Answered(by=inside) if same else Twin(source=inside)
    if inside in folders:
        return Answered(by=None)
    return _unread(link, "a link to something that is not listed itself")


def _unread(link: str, detail: str) -> Unread:
    name = names.shown(link)
    return Unread(
        path=name,
        reason=GapReason.LINK_OUTSIDE,
        detail=detail,
        language=roles.of(link).language,
    )
