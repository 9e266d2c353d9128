"""The JSON documents of an image, with the fields that we depend on."""

import json
from collections.abc import Collection
from typing import Final, TypeVar

import msgspec

from pipeline.model.artifact import sha256_of
from pipeline.model.gap import GapReason
from pipeline.oci.errors import ImageError
from pipeline.oci.reference import DIGEST
from pipeline.oci.store import Store

MAX_DOCUMENT: Final = 8 << 20
INDEXES: Final = frozenset({
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
})  # fmt: skip
MANIFESTS: Final = frozenset({
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
})  # fmt: skip
CONFIGS: Final = frozenset({
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
})  # fmt: skip

_RELIED_ON: Final = frozenset({
    "architecture", "config", "diff_ids", "digest", "layers", "manifests", "mediatype", "os",
    "platform", "rootfs", "schemaversion", "size", "urls", "variant",
})  # fmt: skip

D = TypeVar("D")


class Platform(msgspec.Struct, frozen=True):
    """For which machine an entry of an index is."""

    os: str = ""
    architecture: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class Descriptor(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A promise about a blob."""

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None
    annotations: dict[str, str] | None = None
    artifact_type: str | None = None

    @property
    def blob(self) -> str:
        """Where a layout keeps it. The digest's form was checked, so this stays in the layout."""
        return f"blobs/sha256/{checked(self.digest).removeprefix('sha256:')}"


class Index(msgspec.Struct, frozen=True, rename="camel"):
    """index.json, or an index within it."""

    schema_version: int
    manifests: list[Descriptor]


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """One image for one platform."""

    schema_version: int
    config: Descriptor
    layers: list[Descriptor]


class RootFs(msgspec.Struct, frozen=True):
    """The digests of the unpacked layers."""

    type: str
    diff_ids: list[str]


class Config(msgspec.Struct, frozen=True):
    """What the image's configuration says of its content."""

    architecture: str
    os: str
    rootfs: RootFs
    variant: str = ""

    @property
    def platform(self) -> str:
        """Such as `linux/arm64/v8`."""
        return str(Platform(self.os, self.architecture, self.variant))


class Saved(msgspec.Struct, frozen=True, rename="pascal"):
    """An entry of the manifest.json that `docker save` writes."""

    config: str
    layers: list[str]


def fits(platform: str, wanted: str) -> bool:
    """Say whether a platform is the one that is wanted; without a variant any of them is."""
    return platform == wanted or platform.startswith(f"{wanted}/")


def checked(digest: str) -> str:
    """Return a sha256 digest, or raise ImageError."""
    if DIGEST.fullmatch(digest) is None:
        raise ImageError(GapReason.UNSUPPORTED, f"{digest[:80]!r} is not a sha256 digest")
    return digest


def read(store: Store, name: str) -> bytes:
    """Read a small file whole."""
    with store.open(name) as stream:
        data = stream.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise ImageError(GapReason.LIMIT, f"{name} is over {MAX_DOCUMENT >> 20} MiB")
    return data


def fetch(store: Store, descriptor: Descriptor, what: str) -> bytes:
    """Read a small blob and hold it against its descriptor."""
    if descriptor.size > MAX_DOCUMENT:
        raise ImageError(GapReason.LIMIT, f"the {what} is over {MAX_DOCUMENT >> 20} MiB")
    data = read(store, descriptor.blob)
    match(descriptor, sha256_of(data), len(data), what)
    return data


def match(descriptor: Descriptor, digest: str, size: int, what: str) -> None:
    """Raise ImageError unless a blob is what its descriptor promised."""
    if digest != descriptor.digest:
        raise ImageError(
            GapReason.DIGEST_MISMATCH,
            f"the {what} should have digest {descriptor.digest}, and has {digest}",
        )
    if size != descriptor.size:
        raise ImageError(
            GapReason.DIGEST_MISMATCH,
            f"the {what} should have {descriptor.size} bytes, and has {size}",
        )


def decode(data: bytes, form: type[D], what: str) -> D:
    """Read a document, or raise ImageError that says which is none.

    A member that is given twice has another value for each reader; most that run images take no
    notice of case in its name.
    """
    try:
        json.loads(data, object_pairs_hook=_require_distinct)
        return msgspec.json.decode(data, type=form)
    except (msgspec.DecodeError, RecursionError, ValueError) as exc:
        raise ImageError(GapReason.NOT_READ, f"the {what} cannot be read: {exc}") from exc


def _require_distinct(pairs: list[tuple[str, object]]) -> None:
    """Refuse a name that stands twice in an object; one that we rely on, in other letters too."""
    seen: set[str] = set()
    for name, _ in pairs:
        told = name.casefold() if name.casefold() in _RELIED_ON else name
        if told in seen:
            raise ValueError(f"it holds {name[:80]!r} twice")
        seen.add(told)


def expect(media_type: str, known: Collection[str], what: str) -> None:
    """Raise ImageError for a media type that we do not read."""
    if media_type not in known:
        raise ImageError(
            GapReason.UNSUPPORTED, f"the {what} has media type {media_type[:120]!r}: not an image"
        )
