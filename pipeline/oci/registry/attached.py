"""A Sigstore bundle as a referrer of an image, in the form that cosign 3 writes and reads."""

from collections.abc import Iterator
from typing import Final

import msgspec

from pipeline.model.artifact import sha256_of
from pipeline.oci.documents import MANIFESTS, Descriptor, Manifest
from pipeline.oci.registry import referrers
from pipeline.oci.registry.errors import MissingError, RegistryError
from pipeline.oci.registry.referrers import fallback_tag
from pipeline.oci.registry.repository import Repository

BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_BUNDLE: Final = 10 << 20
MAX_ALL: Final = 256 << 20
"""Of all bundles of one image together."""
_BUNDLES: Final = "application/vnd.dev.sigstore.bundle"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_EMPTY: Final = "application/vnd.oci.empty.v1+json"
_NOTHING: Final = b"{}"
_OLDER: Final = (".sig", ".att", ".sbom")


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that refers to an image. Nothing of it is verified yet."""

    manifest: Descriptor
    bundle: bytes


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Something else that refers to an image."""

    manifest: Descriptor
    why: str
    """Why it is passed over."""


def attach(
    repository: Repository, subject: Descriptor, bundle: bytes, *, predicate_type: str, created: str
) -> Descriptor:
    """Store a bundle beside an image and return the new manifest's descriptor.

    `created` is RFC 3339. The same bundle at the same instant is the same manifest: attaching it
    again changes nothing.
    """
    annotations = {
        "org.opencontainers.image.created": created,
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": predicate_type,
        "in-toto.io/predicate-type": predicate_type,  # by this one Trivy finds VEX attestations
    }
    data = msgspec.json.encode({
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "artifactType": BUNDLE,
        "config": _pushed(repository, _NOTHING, _EMPTY),
        "layers": [_pushed(repository, bundle, BUNDLE)],
        "subject": Descriptor(subject.media_type, subject.digest, subject.size),
        "annotations": annotations,
    })  # fmt: skip
    stored, under = repository.push_manifest(data, _MANIFEST)
    entry = msgspec.structs.replace(stored, artifact_type=BUNDLE, annotations=annotations)
    if under != subject.digest:
        referrers.enlist(repository, subject.digest, entry)
    return entry


def attached(repository: Repository, subject: str) -> Iterator[Attached]:
    """Fetch every Sigstore bundle that refers to a digest.

    Raises RegistryError as soon as one cannot be fetched: what was not seen may be the FAIL.
    """
    return (one for one in beside(repository, subject) if isinstance(one, Attached))


def beside(repository: Repository, subject: str) -> Iterator[Attached | Other]:
    """Fetch everything that refers to a digest; what is no Sigstore bundle is named, with why.

    Raises RegistryError as soon as one cannot be fetched.
    """
    left = MAX_ALL
    for entry in referrers.listed(repository, subject):
        descriptor, data = repository.fetched(entry.digest)
        if descriptor.media_type not in MANIFESTS:
            yield Other(manifest=entry, why=f"it is no artefact: {descriptor.media_type[:100]!r}")
            continue
        layers = _layers(data)
        if len(layers) != 1:
            yield Other(manifest=entry, why=f"it is no Sigstore bundle: it has {len(layers)} files")
        elif not layers[0].media_type.startswith(_BUNDLES):
            kind = layers[0].media_type[:100]
            yield Other(manifest=entry, why=f"it is no Sigstore bundle: it is {kind!r}")
        else:
            bundle = repository.blob(layers[0], limit=MAX_BUNDLE)
            left -= len(bundle)
            if left < 0:
                raise RegistryError(
                    f"the bundles of {subject} have over {MAX_ALL >> 20} MiB: too much to look at",
                    hint="remove stale attestations from the registry",
                )
            yield Attached(
                manifest=msgspec.structs.replace(entry, size=descriptor.size), bundle=bundle
            )


def older(repository: Repository, subject: str) -> Iterator[str]:
    """Yield the tags under which cosign kept signatures before there were referrers.

    Nothing is read there: what they hold is no statement that could be judged here.
    """
    for ending in _OLDER:
        tag = f"{fallback_tag(subject)}{ending}"
        try:
            repository.resolve(tag)
        except MissingError:
            continue
        yield tag


def _layers(data: bytes) -> tuple[Descriptor, ...]:
    try:
        return tuple(msgspec.json.decode(data, type=Manifest).layers)
    except msgspec.DecodeError as error:
        raise RegistryError(f"a referrer is no manifest: {error}") from error


def _pushed(repository: Repository, data: bytes, media_type: str) -> Descriptor:
    digest = sha256_of(data)
    repository.push_blob(data, digest)
    return Descriptor(media_type, digest, len(data))
