"""Makes what feed servers serve: dumps, databases and a registry."""

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Mapping

from tests.support.loopback import Loopback, Request, Response

LAYER = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
METADATA = {"Version": 2, "UpdatedAt": "2026-11-22T06:00:00Z", "NextUpdate": "2026-11-23T06:00:00Z"}


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def bolt(keys: int = 3) -> bytes:
    """Write a bbolt file with one bucket, `vulnerability`, held inline."""
    size = 4096

    def leaf(items: list[tuple[int, bytes, bytes]]) -> bytes:
        heads, tail = b"", b""
        for place, (flags, key, value) in enumerate(items):
            at = 16 * (len(items) - place) + len(tail)
            heads += struct.pack("<IIII", flags, at, len(key), len(value))
            tail += key + value
        return heads + tail

    inner = leaf([(0, f"CVE-2020-{number}".encode(), b"{}") for number in range(keys)])
    inline = struct.pack("<QHHI", 0, 2, keys, 0) + inner
    value = struct.pack("<QQ", 0, 0) + inline
    root = struct.pack("<QHHI", 3, 2, 1, 0) + leaf([(1, b"vulnerability", value)])
    pages = []
    for number in (0, 1):
        meta = struct.pack("<IIIIQQQQQ", 0xED0CDAED, 2, size, 0, 3, 0, 2, 4, number)
        pages.append(struct.pack("<QHHI", number, 4, 0, 0) + meta + b"\0" * 8)
    pages += [struct.pack("<QHHI", 2, 0x10, 0, 0), root]
    return b"".join(one.ljust(size, b"\0") for one in pages)


def packed(files: Mapping[str, bytes], *, kind: bytes = tarfile.REGTYPE) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.type = kind
            member.size = len(data) if kind == tarfile.REGTYPE else 0
            member.linkname = "/etc/passwd"
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)


GOOD = {"trivy.db": bolt(), "metadata.json": json.dumps(METADATA).encode()}


class Registry:
    """As much of a registry as serves one artefact, with a token as GHCR wants one."""

    def __init__(self, layer: bytes, media: str = LAYER, size: int | None = None) -> None:
        self.layer = layer
        self.url = ""
        described = {
            "mediaType": media,
            "digest": digest(layer),
            "size": len(layer) if size is None else size,
        }
        self.manifest = json.dumps(
            {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [described]}
        ).encode()

    def __call__(self, request: Request) -> Response:
        if request.path.startswith("/token?"):
            assert "scope=repository%3Adb%2Ftrivy%3Apull" in request.path
            return Response.json({"token": "t0"})
        if request.headers.get("authorization") != "Bearer t0":
            scope = f'Bearer realm="{self.url}/token",service="r",scope="repository:db/trivy:pull"'
            return Response(401, headers={"WWW-Authenticate": scope})
        match request.path.split("/")[-2:]:
            case ["manifests", "2"]:
                return Response(200, self.manifest, {"Content-Type": MANIFEST})
            case ["manifests", wanted] if wanted == digest(self.manifest):
                return Response(200, self.manifest, {"Content-Type": MANIFEST})
            case ["blobs", wanted] if wanted == digest(self.layer):
                return Response(307, headers={"Location": f"{self.url}/cdn"})
            case _:
                return Response(404)


def serve(registry: Registry) -> Loopback:
    def handle(request: Request) -> Response:
        if request.path == "/cdn":
            return Response(200, registry.layer)
        return registry(request)

    server = Loopback(handle)
    registry.url = server.url
    return server


def dump(records: list[bytes], **more: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for line in records:
            archive.writestr(f"{json.loads(line)['id']}.json", json.dumps(json.loads(line)))
        for name, content in more.items():
            archive.writestr(name, content)
    return data.getvalue()
