"""Write nested buckets as a bbolt file (format 2), the shape of Trivy's database.

A bulk writer: pages are laid down once, in order, so equal input gives equal bytes.
"""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

Bucket: TypeAlias = Mapping[str, "bytes | Bucket"]
Item: TypeAlias = tuple[int, bytes, bytes]
"""Flags, key and value of one element of a leaf page."""

PAGE: Final = 4096
_MAGIC: Final = 0xED0CDAED
_VERSION: Final = 2
_BRANCH, _LEAF, _META, _FREELIST = 0x01, 0x02, 0x04, 0x10
_IS_BUCKET: Final = 0x01
_HEADER: Final = struct.Struct("<QHHI")  # page id, flags, count, overflow pages
_LEAF_ELEMENT: Final = struct.Struct("<IIII")  # flags, position, key size, value size
_BRANCH_ELEMENT: Final = struct.Struct("<IIQ")  # position, key size, child page
_BUCKET_HEADER: Final = struct.Struct("<QQ")  # root page (0: a page follows inline), sequence
_META_BODY: Final = struct.Struct("<IIIIQQQQQ")
_ELEMENT: Final = 16  # both kinds; a position counts from its own element
_MOST_KEY: Final = 32768
_MOST_ELEMENTS: Final = 0xFFFE
_FIRST_FREE: Final = 3  # pages 0 and 1 are meta pages, 2 is the empty free list


def write(path: Path, root: Mapping[str, Bucket]) -> None:
    """Write a new file whose top level holds buckets only."""
    pages = _Pages()
    top = pages.bucket(pages.items(root))
    count = _FIRST_FREE + len(b"".join(pages.written)) // PAGE
    metas = (_meta(number, top, count) for number in (0, 1))
    freelist = _page(_HEADER.pack(2, _FREELIST, 0, 0))
    path.write_bytes(b"".join((*metas, freelist, *pages.written)))


class _Pages:
    """The pages so far: children are written before the page that points at them."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self._next = _FIRST_FREE

    def items(self, bucket: Bucket) -> list[Item]:
        """Return the sorted elements of a bucket, its child buckets written on the way."""
        return [self._item(key.encode(), bucket[key]) for key in sorted(bucket, key=str.encode)]

    def bucket(self, items: Sequence[Item]) -> int:
        """Write a bucket and return the number of its root page."""
        cuts = _split([_ELEMENT + len(key) + len(value) for _, key, value in items], least=1)
        level = [self._leaf(items[cut]) for cut in cuts]
        while len(level) > 1:  # a branch needs two children, else this would never end
            cuts = _split([_ELEMENT + len(key) for key, _ in level], least=2)
            level = [self._branch(level[cut]) for cut in cuts]
        return level[0][1]

    def _item(self, key: bytes, value: "bytes | Bucket") -> Item:
        if not 0 < len(key) <= _MOST_KEY:
            raise ValueError(f"a bbolt key has 1 to {_MOST_KEY} bytes, not {len(key)}")
        if isinstance(value, bytes):
            return 0, key, value
        items = self.items(value)
        return _IS_BUCKET, key, _inline(items) or _BUCKET_HEADER.pack(self.bucket(items), 0)

    def _leaf(self, items: Sequence[Item]) -> tuple[bytes, int]:
        first = items[0][1] if items else b""
        return first, self._add(_LEAF, len(items), _leaf_body(items))

    def _branch(self, children: Sequence[tuple[bytes, int]]) -> tuple[bytes, int]:
        elements, keys = bytearray(), bytearray()
        for index, (key, child) in enumerate(children):
            position = _ELEMENT * (len(children) - index) + len(keys)
            elements += _BRANCH_ELEMENT.pack(position, len(key), child)
            keys += key
        return children[0][0], self._add(_BRANCH, len(children), bytes(elements + keys))

    def _add(self, flags: int, count: int, body: bytes) -> int:
        spanned = -(-(_HEADER.size + len(body)) // PAGE)
        number, self._next = self._next, self._next + spanned
        self.written.append(_page(_HEADER.pack(number, flags, count, spanned - 1) + body))
        return number


def _leaf_body(items: Sequence[Item]) -> bytes:
    elements, data = bytearray(), bytearray()
    for index, (flags, key, value) in enumerate(items):
        position = _ELEMENT * (len(items) - index) + len(data)
        elements += _LEAF_ELEMENT.pack(flags, position, len(key), len(value))
        data += key + value
    return bytes(elements + data)


def _inline(items: Sequence[Item]) -> bytes | None:
    """Return a small bucket without children as the value it may live in."""
    body = _leaf_body(items)
    if any(flags for flags, _, _ in items) or _HEADER.size + len(body) > PAGE // 4:
        return None
    return _BUCKET_HEADER.pack(0, 0) + _HEADER.pack(0, _LEAF, len(items), 0) + body


def _split(sizes: Sequence[int], *, least: int) -> list[slice]:
    """Cut a run of elements into pages, each of at least `least` elements where there are any."""
    cuts, start, used = [], 0, _HEADER.size
    for index, size in enumerate(sizes):
        held = index - start
        if held >= least and (used + size > PAGE or held >= _MOST_ELEMENTS):
            cuts.append(slice(start, index))
            start, used = index, _HEADER.size
        used += size
    return [*cuts, slice(start, len(sizes))]


def _meta(number: int, root: int, pages: int) -> bytes:
    body = _META_BODY.pack(_MAGIC, _VERSION, PAGE, 0, root, 0, 2, pages, number)
    checksum = struct.pack("<Q", _fnv1a64(body))
    return _page(_HEADER.pack(number, _META, 0, 0) + body + checksum)


def _page(content: bytes) -> bytes:
    return content.ljust(-(-len(content) // PAGE) * PAGE, b"\0")


def _fnv1a64(data: bytes) -> int:
    """Return the checksum that bbolt puts on its meta pages."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value
