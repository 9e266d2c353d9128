"""Keeps rows by the million on disk until they are written: memory holds one repository's."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

import msgspec

from pipeline.audit.model import SlaRow

_BUFFER: Final = 1 << 20


class Spool:
    """Rows in the order in which they came, to be read as often as it takes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encode = msgspec.json.Encoder().encode

    def add(self, rows: Iterable[SlaRow]) -> None:
        """Keep rows."""
        self._file.seek(0, 2)
        buffer = bytearray()
        for row in rows:
            buffer += self._encode(row) + b"\n"
            if len(buffer) > _BUFFER:
                self._file.write(buffer)
                buffer.clear()
        self._file.write(buffer)

    def __iter__(self) -> Iterator[SlaRow]:
        self._file.seek(0)
        decode = msgspec.json.Decoder(SlaRow).decode
        for line in self._file:
            yield decode(line)
