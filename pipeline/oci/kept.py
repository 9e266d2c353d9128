"""What is kept of the files by which an image says what is installed: the little that is asked."""

from collections.abc import Iterable
from typing import Final

import msgspec

from pipeline.oci import places
from pipeline.oci.rpm.database import packages
from pipeline.oci.rpm.errors import UnreadableError
from pipeline.oci.rpm.header import Package

UNREADABLE: Final = b"null"
"""What stands for a database that cannot be read."""
_DECODER: Final = msgspec.json.Decoder(tuple[Package, ...] | None)


def cut(path: str, data: bytes) -> bytes:
    """Keep of a list of files only programs, and what no distribution's package should bring."""
    if places.is_sums(path) or places.is_list(path):
        return b"\n".join(line for line in data.splitlines() if _is_asked(path, line))
    if path in places.RPM:
        return _cut_rpm(data)
    return data[:1] if path in places.RPM_AHEAD else data


def rpm(kept: bytes) -> tuple[Package, ...] | None:
    """Return the packages of a database of rpm; None where it could not be read."""
    found: tuple[Package, ...] | None = _DECODER.decode(kept)
    return found


def _is_asked(path: str, line: bytes) -> bool:
    told = places.named(path, line)
    return places.may_be_program(told) or (
        places.is_sums(path) and not places.is_of_the_system(told)
    )


def _cut_rpm(data: bytes) -> bytes:
    try:
        found = packages(data)
    except UnreadableError:
        return UNREADABLE
    return msgspec.json.encode([_with_asked(one, one.files) for one in found])


def _with_asked(one: Package, files: Iterable[str]) -> Package:
    asked = (
        path for path in files if places.may_be_program(path) or not places.is_of_the_system(path)
    )
    return msgspec.structs.replace(one, files=tuple(asked))
