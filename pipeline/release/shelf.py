"""Where signatures of an image lie: beside its manifests, in its registry."""

from collections.abc import Iterator
from typing import Protocol

from pipeline.oci.registry import attached, referrers
from pipeline.oci.registry.repository import Repository
from pipeline.release.image import Image


class Shelf(Protocol):
    """What the signing of an image asks of its registry. A target is a manifest's digest."""

    def attached(self, target: str) -> Iterator[tuple[str, bytes]]:
        """Yield (digest of the referrer, Sigstore bundle)."""

    def attach(self, target: str, bundle: bytes, *, predicate_type: str, created: str) -> str:
        """Store and list a bundle, and return its referrer's digest. Again is the same again."""

    def listed(self, target: str) -> frozenset[str]:
        """Return the digests of all that is listed."""


class RegistryShelf:
    """The registry itself. Raises RegistryError."""

    def __init__(self, repository: Repository, image: Image) -> None:
        self._repository = repository
        self._subjects = {one.digest: one for one in image.descriptors}

    def attached(self, target: str) -> Iterator[tuple[str, bytes]]:
        """Yield (digest of the referrer, Sigstore bundle)."""
        for one in attached.attached(self._repository, target):
            yield one.manifest.digest, one.bundle

    def attach(self, target: str, bundle: bytes, *, predicate_type: str, created: str) -> str:
        """Store and list a bundle, and return its referrer's digest."""
        return attached.attach(
            self._repository,
            self._subjects[target],
            bundle,
            predicate_type=predicate_type,
            created=created,
        ).digest

    def listed(self, target: str) -> frozenset[str]:
        """Return the digests of all that is listed."""
        return frozenset(one.digest for one in referrers.listed(self._repository, target))
