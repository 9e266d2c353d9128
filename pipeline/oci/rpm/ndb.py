"""The form that SUSE's rpm has: slots, each of which leads to a package's header."""

from collections.abc import Iterator
from struct import iter_unpack, unpack_from
from typing import Final

from pipeline.oci.rpm.errors import UnreadableError

MAGIC: Final = b"RpmP"
_PAGE: Final = 4096
_UNIT: Final = 16
_HEADER: Final = 2 * _UNIT


def blobs(data: bytes) -> Iterator[bytes]:
    """Yield the header of each package."""
    _, version, _, pages = unpack_from("<4sIII", data)
    slots = data[_HEADER : pages * _PAGE]
    if version or not pages or len(slots) != pages * _PAGE - _HEADER:
        raise UnreadableError("it is of another version, or cut")
    used: set[int] = set()
    for magic, package, at, _ in iter_unpack("<4sIII", slots):
        if magic != b"Slot":
            raise UnreadableError("a slot is none")
        if package:
            if at in used:
                raise UnreadableError("two packages have one header")
            used.add(at)
            yield _blob(data, package, at * _UNIT)


def _blob(data: bytes, package: int, at: int) -> bytes:
    magic, number, _, length = unpack_from("<4sIII", data, at)
    blob = data[at + _UNIT : at + _UNIT + length]
    if magic != b"BlbS" or number != package or len(blob) != length:
        raise UnreadableError("a slot leads to no package")
    return blob
