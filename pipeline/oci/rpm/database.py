"""A database of rpm: its packages, or a reason for which nobody can say which they are."""

import struct
from collections.abc import Iterator

from pipeline.oci.rpm import berkeley, ndb, sqlite
from pipeline.oci.rpm.errors import UnreadableError
from pipeline.oci.rpm.header import Package, package


def packages(data: bytes) -> tuple[Package, ...]:
    """Read every package. Raises UnreadableError."""
    try:
        return tuple(package(blob) for blob in _blobs(data))
    except UnreadableError:
        raise
    except (struct.error, IndexError, ValueError, OverflowError) as exc:
        raise UnreadableError("it is cut, or leads out of itself") from exc


def _blobs(data: bytes) -> Iterator[bytes]:
    if data.startswith(sqlite.MAGIC):
        return sqlite.blobs(data)
    if data.startswith(ndb.MAGIC):
        return ndb.blobs(data)
    if berkeley.order(data):
        return berkeley.blobs(data)
    raise UnreadableError("it has none of the forms of rpm's databases")
