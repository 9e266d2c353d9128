"""Layers entry by entry, as no builder writes them, and layouts around them."""

import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from examples.support.oci_image import Entry, Layer, digest

_TYPE: Final = "application/vnd.oci.image"
PLAIN: Final = f"{_TYPE}.layer.v1.tar"


def entry(
    path: str, data: bytes = b"", *, kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """Return one entry of a tar archive, whatever it is."""
    member = tarfile.TarInfo(path)
    member.type, member.linkname, member.size = kind, link, len(data)
    return member, data


def entries(layer: Layer) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Return the entries of a layer that a builder would write."""
    return [_plain(path, one) for path, one in sorted(layer.items())]


def _plain(path: str, one: Entry) -> tuple[tarfile.TarInfo, bytes]:
    if one.link is not None:
        return entry(path, kind=tarfile.SYMTYPE, link=one.link)
    return entry(path, one.data)


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Return a tar archive of these entries, in their order."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, data in members:
            archive.addfile(member, io.BytesIO(data))
    return raw.getvalue()


def write(
    folder: Path,
    *tars: bytes,
    packed: Sequence[bytes] = (),
    media_type: str = PLAIN,
    layer: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
) -> None:
    """Write a layout of one image; `packed` is how its layers are stored where it is not plain.

    `layer` adds to the last layer's descriptor, `config` to the configuration.
    """
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(form: str, content: bytes) -> dict[str, Any]:
        (blobs / digest(content).removeprefix("sha256:")).write_bytes(content)
        return {"mediaType": form, "digest": digest(content), "size": len(content)}

    settings = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest(one) for one in tars]},
        **(config or {}),
    }
    layers = [blob(media_type, one) for one in packed or tars]
    layers[-1].update(layer or {})
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_TYPE}.manifest.v1+json",
        "config": blob(f"{_TYPE}.config.v1+json", json.dumps(settings).encode()),
        "layers": layers,
    }
    top = blob(f"{_TYPE}.manifest.v1+json", json.dumps(manifest).encode())
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
