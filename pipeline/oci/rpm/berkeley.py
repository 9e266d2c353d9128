"""The form that older rpms have: a hash table of Berkeley DB."""

from collections.abc import Iterator
from struct import unpack_from
from typing import Final

from pipeline.oci.rpm.errors import UnreadableError
from pipeline.oci.rpm.pages import Pages

_MAGIC: Final = 0x061561
_AT: Final = 12
"""Where the magic number stands; its order of bytes is the file's."""
_HASHES: Final = frozenset({2, 13})
_OVERFLOW: Final = 7
_HEAD: Final = 26
_ON_PAGE, _OFF_PAGE = 1, 3
_SHORTEST: Final = 16
"""No package's header is shorter: under the first key stands a number."""


def order(data: bytes) -> str:
    """Return the sign of the file's order of bytes; empty where it is no such file."""
    if len(data) < _AT + 4:
        return ""
    return next((one for one in "<>" if unpack_from(f"{one}I", data, _AT)[0] == _MAGIC), "")


def blobs(data: bytes) -> Iterator[bytes]:
    """Yield the header of each package."""
    sign = order(data)
    (size,) = unpack_from(f"{sign}I", data, 20)
    (last,) = unpack_from(f"{sign}I", data, 32)
    pages, chains = Pages(data, size), Pages(data, size)
    for number in range(1, last + 1):
        page = pages.take(number)
        if page[25] not in _HASHES:
            continue
        (count,) = unpack_from(f"{sign}H", page, 20)
        places = unpack_from(f"{sign}{count}H", page, _HEAD)
        for key, value in zip(places[::2], places[1::2], strict=True):
            yield from _value(page, key, value, chains, sign)


def _value(page: memoryview, key: int, at: int, chains: Pages, sign: str) -> Iterator[bytes]:
    """Yield what stands under a key, when it is a header. Values lie right before their keys."""
    if page[at] == _OFF_PAGE:
        first, length = unpack_from(f"{sign}II", page, at + 4)
        yield _chain(chains, first, length, sign)
    elif page[at] == _ON_PAGE:
        if key - at > _SHORTEST:
            yield bytes(page[at + 1 : key])
    else:
        raise UnreadableError("a value is of another kind")


def _chain(chains: Pages, first: int, length: int, sign: str) -> bytes:
    parts = []
    number = first
    while number:
        page = chains.take(number)
        (following,) = unpack_from(f"{sign}I", page, 16)
        (used,) = unpack_from(f"{sign}H", page, 22)
        if page[25] != _OVERFLOW or _HEAD + used > len(page):
            raise UnreadableError(f"page {number} is no part of a value")
        parts.append(bytes(page[_HEAD : _HEAD + used] if not following else page[_HEAD:]))
        number = following
    found = b"".join(parts)
    if len(found) != length:
        raise UnreadableError("a value is longer or shorter than it says")
    return found
