"""What a server says, and how it fails to say it."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from pipeline.errors import PenstockError


class NetworkError(PenstockError):
    """Something could not be fetched. `status` is 0 where there was no answer at all."""

    def __init__(self, message: str, *, status: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


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
