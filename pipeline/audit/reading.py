"""Reads the bundles of a window one by one: by repository, in the order in which they ran."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from pipeline.audit.model import Problem
from pipeline.bundle.many import folders
from pipeline.bundle.read import Stored, read
from pipeline.errors import PenstockError
from pipeline.model.artifact import sha256_file

_BAD = (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The days that an auditor asks about; both belong to it."""

    since: date
    until: date

    def __contains__(self, day: date) -> bool:
        return self.since <= day <= self.until


class Place(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A bundle of the window."""

    repository: str
    started: datetime
    name: str
    """Its folder, relative to the one that was searched."""
    path: Path
    digest: str
    """Of its run.json."""

    @property
    def day(self) -> str:
        """The day in UTC on which it ran."""
        return self.started.date().isoformat()


class _Head(msgspec.Struct, frozen=True):
    schema: str
    target: str
    started: datetime


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What lies below the folder of the bundles."""

    places: tuple[Place, ...]
    problems: tuple[Problem, ...]


def find(root: Path, window: Window) -> Found:
    """Find the bundles of a window, each once: by repository, in the order in which they ran."""
    places: dict[str, Place] = {}
    problems: list[Problem] = []
    for folder in folders(root):
        name = folder.relative_to(root).as_posix()
        try:
            place = _place(folder, name)
        except _BAD as exc:
            problems.append(damaged("", name, "", f"run.json cannot be read: {exc}"))
            continue
        if place.started.date() not in window:
            continue
        if place.digest in places:
            told = f"the same run as {places[place.digest].name}; it is counted once"
            problems.append(
                Problem(
                    kind="copied_bundle",
                    repository=place.repository,
                    day=place.day,
                    subject=name,
                    detail=told,
                )
            )
            continue
        places[place.digest] = place
    return Found(places=tuple(sorted(places.values())), problems=tuple(problems))


def load(place: Place) -> Stored | Problem:
    """Read one bundle, every digest checked, or say how it is damaged."""
    try:
        return read(place.path)
    except PenstockError as exc:
        return damaged(place.repository, place.name, place.day, exc.message)
    except OSError as exc:
        return damaged(place.repository, place.name, place.day, str(exc.strerror))


def damaged(repository: str, name: str, day: str, detail: str) -> Problem:
    """Say that a bundle proves nothing any more."""
    return Problem(
        kind="damaged_bundle", repository=repository, day=day, subject=name, detail=detail
    )


def _place(folder: Path, name: str) -> Place:
    file = folder / "run.json"
    head = msgspec.json.decode(file.read_bytes(), type=_Head)
    if not head.schema.startswith("penstock/run@"):
        raise ValueError(f"it is {head.schema}, not penstock/run@1")
    if head.started.tzinfo is None:
        raise ValueError("it does not say when it ran")
    return Place(
        started=head.started.astimezone(UTC),
        name=name,
        path=folder,
        repository=_repository(head.target, name),
        digest=sha256_file(file),
    )


def _repository(target: str, name: str) -> str:
    """Name the repository: the last folder of what was scanned, as every runner checks it out."""
    return target.replace("\\", "/").rstrip("/").rpartition("/")[2].strip(".") or name
