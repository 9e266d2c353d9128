"""Goes over all listed files once: leaves out, follows links, copies, and notes what each is."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from pipeline.inventory import (
    foreign,
    iac,
    languages,
    links,
    manifests,
    names,
    terraform,
    workflows,
)
from pipeline.inventory.copy import Copier, unread
from pipeline.inventory.listing import Listing
from pipeline.inventory.text import decoded, said
from pipeline.model import templates
from pipeline.model.gap import GapReason
from pipeline.model.globs import Globs
from pipeline.model.inventory import Manifest, SourceFile, Stamp, Suppression, Unread

_BLOCKS: Final = (".hcl", ".tf", ".tofu")


class Gathered(msgspec.Struct, kw_only=True):
    """What the tree holds, by inventory path."""

    files: dict[str, SourceFile] = msgspec.field(default_factory=dict)
    sources: dict[str, str] = msgspec.field(default_factory=dict)
    """The file that was read, as the operating system names it."""
    stamps: list[Stamp] = msgspec.field(default_factory=list)
    aliases: dict[str, str] = msgspec.field(default_factory=dict)
    """Link → the listed file that answers for it."""
    unread: dict[str, Unread] = msgspec.field(default_factory=dict)
    excluded: dict[str, str] = msgspec.field(default_factory=dict)
    suppressions: list[Suppression] = msgspec.field(default_factory=list)
    manifests: list[Manifest] = msgspec.field(default_factory=list)
    workflows: list[str] = msgspec.field(default_factory=list)
    iac: list[str] = msgspec.field(default_factory=list)
    foreign: list[tuple[str, str]] = msgspec.field(default_factory=list)
    modules: set[tuple[str, str]] = msgspec.field(default_factory=set)


def gather(root: Path, listing: Listing, patterns: Globs, destination: Path) -> Gathered:
    """Copy a listed tree. Raises PenstockError when the copy cannot be written."""
    found = Gathered()
    for gone in listing.unread:
        by = patterns.first(gone.path)
        if by is None:
            _add_unread(found, gone, gone.path)
        else:
            found.excluded[gone.path] = by
    kept = [name for name in listing.files if not _is_excluded(found, patterns, name)]
    copier = Copier(root, destination)
    followed = [name for name in kept if _copy(root, copier, name, found)]
    _follow(root, copier, followed, frozenset(kept).difference(followed), found)
    return found


def _is_excluded(found: Gathered, patterns: Globs, name: str) -> bool:
    by = patterns.first(names.shown(name))
    if by is not None:
        found.excluded[names.copied(name)] = by
    return by is not None


def _copy(root: Path, copier: Copier, name: str, found: Gathered) -> bool:
    """Copy a file; say whether it is a link instead, which is followed when all are known."""
    try:
        mode = os.lstat(f"{root}/{name}").st_mode
    except FileNotFoundError:
        detail = "git tracks it, and it is not in the working tree"
        _lose(found, name, detail)
        return False
    except OSError as exc:
        _lose(found, name, f"cannot be read: {exc.strerror}")
        return False
    if stat.S_ISLNK(mode):
        return True
    _add(found, name, name, copier)
    return False


def _follow(
    root: Path, copier: Copier, followed: Iterable[str], listed: frozenset[str], found: Gathered
) -> None:
    folders = {folder for name in listed for folder in _folders(name)}
    for link in followed:
        match links.follow(root, link, listed, folders):
            case links.Answered(by=by):
                if by is not None:
                    found.aliases[names.shown(link)] = names.copied(by)
            case links.Twin(source=source):
                _add(found, link, source, copier)
            case Unread() as gone:
                _add_unread(found, gone, names.shown(link))


def _folders(name: str) -> Iterable[str]:
    while name := name.rpartition("/")[0]:
        yield name


def _lose(found: Gathered, name: str, detail: str) -> None:
    path = names.shown(name)
    gone = unread(names.copied(name), GapReason.NOT_READ, detail, languages.by_name(name))
    _add_unread(found, gone, path)


def _add(found: Gathered, name: str, source: str, copier: Copier) -> None:
    path, copied = names.shown(name), copier.copy(source, name)
    if isinstance(copied, Unread):
        _add_unread(found, copied, path)
        return
    file = copied.file
    found.files[file.path] = file
    found.sources[file.path] = source
    found.stamps.append(copied.stamp)
    found.suppressions.extend(copied.suppressions)
    head = copied.head
    if len(head) < file.size and _is_told_anywhere(path):
        head = copier.read(file.path)
    _note(found, file.path, path, head)
    if terraform.is_terraform(path):
        written = terraform.sources(path, decoded(head))
        remote = (one for one in written if terraform.is_remote(path, one))
        found.modules.update((file.path, said(one)) for one in remote)


def _is_told_anywhere(path: str) -> bool:
    """Say whether what stands in a file decides what it is or names, wherever in it that is."""
    return (
        iac.is_data(templates.filled(path))
        or path.lower().endswith(_BLOCKS)
        or manifests.kind_of(path) is not None
    )


def _add_unread(found: Gathered, gone: Unread, path: str) -> None:
    """Note it under all that its name says, so that whoever would have asked for it knows."""
    found.unread[gone.path] = gone
    if gone.reason is not GapReason.SUBMODULE:
        _note(found, gone.path, path, b"")


def _note(found: Gathered, recorded: str, path: str, head: bytes) -> None:
    language = languages.of(path, head)
    kind = (
        manifests.kind_of(path)
        or manifests.in_script(language, head)
        or manifests.by_content(path, head)
    )
    if kind is not None and manifests.asks(kind, path, head):
        found.manifests.append(Manifest(path=recorded, ecosystem=kind.ecosystem, form=kind.form))
    if workflows.is_workflow(path):
        found.workflows.append(recorded)
    if language == "dockerfile" or iac.is_iac(path, head):
        found.iac.append(recorded)
    elif program := foreign.program(path, head):
        found.foreign.append((recorded, program))
