"""Which manifests a released image is: itself, and what an index holds for each platform."""

from collections.abc import Iterator
from typing import Final

import msgspec

from pipeline.errors import PenstockError, UsageError
from pipeline.oci.documents import INDEXES, MANIFESTS, Descriptor, Index
from pipeline.oci.registry.errors import RegistryError
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.repository import Repository

_MOST: Final = 100
_ATTESTATION: Final = "vnd.docker.reference.type"


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """An image by its digest, as a registry or a verdict knows it."""

    place: RegistryReference
    digest: str
    platforms: tuple[str, ...] = ()
    """Digests of the manifests that an index holds; empty where the image is one manifest."""
    descriptors: tuple[Descriptor, ...] = ()
    """Of the image and then of its platforms; empty where no registry was asked."""

    @property
    def resource(self) -> str:
        """What a deployer asks about."""
        return self.place.at(self.digest)

    @property
    def manifests(self) -> tuple[str, ...]:
        """The digests that must have been scanned."""
        return self.platforms or (self.digest,)


def named(place: RegistryReference) -> Image:
    """Take an image by what was typed, without asking a registry. Raises UsageError for a tag."""
    if place.digest is None:
        raise UsageError(
            f"{place} names no digest: a tag can move between the scan and the signature",
            hint=f"name what was scanned: {place.repository}@sha256:…",
        )
    return Image(place=place, digest=place.digest)


def found(repository: Repository) -> Image:
    """Ask the registry what an image is. Raises RegistryError where that cannot be found out.

    A tag alone is refused, with the digest that it has now; a tag beside a digest must name it.
    """
    place = repository.session.place
    if place.digest is None:
        raise _tag_alone(repository)
    if place.tag is not None and (now := repository.resolve(place.tag).digest) != place.digest:
        raise PenstockError(
            f"the tag {place.tag} of {place.repository} names {now} now, not {place.digest}",
            hint="the tag has moved: scan what it names, or leave the tag out",
        )
    descriptor, data = repository.fetched(place.digest)
    if descriptor.media_type in MANIFESTS:
        return Image(place=place, digest=place.digest, descriptors=(descriptor,))
    if descriptor.media_type not in INDEXES:
        raise PenstockError(
            f"{place.at(place.digest)} has media type {descriptor.media_type!r}: no image"
        )
    below = tuple(_platforms(data, place.digest))
    return Image(
        place=place,
        digest=place.digest,
        platforms=tuple(one.digest for one in below),
        descriptors=(descriptor, *(repository.resolve(one.digest) for one in below)),
    )


def _tag_alone(repository: Repository) -> UsageError:
    place = repository.session.place
    try:
        now = repository.resolve(place.reference).digest
    except RegistryError as error:
        return UsageError(
            f"{place} names no digest, and what its tag names cannot be seen: {error.message}",
            hint=f"name what was scanned: {place.repository}@sha256:…",
        )
    return UsageError(
        f"{place} names no digest: a tag can move between the scan and the signature",
        hint=f"it names {place.at(now)} now; give that, if it is what was scanned",
    )


def _platforms(data: bytes, digest: str) -> Iterator[Descriptor]:
    """Yield what an index holds for machines; BuildKit's attestations no machine can run."""
    try:
        entries = msgspec.json.decode(data, type=Index).manifests
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RegistryError(f"the index {digest} cannot be read: {error}") from error
    if not entries or len(entries) > _MOST:
        raise PenstockError(f"the index {digest} holds {len(entries)} manifests: 1 to {_MOST} do")
    # What is listed twice is left out only where no machine can run it by either entry.
    for one in {it.digest: it for it in entries if not _is_attestation(it)}.values():
        if one.media_type not in MANIFESTS:
            raise PenstockError(
                f"the index {digest} holds a {one.media_type[:120]!r}, which is no image",
                hint="sign an index of plain images, or each image by its own digest",
            )
        yield one


def _is_attestation(entry: Descriptor) -> bool:
    marked = (entry.annotations or {}).get(_ATTESTATION) == "attestation-manifest"
    platform = entry.platform
    return marked and platform is not None and platform.os == platform.architecture == "unknown"
