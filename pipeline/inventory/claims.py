"""Holds what a lock calls a project of the tree against the tree: no database is asked for it."""

import posixpath
import re
from typing import Final

import msgspec
from packaging.utils import canonicalize_name

from pipeline.inventory import projects
from pipeline.inventory.locks import Lock, Locked
from pipeline.inventory.projects import Project
from pipeline.inventory.text import decoded, said
from pipeline.inventory.texts import Missing, Texts
from pipeline.model.gap import GapReason

_NAMING: Final = "pyproject.toml"
_OTHERS: Final = ("setup.py", "setup.cfg")
_NAMELESS: Final = re.compile(r"[0-9a-f]{7}")
"""As pipenv calls what it is given by its place alone."""


def checked(lock: Lock, folder: str, texts: Texts) -> Lock:
    """Turn each claim that the tree does not bear out into a package that nobody answers for."""
    false = {
        name: home
        for name, home in lock.homes.items()
        if not _is_there(name, posixpath.normpath(posixpath.join(folder, home)), texts)
    }
    if not false:
        return lock
    return msgspec.structs.replace(
        lock,
        packages=(*lock.packages, *(_claimed(name, home) for name, home in false.items())),
        homes={name: home for name, home in lock.homes.items() if name not in false},
    )


def _is_there(name: str, home: str, texts: Texts) -> bool:
    """Say whether a folder holds a project of this name, or one whose name nobody can tell."""
    base = "" if home == "." else f"{home}/"
    data = texts.read(f"{base}{_NAMING}")
    if not isinstance(data, Missing):
        found = projects.read(_NAMING, decoded(data))
        if isinstance(found, Project) and found.name and not _NAMELESS.fullmatch(name):
            return found.name == canonicalize_name(name)
    others = (texts.read(f"{base}{one}") for one in _OTHERS)
    nameless = _NAMELESS.fullmatch(name) is not None and not isinstance(data, Missing)
    if nameless or any(not isinstance(one, Missing) for one in others):
        return True
    # What is left out or cannot be read is a gap of its own.
    return any(path.startswith(base) for path in (*texts.excluded, *texts.unread)) and bool(base)


def _claimed(name: str, home: str) -> Locked:
    detail = f"the lock says that it is the project in {home}, and no project of its name is there"
    return Locked(name=said(name), version="", problem=GapReason.UNSUPPORTED, detail=said(detail))
