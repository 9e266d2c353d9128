"""What is sent to a server, what it says, and how it fails to say it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from pipeline.errors import PenstockError

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PIECE: Final = 1 << 20


class NetworkError(PenstockError):
    """Something could not be fetched. `status` is 0 where there was no answer at all."""

    def __init__(self, message: str, *, status: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class LongError(NetworkError):
    """It is longer than it may be, now and whenever it is asked for."""


class SlowError(NetworkError):
    """It would arrive, but not in the time there is."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer, within its limit."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes
    url: str = ""
    """Whose answer it is: where the redirects ended."""

    @property
    def media(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was fetched."""

    path: Path
    sha256: str
    """`sha256:…`."""
    size: int


@contextmanager
def content(
    body: bytes | Path | None,
) -> Iterator[tuple[bytes | Iterator[bytes] | None, Mapping[str, str]]]:
    """Open what is sent. A file's length is told, since registries refuse bodies in chunks."""
    if not isinstance(body, Path):
        yield body, {}
        return
    with body.open("rb") as stream:
        length = os.fstat(stream.fileno()).st_size
        yield iter(partial(stream.read, _PIECE), b""), {"Content-Length": str(length)}


def refuse_plain(url: str) -> None:
    """Raise NetworkError for an address to which nothing is sent in clear."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise NetworkError(f"{url[:200]!r} is no address: {error}") from error
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise NetworkError(
        f"{url} is not encrypted", hint="use https; plain http is for loopback addresses alone"
    )
