"""One repository: what is read by digest is compared with it, what is written is read back."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from pipeline.model.artifact import sha256_of
from pipeline.oci.documents import INDEXES, MANIFESTS, Descriptor
from pipeline.oci.registry.errors import (
    DigestError,
    LastingError,
    MissingError,
    RegistryError,
    SizeError,
)
from pipeline.oci.registry.session import Session
from pipeline.toolchain.http import Answer

MAX_MANIFEST: Final = 4 << 20
_ACCEPT: Final = ", ".join(sorted(MANIFESTS | INDEXES))
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_BYTES: Final = "application/octet-stream"


class Repository:
    """Manifests and blobs of one repository."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._pushed: set[str] = set()
        """Digests of blobs that are there, as far as this program saw to it."""

    def resolve(self, reference: str) -> Descriptor:
        """Look a tag or a digest up. A tag is asked for once: its digest is used from then on."""
        return self.fetched(reference)[0]

    def fetched(self, reference: str) -> tuple[Descriptor, bytes]:
        """Return a manifest with its descriptor. Raises MissingError where there is none."""
        url = self.session.url(f"manifests/{reference}")
        answer = self.session.ask("GET", url, headers={"Accept": _ACCEPT}, limit=MAX_MANIFEST)
        digest = sha256_of(answer.body)
        if _DIGEST.fullmatch(reference) and digest != reference:
            raise DigestError(f"{url} is {digest}, and not what was asked for")
        told = answer.headers.get("docker-content-digest", digest)
        if told != digest and _DIGEST.fullmatch(told):
            raise DigestError(f"{url} is {digest}, and its registry says that it is {told}")
        _refuse_two_meanings(answer, url)
        return Descriptor(answer.media, digest, len(answer.body)), answer.body

    def document(self, digest: str) -> bytes:
        """Return a manifest as the bytes that its digest names, whatever the registry calls it."""
        url = self.session.url(f"manifests/{_checked(digest)}")
        data = self.session.ask("GET", url, headers={"Accept": _ACCEPT}, limit=MAX_MANIFEST).body
        if (found := sha256_of(data)) != digest:
            raise DigestError(f"{url} is {found}, and not what was asked for")
        return data

    def blob(self, descriptor: Descriptor, *, limit: int) -> bytes:
        """Read a small blob and hold it against its descriptor."""
        if descriptor.size > limit:
            raise LastingError(f"{descriptor.digest} has {descriptor.size} bytes, over {limit}")
        url = self.session.url(f"blobs/{_checked(descriptor.digest)}")
        data = self.session.ask("GET", url, limit=limit).body
        _match(descriptor, sha256_of(data), len(data), url)
        return data

    def download(self, descriptor: Descriptor, to: Path, *, kept: bool = False) -> None:
        """Fetch a blob of any size into a file, in pieces, and hold it against its descriptor.

        Where it is `kept`, what arrived before the connection broke stays, to be gone on with.
        """
        url = self.session.url(f"blobs/{_checked(descriptor.digest)}")
        source = descriptor.digest if kept else ""
        saved = self.session.download(url, to, limit=descriptor.size, source=source)
        try:
            _match(descriptor, saved.sha256, saved.size, url)
        except DigestError:
            to.unlink(missing_ok=True)
            raise

    def has_blob(self, digest: str) -> bool:
        """Say whether a blob is there."""
        try:
            self.session.ask("HEAD", self.session.url(f"blobs/{_checked(digest)}"))
        except MissingError:
            return False
        return True

    def push_blob(self, source: bytes | Path, digest: str) -> None:
        """Upload a blob in one piece, unless it is there."""
        if digest in self._pushed or self.has_blob(digest):
            self._pushed.add(digest)
            return
        begun = self.session.ask("POST", self.session.url("blobs/uploads/"), b"")
        location = begun.headers.get("location", "")
        if not location:
            raise RegistryError(f"{self.session.place.repository} names no place for an upload")
        place = _with_digest(self.session.follow(location), digest)
        self.session.ask("PUT", place, source, headers={"Content-Type": _BYTES})
        self._pushed.add(digest)

    def push_manifest(
        self, data: bytes, media_type: str, *, tag: str | None = None
    ) -> tuple[Descriptor, str]:
        """Upload a manifest by its digest, or under a tag.

        Returns its descriptor, and the subject under which the registry listed it (`OCI-Subject`),
        which is empty where it keeps no list.
        """
        digest = sha256_of(data)
        url = self.session.url(f"manifests/{tag or digest}")
        answer = self.session.ask("PUT", url, data, headers={"Content-Type": media_type})
        said = answer.headers.get("docker-content-digest", digest)
        if said != digest:
            raise RegistryError(f"{url} was stored as {said}, and is {digest}")
        return Descriptor(media_type, digest, len(data)), answer.headers.get("oci-subject", "")


class _Meant(msgspec.Struct, frozen=True, rename="camel"):
    """By what different programs tell an index from an image."""

    media_type: str = ""
    manifests: list[msgspec.Raw] = []
    layers: list[msgspec.Raw] = []


def _refuse_two_meanings(answer: Answer, url: str) -> None:
    """Raise for one digest that two programs would read as two images (CVE-2021-41190).

    What is no document at all is refused by whoever reads it.
    """
    try:
        meant = msgspec.json.decode(answer.body, type=_Meant)
    except (ValueError, RecursionError):
        return
    if meant.media_type and meant.media_type != answer.media:
        raise LastingError(
            f"{url} comes as {answer.media[:100]!r}, and says that it is {meant.media_type[:100]!r}"
        )
    if meant.manifests and meant.layers:
        raise LastingError(f"{url} is an index and an image at once: nobody can say what runs")


def _checked(digest: str) -> str:
    if _DIGEST.fullmatch(digest) is None:
        raise LastingError(f"{digest[:80]!r} is no sha256 digest")
    return digest


def _match(descriptor: Descriptor, digest: str, size: int, url: str) -> None:
    if digest != descriptor.digest or size != descriptor.size:
        kind = SizeError if digest == descriptor.digest else DigestError
        raise kind(
            f"{url} is {digest} with {size} bytes, and not what its manifest names: "
            f"{descriptor.digest} with {descriptor.size}"
        )


def _with_digest(place: str, digest: str) -> str:
    """Add the digest to an upload's address, which may have a query of its own."""
    parts = urlsplit(place)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("digest", digest)]
    return urlunsplit(parts._replace(query=urlencode(query)))
