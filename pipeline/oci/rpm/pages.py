"""Pages of a database, each read once: no chain of them has an end that never comes."""

from pipeline.oci.rpm.errors import UnreadableError


class Pages:
    """A file as its pages."""

    def __init__(self, data: bytes, size: int) -> None:
        if size < 512 or size > 1 << 16 or size & (size - 1):  # noqa: PLR2004 -- both formats' own
            raise UnreadableError(f"pages of {size} bytes")
        self._data = memoryview(data)
        self._size = size
        self._seen: set[int] = set()

    def take(self, number: int) -> memoryview:
        """Return a page by its number from 0. UnreadableError where it is gone, or was read."""
        start = number * self._size
        page = self._data[start : start + self._size]
        if len(page) < self._size or number in self._seen:
            raise UnreadableError(f"page {number} is missing, or belongs to two things")
        self._seen.add(number)
        return page
