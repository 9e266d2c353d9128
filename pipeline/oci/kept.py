"""What is kept of the files by which an image says what is installed: the little that is asked."""

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
    """Keep of what dpkg's sums name only what no package should bring, and of rpm the packages.

    Lists of files are kept whole, which is little.
    """
    if places.is_sums(path) and not path.startswith(places.STATUS_D):
        return b"\n".join(line for line in data.splitlines() if _is_odd(path, line))
    if path in places.RPM:
        return _cut_rpm(data)
    return data[:1] if path in places.RPM_AHEAD else data


def rpm(kept: bytes) -> tuple[Package, ...] | None:
    """Return the packages of a database of rpm; None where it could not be read."""
    found: tuple[Package, ...] | None = _DECODER.decode(kept)
    return found


def _is_odd(path: str, line: bytes) -> bool:
    return not places.is_of_the_system(places.named(path, line))


def _cut_rpm(data: bytes) -> bytes:
    try:
        return msgspec.json.encode(packages(data))
    except UnreadableError:
        return UNREADABLE
