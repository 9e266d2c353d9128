"""A body that arrives in pieces: what is here outlives a broken connection and a kill.

Beside the file lies a note of how much of it is certain, by length and digest. Only that much is
kept when somebody goes on, and only where the server says that it still has the same.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal, NoReturn

import msgspec

from pipeline.toolchain import sums
from pipeline.toolchain.answers import NetworkError, Saved, SlowError

UNSATISFIABLE: Final = 416
_WHOLE: Final = 200
_PART: Final = 206
_NOTED_EACH: Final = 4 << 20
_PIECE: Final = 1 << 20
_RANGE: Final = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_STRONG: Final = re.compile(r'"[\x21\x23-\x7e]*"')
_SETTLED: Final = timedelta(minutes=1)
"""After which a date of change tells two versions apart (RFC 9110, 8.8.2.2)."""


class ChangedError(NetworkError):
    """What was begun cannot be gone on with: it was forgotten, and can be fetched anew."""


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is certain of a body that is not whole."""

    schema: Literal["penstock/part@1"] = "penstock/part@1"
    source: str
    """Whose beginning it is: an address, or the digest of the whole."""
    validator: str
    """How its server names this version of it; empty where the source is a digest."""
    size: int
    sha256: str


def note_of(path: Path) -> Path:
    """Return where the note about a file lies."""
    return path.with_name(f"{path.name}.note")


class Part:
    """A file that is being fetched. Without a source it begins anew each time."""

    def __init__(self, path: Path, source: str) -> None:
        self.path, self._source = path, source
        self._note = note_of(path)
        self._forget()
        if source:
            self._take_up()

    def _forget(self) -> None:
        self._digest, self.size, self._noted = hashlib.sha256(), 0, 0
        self._validator, self._total = "", -1
        self._sums: tuple[sums.Sum, ...] = ()
        self._url = ""

    def _take_up(self) -> None:
        """Go on from what is certain: the bytes that the note speaks of, hashed again."""
        try:
            kept = msgspec.json.decode(self._note.read_bytes(), type=Kept)
            with self.path.open("rb") as stream:
                data = hashlib.sha256()
                size = _hash(stream.read, kept.size, data)
        except (OSError, ValueError, RecursionError):
            return
        if (kept.source, kept.size, kept.sha256) == (self._source, size, data.hexdigest()):
            self._digest, self.size, self._noted = data, size, size
            self._validator = kept.validator

    def asking(self) -> Mapping[str, str]:
        """Return the headers that ask for the rest, if anything is here."""
        if not self.size:
            return {}
        version = {"If-Range": self._validator} if self._validator else {}
        return {"Range": f"bytes={self.size}-", **version}

    def answered(self, status: int, headers: Mapping[str, str], url: str) -> None:
        """Take the head of an answer. Raises ChangedError where it goes on with something else."""
        if status == _PART and self.size:
            self._continued(headers, url)
        elif status == _WHOLE:
            self._forget()
            self._validator = _validator(headers)
        elif status == UNSATISFIABLE and self.size:
            self._refuse(f"{url} has nothing behind what is here of it")
        else:
            raise NetworkError(f"{url} answers {status}: no body", status=status)
        self._sums, self._url = sums.told(headers), url

    def _continued(self, headers: Mapping[str, str], url: str) -> None:
        said = _RANGE.fullmatch(headers.get("content-range", ""))
        if said is None or int(said[1]) != self.size:
            self._refuse(f"{url} goes on elsewhere than it was asked to")
        named = (headers.get("etag", ""), headers.get("last-modified", ""))
        if self._validator and any(named) and self._validator not in named:
            self._refuse(f"{url} changed meanwhile")
        self._total = -1 if said[3] == "*" else int(said[3])

    def _refuse(self, why: str) -> NoReturn:
        self.drop()
        self._forget()
        raise ChangedError(f"{why}: it has to be fetched anew")

    def receive(self, chunks: Iterable[bytes]) -> Saved:
        """Write what comes; where it breaks off, keep what is certain of it."""
        try:
            with self.path.open("r+b" if self.size else "wb") as stream:
                stream.truncate(self.size)
                stream.seek(self.size)
                for chunk in chunks:
                    stream.write(chunk)
                    self._digest.update(chunk)
                    self.size += len(chunk)
                    if self._is_named() and self.size - self._noted >= _NOTED_EACH:
                        stream.flush()
                        self._write_note()
        except BaseException as error:
            self._keep() if _may_end_well(error) else self.drop()
            raise
        return self._whole()

    def _whole(self) -> Saved:
        if self._total not in (-1, self.size):
            self._keep()
            raise ChangedError(f"{self._url} sent {self.size} bytes of {self._total}")
        self._note.unlink(missing_ok=True)
        sums.check(self.path, self._sums, self._url)
        return Saved(path=self.path, sha256=f"sha256:{self._digest.hexdigest()}", size=self.size)

    def _is_named(self) -> bool:
        """Say whether somebody who goes on can tell that it is the same."""
        return bool(self._source) and (bool(self._validator) or self._source.startswith("sha256:"))

    def _keep(self) -> None:
        if self._is_named():
            self._write_note()
        else:
            self.drop()

    def _write_note(self) -> None:
        kept = Kept(
            source=self._source,
            validator=self._validator,
            size=self.size,
            sha256=self._digest.hexdigest(),
        )
        draft = self._note.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(kept))
        draft.replace(self._note)
        self._noted = self.size

    def drop(self) -> None:
        """Remove what is here of it."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def _may_end_well(error: BaseException) -> bool:
    """Say whether what is here can be gone on with: not where its server sends what it may not."""
    return isinstance(error, SlowError) or not isinstance(error, NetworkError)


def _hash(read: Callable[[int], bytes], size: int, digest: "hashlib._Hash") -> int:
    """Feed so many bytes, or all that are there, to a digest; return how many there were."""
    left = size
    while left and (data := read(min(left, _PIECE))):
        digest.update(data)
        left -= len(data)
    return size - left


def _validator(headers: Mapping[str, str]) -> str:
    """Return what names this version of a body beyond doubt; empty where nothing does."""
    tag, changed = headers.get("etag", ""), headers.get("last-modified", "")
    if _STRONG.fullmatch(tag):
        return tag
    try:
        settled = _date(headers.get("date", "")) - _date(changed)
    except ValueError:
        return ""
    return changed if settled >= _SETTLED else ""


def _date(text: str) -> datetime:
    """Read a date of HTTP. Raises ValueError for what is none."""
    return parsedate_to_datetime(text).replace(tzinfo=None)
