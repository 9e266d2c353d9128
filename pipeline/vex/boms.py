"""Finds where a package stands in the SBOMs of a run, so that others can be pointed to it."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

import msgspec

_CONTAINER: Final = "container"


class _Component(msgspec.Struct, frozen=True):
    type: str
    name: str
    ref: str = msgspec.field(name="bom-ref")
    purl: str = ""
    version: str = ""


class _Metadata(msgspec.Struct, frozen=True):
    component: _Component


class _Document(msgspec.Struct, frozen=True):
    serial: str = msgspec.field(name="serialNumber")
    version: int
    metadata: _Metadata
    components: tuple[_Component, ...] = ()


class Bom(msgspec.Struct, frozen=True, kw_only=True):
    """What one SBOM describes, and the packages in it."""

    image: str | None
    """The image as the run named it; None for the source."""
    digest: str | None
    packages: tuple[tuple[str, str], ...]
    """(purl, link to it from other documents)."""


def read(documents: Iterable[bytes]) -> tuple[Bom, ...]:
    """Read the SBOMs of a bundle. Raises msgspec.DecodeError for what Penstock did not write."""
    return tuple(_bom(msgspec.json.decode(data, type=_Document)) for data in documents)


def _bom(document: _Document) -> Bom:
    root = document.metadata.component
    held = root.type == _CONTAINER
    start = f"urn:cdx:{document.serial.removeprefix('urn:uuid:')}/{document.version}"
    return Bom(
        image=root.name if held else None,
        digest=root.version if held else None,
        packages=tuple(
            (one.purl, f"{start}#{quote(one.ref, safe='')}")
            for one in document.components
            if one.purl
        ),
    )
