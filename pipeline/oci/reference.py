"""What a person may write to name an image."""

import re
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from pipeline.errors import UsageError
from pipeline.model.gap import GapReason
from pipeline.oci.errors import ImageError
from pipeline.oci.registry.reference import RegistryReference

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """`oci:DIR[@sha256:…]`: an OCI image layout."""

    path: Path
    digest: str | None


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """`archive:FILE.tar[.gz][@sha256:…]`: what `docker save` writes, or an OCI layout in a tar."""

    path: Path
    digest: str | None


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """An image in a registry."""

    place: RegistryReference

    @property
    def digest(self) -> str | None:
        """The digest that was named."""
        return self.place.digest


Source: TypeAlias = Folder | Archive | Remote


def parse(ref: str, *, home: Path) -> Source:
    """Read a reference; relative paths start at `home`."""
    scheme, colon, rest = ref.partition(":")
    if not colon or scheme not in {"oci", "archive"}:
        return _remote(ref)
    place, digest = _split(rest)
    if not place:
        raise ImageError(GapReason.NOT_READ, f"{scheme}: names no file")
    path = home / Path(place).expanduser()
    if scheme == "oci":
        return Folder(path=path, digest=digest)
    return Archive(path=path, digest=digest)


def _remote(ref: str) -> Remote:
    try:
        return Remote(place=RegistryReference.parse(ref))
    except UsageError as error:
        raise ImageError(
            GapReason.NOT_READ, f"{error.message}; a layout on disk is oci:DIR or archive:FILE"
        ) from error


def _split(text: str) -> tuple[str, str | None]:
    place, at, digest = text.rpartition("@")
    if not at or not digest.startswith("sha256:"):
        return text, None
    if DIGEST.fullmatch(digest) is None:
        raise ImageError(GapReason.NOT_READ, f"{digest} is no digest: 64 hex digits are due")
    return place, digest
