"""OSV records: which of them speak of a package at a version, as the OSV schema defines it.

Imported by `osv_audit.py`, whose interpreter has the standard library and `packaging` alone.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

Json: TypeAlias = dict[str, object]

ECOSYSTEM: Final = "PyPI"

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def objects(value: object) -> list[Json]:
    """Return the JSON objects of a list, and nothing for whatever is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """Return the strings of a list, and nothing for whatever is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


@lru_cache(maxsize=65536)
def version_of(text: str) -> Version | None:
    """Read a PEP 440 version; None when it is not one."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def question(name: str, version: str) -> tuple[str, str] | None:
    """Return a canonical name and a version as PEP 440 writes it; None where either is none."""
    at = version_of(version)
    if at is None or _NAME.fullmatch(name) is None:
        return None
    return name, str(at)


def ids_of(record: Json) -> frozenset[str]:
    """Return a record's id and its aliases."""
    return frozenset([str(record.get("id", "")), *texts(record.get("aliases"))])


def entries(record: Json, name: str) -> list[Json]:
    """Return what a record says about one package, the name in canonical form."""
    return [entry for entry in objects(record.get("affected")) if _package(entry) == name]


def packages(record: Json) -> frozenset[str]:
    """Return the canonical names of all packages that a record speaks of."""
    return frozenset(name for entry in objects(record.get("affected")) if (name := _package(entry)))


def _package(entry: Json) -> str:
    package = entry.get("package")
    if not isinstance(package, dict) or package.get("ecosystem") != ECOSYSTEM:
        return ""
    return canonicalize_name(str(package.get("name", "")))


def affects(record: Json, name: str, version: str) -> bool:
    """Tell whether a record that was not withdrawn covers this version of this package."""
    return not record.get("withdrawn") and covers(record, name, version)


def covers(record: Json, name: str, version: str) -> bool:
    """Tell whether a record, withdrawn or not, speaks of this version of this package."""
    return any(_covers(entry, version) for entry in entries(record, name))


def _covers(entry: Json, version: str) -> bool:
    listed = texts(entry.get("versions"))
    if version in listed:
        return True
    wanted = version_of(version)
    if wanted is None:
        return False
    if any(version_of(item) == wanted for item in listed):
        return True
    return any(in_range(wanted, events) for events in ranges(entry))


def ranges(entry: Json) -> list[list[Json]]:
    """Return the events of each range that PEP 440 can order; GIT ranges cannot be."""
    return [
        objects(item.get("events"))
        for item in objects(entry.get("ranges"))
        if item.get("type") == "ECOSYSTEM"
    ]


def in_range(version: Version, events: Iterable[Json]) -> bool:
    """Evaluate a range by the schema's algorithm: its events in order, the last that applies wins.

    An `introduced` that is no version stands before all of them, and any other event that is no
    version is left out: what nobody can compare widens the range and never narrows it.
    """
    vulnerable = False
    for at, kind in _ordered(events):
        match kind:
            case "introduced" if at is None or version >= at:
                vulnerable = True
            case "fixed" if at is not None and version >= at:
                vulnerable = False
            case "last_affected" if at is not None and version > at:
                vulnerable = False
            case _:
                pass
    return vulnerable


def _ordered(events: Iterable[Json]) -> Sequence[tuple[Version | None, str]]:
    found: list[tuple[Version | None, str]] = []
    for event in events:
        for kind, text in event.items():
            at = version_of(str(text)) if str(text) != "0" else None
            if at is not None or kind == "introduced":
                found.append((at, kind))
    lowest = Version("0.dev0")
    # At one version an old interval closes before a new one opens.
    return sorted(
        found, key=lambda item: (item[0] is not None, item[0] or lowest, item[1] == "introduced")
    )


def fixes(record: Json, name: str) -> frozenset[str]:
    """Return every version that a record calls fixed."""
    return frozenset(
        str(event["fixed"])
        for entry in entries(record, name)
        for events in ranges(entry)
        for event in events
        if "fixed" in event
    )


def fix_is_known(record: Json, name: str) -> bool:
    """Tell whether the record would name a fix if there were one.

    Without a range, or where only the last bad version is told, a fix may well exist.
    """
    found = [events for entry in entries(record, name) for events in ranges(entry)]
    return bool(found) and not any("last_affected" in event for events in found for event in events)
