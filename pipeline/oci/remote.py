"""An image in a registry, read as a layout is: documents by digest, layers through a file."""

import io
from pathlib import Path
from typing import IO, Final

import msgspec

from pipeline.model.gap import GapReason
from pipeline.oci.documents import INDEXES, MANIFESTS, Descriptor, Index
from pipeline.oci.errors import ImageError
from pipeline.oci.registry.errors import DigestError, RegistryError
from pipeline.oci.registry.repository import Repository

_TOP: Final = "index.json"
_BLOBS: Final = "blobs/sha256/"


class _Named(msgspec.Struct, frozen=True, rename="camel"):
    """What a manifest or an index says lies beside it."""

    manifests: tuple[Descriptor, ...] = ()
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()


class RegistryStore:
    """A repository as a layout whose index names one image. Each blob is fetched when opened.

    What was not named by a document that was opened before cannot be opened: its size is not known.
    """

    def __init__(self, repository: Repository, reference: str, *, scratch: Path) -> None:
        self._repository, self._scratch = repository, scratch
        try:
            self._top = repository.resolve(reference)
        except RegistryError as error:
            raise _unread(error) from error
        self._known = {self._top.blob: self._top}

    def has(self, name: str) -> bool:
        """Say whether there is such a file."""
        return name == _TOP or name in self._known

    def open(self, name: str) -> IO[bytes]:
        """Fetch one, or raise ImageError."""
        if name == _TOP:
            return io.BytesIO(msgspec.json.encode(Index(schema_version=2, manifests=[self._top])))
        if name not in self._known:
            raise ImageError(GapReason.NOT_READ, f"the image does not name {name}")
        try:
            return self._fetched(self._known[name])
        except RegistryError as error:
            raise _unread(error) from error

    def _fetched(self, descriptor: Descriptor) -> IO[bytes]:
        if descriptor.media_type in INDEXES | MANIFESTS:
            data = self._repository.fetched(descriptor.digest)[1]
            self._note(data)
            return io.BytesIO(data)
        self._repository.download(descriptor, self._scratch)
        stream = self._scratch.open("rb")
        self._scratch.unlink()  # it goes when it is closed
        return stream

    def _note(self, data: bytes) -> None:
        """Remember what a document names. What is no document is refused by whoever reads it."""
        try:
            named = msgspec.json.decode(data, type=_Named)
        except (ValueError, RecursionError):
            return
        config = () if named.config is None else (named.config,)
        for one in (*named.manifests, *config, *named.layers):
            self._known[one.blob] = one


def _unread(error: RegistryError) -> ImageError:
    reason = GapReason.DIGEST_MISMATCH if isinstance(error, DigestError) else GapReason.NOT_READ
    return ImageError(reason, error.message)
