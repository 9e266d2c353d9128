"""An image from one repository into another: every byte by its digest, with what refers to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.model.artifact import sha256_of
from pipeline.oci.documents import INDEXES, MANIFESTS, Descriptor
from pipeline.oci.registry import referrers
from pipeline.oci.registry.attached import MAX_BUNDLE, Held, Other, looked_at
from pipeline.oci.registry.errors import LastingError, RegistryError, SizeError
from pipeline.oci.registry.repository import Repository

_DEPTH: Final = 4
_MOST: Final = 1_000
"""Manifests of one image, its referrers among them."""


class _Names(msgspec.Struct, frozen=True, rename="camel"):
    """What a manifest or an index names, and what it refers to."""

    manifests: tuple[Descriptor, ...] = ()
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str | None = None
    annotations: dict[str, str] | None = None


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What lies at the destination now, read back from there."""

    manifests: tuple[str, ...]
    """Digests of the image: an index first, then what it holds."""
    referrers: tuple[str, ...]
    """Digests of what refers to any of them."""
    left: tuple[Other, ...]
    """What refers to them too, is no Sigstore bundle, and could not be copied."""


def copy(source: Repository, target: Repository, digest: str, *, scratch: Path) -> Copied:
    """Copy an image with all that refers to it, and read back what is listed at the destination.

    Layers go through `scratch`, one at a time. Whatever is there already is not sent again. Raises
    RegistryError where anything could not be read, written or found again: then no tag has moved.
    """
    manifests = tuple(_image(source, target, digest, scratch, depth=0))
    attached: list[str] = []
    left: list[Other] = []
    for one in manifests:
        for entry in referrers.listed(source, one):
            _limit(len(manifests) + len(attached) + len(left))
            if (other := _along(source, target, entry, scratch)) is not None:
                left.append(other)
                continue
            attached.append(entry.digest)
            _enlist(target, one, entry)
    apart = {one.manifest.digest for one in left}
    for one in manifests:
        target.resolve(one)
        there = {entry.digest for entry in referrers.listed(target, one)}
        if lost := {entry.digest for entry in referrers.listed(source, one)} - there - apart:
            raise RegistryError(
                f"{target.session.place.repository} does not list {', '.join(sorted(lost))}",
                hint="see who else writes to it",
            )
    return Copied(manifests=manifests, referrers=tuple(attached), left=tuple(left))


def _along(
    source: Repository, target: Repository, entry: Descriptor, scratch: Path
) -> Other | None:
    """Copy a referrer; return what can prove nothing, and cannot be copied either.

    Raises RegistryError for the same where the registry is at fault: it may be copied later.
    """
    found = looked_at(source, entry)
    try:
        _manifest(source, target, entry.digest, scratch)
    except LastingError as error:
        why = found.why if isinstance(found, Other) else _wrong(source, found)
        if not why:
            raise
        return Other(manifest=entry, why=f"{why}; {error.message}")
    return None


def _wrong(source: Repository, held: Held) -> str:
    """Say why what was taken for a bundle is none that counts; nothing where it may be one."""
    try:
        source.blob(held.layer, limit=MAX_BUNDLE)
    except SizeError as error:
        return f"its manifest is wrong: {error.message}"
    except RegistryError:
        return ""
    return ""


def _image(
    source: Repository, target: Repository, digest: str, scratch: Path, *, depth: int
) -> Iterator[str]:
    """Copy an index after what it holds, so that it never names what is not there."""
    if depth > _DEPTH:
        raise RegistryError(f"{digest} is nested deeper than {_DEPTH} times")
    descriptor, data = source.fetched(digest)
    if descriptor.media_type not in INDEXES | MANIFESTS:
        raise RegistryError(f"{digest} has media type {descriptor.media_type!r}: no image")
    below: list[str] = []
    if descriptor.media_type in INDEXES:
        named = _read(data, digest).manifests
        _limit(len(named))
        for one in dict.fromkeys(it.digest for it in named):
            below += _image(source, target, one, scratch, depth=depth + 1)
            _limit(len(below))
    _manifest(source, target, digest, scratch)
    yield digest
    yield from below


def _manifest(source: Repository, target: Repository, digest: str, scratch: Path) -> None:
    """Copy one manifest after its blobs."""
    descriptor, data = source.fetched(digest)
    named = _read(data, digest)
    config = () if named.config is None else (named.config,)
    for blob in (*config, *named.layers):
        if target.has_blob(blob.digest):
            continue
        try:
            source.download(blob, scratch)
            target.push_blob(scratch, blob.digest)
        finally:
            scratch.unlink(missing_ok=True)
    target.push_manifest(data, descriptor.media_type)


def _enlist(target: Repository, subject: str, entry: Descriptor) -> None:
    """See to it that the destination lists a referrer, by itself or under the fallback tag."""
    if all(one.digest != entry.digest for one in referrers.listed(target, subject)):
        _, data = target.fetched(entry.digest)
        named = _read(data, entry.digest)
        described = msgspec.structs.replace(
            entry,
            size=len(data),
            digest=sha256_of(data),
            artifact_type=named.artifact_type or entry.artifact_type,
            annotations=named.annotations or entry.annotations,
        )
        referrers.enlist(target, subject, described)


def _read(data: bytes, what: str) -> _Names:
    try:
        return msgspec.json.decode(data, type=_Names)
    except (ValueError, RecursionError) as error:
        raise LastingError(f"{what} is no manifest: {error}") from error


def _limit(count: int) -> None:
    if count > _MOST:
        raise RegistryError(f"over {_MOST} manifests belong to this image: too many to copy")
