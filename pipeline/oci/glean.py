"""What Trivy passes over when it looks for secrets in an image, laid out as text that it reads.

It leaves out what is binary, and the folders of a distribution. Of these only what no package
brought is of interest: a distribution's own files hold no secret of whoever made the image.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pipeline.model.inventory import Rest
from pipeline.oci import installed, layer, places, tar
from pipeline.oci.overlay import overlays
from pipeline.oci.tar import Member

MAX_FILE: Final = 256 << 20
MAX_ALL: Final = 2 << 30
"""Bytes of all files together, before they are text."""
MAX_FILES: Final = 200_000
_SHORT: Final = 10
"""Trivy passes over shorter files: no secret fits in."""
_HEAD: Final = 300
"""Trivy looks at so many bytes, and passes over a file with one of these among them."""
_BINARY: Final = bytes([*range(7), 11, *range(14, 27), *range(28, 32), 127])
_RUNS: Final = re.compile(rb"[\t\r\n\x20-\x7e]{8,}")
_WIDE: Final = re.compile(rb"(?:[\x20-\x7e]\0){12,}")


def glean(members: Sequence[Sequence[Member]], blobs: Sequence[Path], folder: Path) -> Rest:
    """Write numbered files to `folder`: those of each layer that no package of its list brought.

    A layer without a list of packages brings nothing of the distribution.
    """
    folder.mkdir()
    sieve = _Sieve(folder)
    for number, (own, view, blob) in enumerate(
        zip(members, overlays(members), blobs, strict=True), start=1
    ):
        listed = any(places.is_database(member.path) for member in own)
        sieve.owned = installed.files(view.files) if listed else frozenset()
        what = f"layer {number}"
        tar.pour(layer.unpacked(blob, what), what, sieve.take)
    return Rest(names=tuple(sieve.names), whole=sieve.whole)


class _Sieve:
    """What was written so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = MAX_ALL
        self.names: list[str] = []
        self.whole = True
        self.owned: frozenset[str] = frozenset()

    def take(self, path: str, size: int) -> Callable[[bytes], None] | None:
        """Return what is to be given the content of a file; None where nobody wants it."""
        if size < _SHORT or places.merged(path) in self.owned or not places.is_asked(path):
            return None
        texts, binaries = places.is_passed_over(path), not places.is_of_a_language(path)
        return _File(self, path, size, texts, binaries).feed if texts or binaries else None

    def has_room(self, size: int) -> bool:
        """Say whether a file may be read; nothing is whole any more where it may not."""
        if size > MAX_FILE or size > self._left or len(self.names) >= MAX_FILES:
            self.whole = False
            return False
        self._left -= size
        return True

    def write(self, path: str, text: bytes) -> None:
        """Write a file's text, if there is any, and remember where it comes from."""
        if text:
            self.names.append(places.shown(path))
            (self._folder / f"{len(self.names)}.txt").write_bytes(text)


class _File:
    """A file on its way through, until its beginning says that nobody wants it."""

    def __init__(self, sieve: _Sieve, path: str, size: int, texts: bool, binaries: bool) -> None:  # noqa: FBT001 -- private
        self._sieve = sieve
        self._path = path
        self._size = size
        self._asked = {False: texts, True: binaries}
        """Whether it is wanted, by whether it is binary."""
        self._held = bytearray()
        self._wanted: bool | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next piece, and write the file out with its last one."""
        if self._wanted is False:
            return
        self._held += piece
        if self._wanted is None and len(self._held) >= min(_HEAD, self._size):
            self._wanted = self._asked[self._is_binary()] and self._sieve.has_room(self._size)
        if self._wanted and len(self._held) == self._size:
            self._sieve.write(self._path, self._text())
        if self._wanted is False:
            self._held.clear()

    def _is_binary(self) -> bool:
        head = bytes(self._held[:_HEAD])
        return len(head.translate(None, _BINARY)) < len(head)

    def _text(self) -> bytes:
        if not self._is_binary():
            return bytes(self._held)
        text = bytearray()
        for run in _RUNS.finditer(self._held):  # of a large file there are millions
            text += run[0] + b"\n"
        for run in _WIDE.finditer(self._held):  # .NET's programs have it, for Linux too
            text += run[0].replace(b"\0", b"") + b"\n"
        return bytes(text[:-1])
