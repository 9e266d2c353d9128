"""The keys of a bbolt file, counted: as much of the format as that needs."""

import mmap
import struct
from pathlib import Path
from typing import Final

_MAGIC: Final = 0xED0CDAED
_BRANCH, _LEAF = 0x01, 0x02
_BUCKET: Final = 0x01
_HEADER: Final = struct.Struct("<QHHI")  # page id, flags, count, overflow pages
_LEAF_ITEM: Final = struct.Struct("<IIII")  # flags, place from here, key size, value size
_BRANCH_ITEM: Final = struct.Struct("<IIQ")  # place from here, key size, child page
_ROOT: Final = struct.Struct("<QQ")  # root page of a bucket (0: it follows here), sequence
_META: Final = struct.Struct("<IIIIQQQQQ")  # magic, version, page size, flags, root, …, number


def count(path: Path, bucket: bytes) -> int:
    """Count the keys of a bucket at the top; 0 where there is no such bucket.

    Raises ValueError where the file is not a database.
    """
    with path.open("rb") as stream:
        try:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Bolt(data).count(bucket)
        except (struct.error, OverflowError) as error:
            raise ValueError(f"it names pages that it does not have: {error}") from error


class _Bolt:
    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._size, self._root = self._meta()
        self._seen: set[int] = set()

    def _meta(self) -> tuple[int, int]:
        """Return the page size and the root page of the younger of the two headers."""
        size = _META.unpack_from(self._data, _HEADER.size)[2]
        metas = [_META.unpack_from(self._data, at + _HEADER.size) for at in (0, size)]
        valid = [meta for meta in metas if meta[0] == _MAGIC and meta[2] == size]
        if not valid:
            raise ValueError("it is no bbolt file")
        return size, int(max(valid, key=lambda meta: meta[8])[4])

    def count(self, bucket: bytes) -> int:
        page = self._root
        while True:
            _, flags, items, _ = self._header(page)
            if flags == _LEAF:
                return self._in_leaf(page * self._size, items, bucket)
            page = self._child(page * self._size, items, bucket)

    def _header(self, page: int) -> tuple[int, int, int, int]:
        number, flags, items, overflow = _HEADER.unpack_from(self._data, page * self._size)
        if number != page or page in self._seen or flags not in (_BRANCH, _LEAF):
            raise ValueError(f"page {page} is not what it should be")
        self._seen.add(page)
        return number, flags, items, overflow

    def _child(self, base: int, items: int, key: bytes) -> int:
        found = 0
        for item in range(items):
            at = base + _HEADER.size + item * _BRANCH_ITEM.size
            place, size, child = _BRANCH_ITEM.unpack_from(self._data, at)
            if item and self._data[at + place : at + place + size] > key:
                break
            found = child
        return found

    def _in_leaf(self, base: int, items: int, key: bytes) -> int:
        for item in range(items):
            at = base + _HEADER.size + item * _LEAF_ITEM.size
            flags, place, size, _ = _LEAF_ITEM.unpack_from(self._data, at)
            if flags & _BUCKET and self._data[at + place : at + place + size] == key:
                value = at + place + size
                root, _ = _ROOT.unpack_from(self._data, value)
                return self._keys(root) if root else self._inline(value + _ROOT.size)
        return 0

    def _inline(self, base: int) -> int:
        return int(_HEADER.unpack_from(self._data, base)[2])

    def _keys(self, root: int) -> int:
        total, pages = 0, [root]
        while pages:
            page = pages.pop()
            _, flags, items, _ = self._header(page)
            if flags == _LEAF:
                total += items
                continue
            first = page * self._size + _HEADER.size
            pages.extend(
                _BRANCH_ITEM.unpack_from(self._data, first + item * _BRANCH_ITEM.size)[2]
                for item in range(items)
            )
        return total
