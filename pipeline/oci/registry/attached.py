"""A Sigstore bundle as a referrer of an image, in the form that cosign 3 writes and reads."""

from collections.abc import Iterator
from typing import Final

import msgspec

from pipeline.model.artifact import sha256_of
from pipeline.oci.documents import MANIFESTS, Descriptor, Manifest
from pipeline.oci.registry import referrers
from pipeline.oci.registry.errors import MissingError, RegistryError, SizeError
from pipeline.oci.registry.referrers import fallback_tag
from pipeline.oci.registry.repository import MAX_MANIFEST, Repository

BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_BUNDLE: Final = 10 << 20
MAX_ALL: Final = 256 << 20
"""Of all bundles of one image together."""
_BUNDLES: Final = "application/vnd.dev.sigstore.bundle"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_EMPTY: Final = "application/vnd.oci.empty.v1+json"
_NOTHING: Final = b"{}"
_OLDER: Final = (".sig", ".att", ".sbom")


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that refers to an image. Nothing of it is verified yet."""

    manifest: Descriptor
    bundle: bytes


class _Kind(msgspec.Struct, frozen=True, rename="camel"):
    """What a manifest calls itself, and whether it is an index all the same."""

    media_type: str = MANIFEST
    manifests: list[msgspec.Raw] = []


class _NoneOfOursError(Exception):
    """What refers to an image can, by its own bytes, be no statement of ours."""


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
        "mediaType": MANIFEST,
        "artifactType": BUNDLE,
        "config": _pushed(repository, _NOTHING, _EMPTY),
        "layers": [_pushed(repository, bundle, BUNDLE)],
        "subject": Descriptor(subject.media_type, subject.digest, subject.size),
        "annotations": annotations,
    })  # fmt: skip
    stored, under = repository.push_manifest(data, MANIFEST)
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

    Raises RegistryError as soon as one cannot be fetched. What is there, and by its own bytes can
    be none of ours, is no such failure: else whoever may push could keep everybody from looking.
    """
    left = MAX_ALL
    for entry in referrers.listed(repository, subject):
        held = looked_at(repository, entry)
        if isinstance(held, Other):
            yield held
            continue
        left -= held.layer.size
        if left < 0:
            raise RegistryError(
                f"the bundles of {subject} have over {MAX_ALL >> 20} MiB: too much to look at",
                hint="remove stale attestations from the registry",
            )
        try:
            bundle = repository.blob(held.layer, limit=MAX_BUNDLE)
        except SizeError as error:
            yield Other(manifest=entry, why=f"its manifest is wrong: {error.message}")
            continue
        yield Attached(manifest=msgspec.structs.replace(entry, size=held.size), bundle=bundle)


class Held(msgspec.Struct, frozen=True):
    """A manifest with one Sigstore bundle."""

    size: int
    layer: Descriptor


def looked_at(repository: Repository, entry: Descriptor) -> Held | Other:
    """Say what a referrer is, by its manifest. Raises RegistryError where that cannot be had."""
    try:
        return _held(repository, entry)
    except _NoneOfOursError as why:
        return Other(manifest=entry, why=str(why))


def _held(repository: Repository, entry: Descriptor) -> Held:
    """Read a referrer's manifest. Raises _NoneOfOursError that says why it can be none."""
    if not referrers.is_ours(entry.digest):
        raise _NoneOfOursError(
            f"it is listed by another digest than sha256: {entry.digest[:100]!r}"
        )
    if entry.size > MAX_MANIFEST:
        raise _NoneOfOursError(f"its manifest has {entry.size} bytes, over {MAX_MANIFEST}")
    data = repository.document(entry.digest)
    try:
        kind = msgspec.json.decode(data, type=_Kind)
        if kind.media_type not in MANIFESTS:
            raise _NoneOfOursError(f"it is no artefact: {kind.media_type[:100]!r}")
        layers = msgspec.json.decode(data, type=Manifest).layers
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _NoneOfOursError(f"it is no manifest: {error}") from error
    if kind.manifests:
        raise _NoneOfOursError("it is no artefact: it is an index too")
    if len(layers) != 1:
        raise _NoneOfOursError(f"it is no Sigstore bundle: it has {len(layers)} files")
    return Held(len(data), _bundle(layers[0]))


def _bundle(layer: Descriptor) -> Descriptor:
    if not layer.media_type.startswith(_BUNDLES):
        raise _NoneOfOursError(f"it is no Sigstore bundle: it is {layer.media_type[:100]!r}")
    if not referrers.is_ours(layer.digest):
        raise _NoneOfOursError(f"its bundle has another digest than sha256: {layer.digest[:100]!r}")
    if not 0 <= layer.size <= MAX_BUNDLE:
        raise _NoneOfOursError(f"its bundle has {layer.size} bytes, and {MAX_BUNDLE} are the most")
    return layer


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


def _pushed(repository: Repository, data: bytes, media_type: str) -> Descriptor:
    digest = sha256_of(data)
    repository.push_blob(data, digest)
    return Descriptor(media_type, digest, len(data))
