"""What a person may write to name an image."""

import re
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from pipeline.model.gap import GapReason
from pipeline.oci.errors import ImageError

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """`oci:DIR[@sha256:…]`: an OCI image layout."""

    path: Path
    digest: str | None


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """`archive:FILE.tar[.gz][@sha256:…]`: what `docker save` writes, or an OCI layout in a tar."""

    path: Path
    digest: str | None


Source: TypeAlias = Folder | Archive


def parse(ref: str, *, home: Path) -> Source:
    """Read a reference; relative paths start at `home`."""
    scheme, colon, rest = ref.partition(":")
    if not colon or scheme not in {"oci", "archive"}:
        name = ref.removeprefix("docker://")
        raise ImageError(
            GapReason.UNSUPPORTED,
            "images in registries are not pulled yet: copy it first "
            f"(skopeo copy docker://{name} oci:DIR) and name it as oci:DIR",
        )
    place, digest = _split(rest)
    if not place:
        raise ImageError(GapReason.NOT_READ, f"{scheme}: names no file")
    path = home / Path(place).expanduser()
    if scheme == "oci":
        return Folder(path=path, digest=digest)
    return Archive(path=path, digest=digest)


def _split(text: str) -> tuple[str, str | None]:
    place, at, digest = text.rpartition("@")
    if not at or not digest.startswith("sha256:"):
        return text, None
    if DIGEST.fullmatch(digest) is None:
        raise ImageError(GapReason.NOT_READ, f"{digest} is no digest: 64 hex digits are due")
    return place, digest
