"""Walks through a JSON document of any size, in a window that is as large as one of its parts."""

import re
from typing import IO, Final

import msgspec

from pipeline.imports.base import NotReadError

WINDOW: Final = 1 << 20
LARGEST: Final = 64 << 20
"""Bytes of one value that is held whole: a part of a report that is no list of results."""
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{}]', re.DOTALL)
_SCALAR: Final = re.compile(rb"[^\s,\]}]*+")
_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_DEPTH: Final = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
BAD: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Cursor:
    """A place in a document. What lies before it is forgotten."""

    def __init__(self, stream: IO[bytes], *, window: int = WINDOW) -> None:
        self._stream = stream
        self._window = window
        self.buffer = b""
        self.at = 0
        self._passed = 0

    @property
    def offset(self) -> int:
        """The place, counted from the document's first byte."""
        return self._passed + self.at

    def more(self) -> bool:
        """Read on, and forget what was passed. False at the end of the document."""
        read = self._stream.read(self._window)
        if read:
            self._passed += self.at
            self.buffer = self.buffer[self.at :] + read
            self.at = 0
        return bool(read)

    def jump(self, offset: int) -> None:
        """Go to a place that was passed, or back."""
        self._stream.seek(offset)
        self.buffer, self.at, self._passed = b"", 0, offset

    def fill(self) -> None:
        """See to it that a whole window lies ahead, where there is so much."""
        while len(self.buffer) - self.at < self._window and self.more():
            pass

    def peek(self) -> bytes:
        """Return the next byte that is no white space; nothing at the end."""
        while True:
            space = _SPACE.match(self.buffer, self.at)
            self.at = space.end() if space else self.at
            if self.at < len(self.buffer):
                return self.buffer[self.at : self.at + 1]
            if not self.more():
                return b""

    def skip(self, mark: bytes) -> bool:
        """Pass over one byte if it is this one."""
        if self.peek() != mark:
            return False
        self.at += 1
        return True

    def take(self, mark: bytes) -> None:
        """Pass over one byte. Raises NotReadError where another one stands."""
        if not self.skip(mark):
            raise self.fault(f"{mark.decode()!r} is due")

    def fault(self, why: str) -> NotReadError:
        """Return the error that names this place."""
        where = "where it ends" if not self.peek() else f"at byte {self.offset:,}"
        return NotReadError(
            f"no JSON document that can be read: {why} {where}",
            hint="write the report again; a part of one proves nothing",
        )

    def end(self) -> None:
        """Raise NotReadError where anything follows."""
        if self.peek():
            raise self.fault("the document has ended, and something follows")

    def name(self) -> str:
        """Read a member's name and the colon behind it."""
        if self.peek() != b'"':
            raise self.fault("a name is due")
        raw = self.raw()
        try:
            name = msgspec.json.decode(raw, type=str)
        except BAD as exc:
            raise self.fault(f"a name is no text ({exc})") from exc
        self.take(b":")
        return name

    def raw(self) -> bytes:
        """Return the bytes of the next value. What is inside of it is not checked."""
        first = self.peek()
        length = self._nested() if first in (b'"', b"[", b"{") else self._scalar()
        value = self.buffer[self.at : self.at + length]
        self.at += length
        return value

    def _scalar(self) -> int:
        while True:
            found = _SCALAR.match(self.buffer, self.at)
            length = found.end() - self.at if found else 0
            if self.at + length < len(self.buffer) or not self._held():
                break
        if not length:
            raise self.fault("a value is due")
        return length

    def _nested(self) -> int:
        depth, place = 0, self.at
        while True:
            for token in _TOKEN.finditer(self.buffer, place):
                text = token.group()
                if text == b'"':
                    place = token.start()
                    break
                depth += _DEPTH.get(text, 0)
                place = token.end()
                if depth <= 0:
                    return place - self.at
            ahead = place - self.at
            if not self._held():
                raise self.fault("a value has no end")
            place = self.at + ahead

    def _held(self) -> bool:
        """Read on within one value. Raises NotReadError for one that is too large to be held."""
        if len(self.buffer) - self.at > LARGEST:
            raise self.fault(f"one value is larger than {LARGEST >> 20} MiB")
        return self.more()
