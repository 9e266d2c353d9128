"""Write small, real container images from wheels and made-up packages: no root, daemon or network.

A layer is a mapping of path to Entry, so layers are built with `|` and spoiled with a
comprehension. Scanners read only the package databases, so a made-up package is found exactly
like a real one. Equal input gives equal digests.

    layer = os_release("debian", "12") | dpkg(Deb("zlib1g", "1:1.2.13.dfsg-1", source="zlib"))
    write_layout(folder, Image(layers=(layer | python_package("jinja2", "2.10"),)))
"""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

EPOCH: Final = "1970-01-01T00:00:00Z"
SITE_PACKAGES: Final = "usr/local/lib/python3.11/site-packages"
DPKG_STATUS: Final = "var/lib/dpkg/status"
_TYPE: Final = "application/vnd.oci.image"


@dataclass(frozen=True)
class Entry:
    """One file (`data`) or symbolic link (`link`) of a layer."""

    data: bytes = b""
    mode: int = 0o644
    link: str | None = None


Layer: TypeAlias = dict[str, Entry]


@dataclass(frozen=True)
class Deb:
    """A made-up Debian package; advisories are keyed by `source` where it differs from `name`."""

    name: str
    version: str
    source: str = ""
    architecture: str = "amd64"
    maintainer: str = "Nobody <nobody@example.invalid>"


@dataclass(frozen=True, kw_only=True)
class Image:
    """Layers, lowest first, and the settings of one image."""

    layers: tuple[Layer, ...]
    architecture: str = "amd64"
    user: str = "1000"
    env: Mapping[str, str] = field(default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    command: tuple[str, ...] = ()
    compression: Literal["gzip", "none"] = "gzip"
    """`none` gives the same digest on every machine; gzip's bytes depend on its library."""
    ref: str = ""
    """The image's name in the index."""


def text(path: str, content: str, *, mode: int = 0o644) -> Layer:
    """Return a layer of one text file."""
    return {path.lstrip("/"): Entry(content.encode(), mode)}


def directory(folder: Path, target: str) -> Layer:
    """Return a folder's files, with no more of their modes than the executable bit."""
    found: Layer = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            found[f"{target}/{path.relative_to(folder).as_posix()}"] = Entry(
                path.read_bytes(), mode
            )
    return found


def os_release(family: str, release: str) -> Layer:
    """Say which distribution this is, the way scanners look for it."""
    name = f'NAME="{family}"\nPRETTY_NAME="{family} {release}"\n'
    layer = text("usr/lib/os-release", f'ID={family}\nVERSION_ID="{release}"\n{name}')
    layer["etc/os-release"] = Entry(link="../usr/lib/os-release")
    if family == "debian":
        layer |= text("etc/debian_version", release + ("" if "." in release else ".0") + "\n")
    return layer


def dpkg(*packages: Deb) -> Layer:
    """Return the package database that says these are installed."""
    stanzas = [_stanza(package) for package in sorted(packages, key=lambda package: package.name)]
    layer = text(DPKG_STATUS, "\n".join(stanzas))
    for package in packages:
        layer |= text(f"var/lib/dpkg/info/{package.name}.list", "/.\n")
    return layer


def python_package(name: str, version: str) -> Layer:
    """Return a made-up distribution: an importable module and its metadata."""
    module = re.sub(r"[-.]+", "_", name).lower()
    info = f"{SITE_PACKAGES}/{module}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    return (
        text(f"{SITE_PACKAGES}/{module}/__init__.py", f'__version__ = "{version}"\n')
        | text(f"{info}/METADATA", metadata)
        | text(f"{info}/RECORD", f"{module}/__init__.py,,\n")
    )


def wheel(path: Path) -> Layer:
    """Return a real wheel, unpacked into site-packages."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return {f"{SITE_PACKAGES}/{name}": Entry(archive.read(name)) for name in names}


def write_layout(folder: Path, *images: Image) -> tuple[str, ...]:
    """Write an OCI image layout with one manifest per image and return their digests."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    entries = [_write_image(blobs, image) for image in images]
    index = {"schemaVersion": 2, "mediaType": f"{_TYPE}.index.v1+json", "manifests": entries}
    (folder / "index.json").write_bytes(_json(index))
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return tuple(str(entry["digest"]) for entry in entries)


def write_docker_archive(path: Path, image: Image, *, tag: str = "penstock-example:1") -> str:
    """Write the image the way `docker save` does and return its id, the configuration's digest."""
    tars = [tar(layer) for layer in image.layers]
    config = _config(image, tars)
    layers = {f"{_hex(content)}.tar": content for content in tars}
    name = f"{_hex(config)}.json"
    manifest = _json([{"Config": name, "RepoTags": [tag], "Layers": list(layers)}])
    files = {name: config, **layers, "manifest.json": manifest}
    path.write_bytes(tar({name: Entry(content) for name, content in files.items()}))
    return digest(config)


def tar(layer: Layer) -> bytes:
    """Return the uncompressed layer: sorted, owned by root, dated 1970."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, entry in sorted(layer.items()):
            archive.addfile(_member(path, entry), io.BytesIO(entry.data))
    return raw.getvalue()


def digest(content: bytes) -> str:
    """Return `sha256:` and the hexadecimal digest."""
    return f"sha256:{_hex(content)}"


def _write_image(blobs: Path, image: Image) -> dict[str, object]:
    tars = [tar(layer) for layer in image.layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_TYPE}.manifest.v1+json",
        "config": _blob(blobs, f"{_TYPE}.config.v1+json", _config(image, tars)),
        "layers": [_blob(blobs, *_packed(content, image.compression)) for content in tars],
    }
    entry = _blob(blobs, f"{_TYPE}.manifest.v1+json", _json(manifest))
    entry["platform"] = {"os": "linux", "architecture": image.architecture}
    if image.ref:
        entry["annotations"] = {"org.opencontainers.image.ref.name": image.ref}
    return entry


def _packed(content: bytes, compression: Literal["gzip", "none"]) -> tuple[str, bytes]:
    if compression == "none":
        return f"{_TYPE}.layer.v1.tar", content
    return f"{_TYPE}.layer.v1.tar+gzip", gzip.compress(content, compresslevel=6, mtime=0)


def _blob(blobs: Path, media_type: str, content: bytes) -> dict[str, object]:
    (blobs / _hex(content)).write_bytes(content)
    return {"mediaType": media_type, "digest": digest(content), "size": len(content)}


def _config(image: Image, tars: list[bytes]) -> bytes:
    settings: dict[str, object] = {
        "Env": [f"{name}={value}" for name, value in image.env.items()],
        "User": image.user,
    }
    if image.command:
        settings["Cmd"] = list(image.command)
    return _json(
        {
            "architecture": image.architecture,
            "os": "linux",
            "created": EPOCH,
            "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [digest(content) for content in tars]},
            "history": [{"created": EPOCH, "created_by": "penstock example"} for _ in tars],
        }
    )


def _member(path: str, entry: Entry) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.mode, member.size = entry.mode, len(entry.data)
    if entry.link is not None:
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, entry.link, 0o777
    return member


def _stanza(package: Deb) -> str:
    def lines() -> Iterator[str]:
        yield f"Package: {package.name}"
        yield "Status: install ok installed"
        yield f"Version: {package.version}"
        yield f"Architecture: {package.architecture}"
        yield f"Maintainer: {package.maintainer}"
        if package.source:
            yield f"Source: {package.source}"
        yield f"Description: made-up package {package.name}"

    return "".join(f"{line}\n" for line in lines())


def _hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
