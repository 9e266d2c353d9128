"""What the registry holds, and small images to put there."""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG: Final = "application/vnd.oci.image.config.v1+json"
LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclass(slots=True)
class Held:
    """One repository."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """By digest: the bytes and their media type."""
    tags: dict[str, str] = field(default_factory=dict)

    def blob(self, data: bytes, media_type: str) -> Json:
        """Store a blob and return its descriptor."""
        self.blobs[digest_of(data)] = data
        return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}

    def manifest(self, manifest: Json, tag: str | None = None) -> Json:
        """Store a manifest or an index and return its descriptor."""
        raw = json.dumps(manifest, separators=(",", ":")).encode()
        digest, kind = digest_of(raw), str(manifest["mediaType"])
        self.manifests[digest] = (raw, kind)
        if tag:
            self.tags[tag] = digest
        return {"mediaType": kind, "digest": digest, "size": len(raw)}

    def image(
        self, tag: str | None = None, *, content: bytes = b"hello", architecture: str = "amd64"
    ) -> Json:
        """Store a valid image of one file and return its descriptor."""
        layer = _tar({"etc/hello": content})
        rootfs = {"type": "layers", "diff_ids": [digest_of(layer)]}
        config = {"architecture": architecture, "os": "linux", "config": {}, "rootfs": rootfs}
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.blob(json.dumps(config).encode(), CONFIG),
            "layers": [self.blob(gzip.compress(layer, mtime=0), LAYER)],
        }
        return self.manifest(manifest, tag)

    def index(self, tag: str | None = None, *, architectures: tuple[str, ...]) -> Json:
        """Store an image for several platforms and return its descriptor."""
        manifests = [
            self.image(content=one.encode(), architecture=one)
            | {"platform": {"architecture": one, "os": "linux"}}
            for one in architectures
        ]
        return self.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}, tag)


def _tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()
