"""Opens an image: found, verified, and copied as a private layout of exactly one manifest."""

import hashlib
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, assert_never

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.artifact import sha256_of
from pipeline.model.gap import GapReason
from pipeline.model.inventory import BadImage, Image, Layer
from pipeline.oci import layer as layers
from pipeline.oci.documents import (
    CONFIGS,
    Config,
    Descriptor,
    Index,
    Manifest,
    Saved,
    checked,
    decode,
    expect,
    fetch,
    fits,
    match,
    read,
)
from pipeline.oci.errors import ImageError
from pipeline.oci.glean import glean
from pipeline.oci.reference import DIGEST, Archive, Folder, Remote, parse
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.select import select
from pipeline.oci.store import FolderStore, Store, open_archive
from pipeline.oci.system import read_system

MAX_LAYERS: Final = 512
MAX_LAYER: Final = 32 << 30
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
_PLAIN: Final = "application/vnd.oci.image.layer.v1.tar"
_GZIPPED: Final = "application/vnd.oci.image.layer.v1.tar+gzip"


class _Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of the one image that is meant."""

    manifest: bytes
    media_type: str
    config: bytes


if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.oci.registry.repository import Repository


class Asks(Protocol):
    """Opens a repository, with the login that is known for it."""

    def __call__(self, place: RegistryReference, /) -> "Repository":
        """Open one. Raises RegistryError where its login cannot be read."""


def open_image(
    ref: str,
    *,
    home: Path,
    private: Path,
    registry: Asks | None = None,
    platform: str | None = None,
) -> Image | BadImage:
    """Verify an image from index to diff ids and lay a copy out below `private`.

    `platform` says which, of an image for several. Without `registry` only what lies on disk is
    opened. Everything is hashed while it is copied, so that a scanner sees what was verified even
    when somebody changes the original meanwhile.
    """
    name = hashlib.sha256(ref.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    layout = private / name
    try:
        source = parse(ref, home=home)
        with ExitStack() as stack:
            store: Store
            match source:
                case Folder(path=path):
                    _require_folder(path)
                    store = FolderStore(path)
                case Archive(path=path):
                    scratch = private / f"{name}.tar"
                    store = stack.enter_context(open_archive(path, scratch=scratch))
                case Remote(place=place):
                    store = _remote(place, registry, private / f"{name}.blob")
                case _:
                    assert_never(source)
            return _open(ref, store, source.digest, layout, platform)
    except ImageError as error:
        return BadImage(ref=ref, reason=error.reason, detail=error.message)
    except OSError as error:
        return BadImage(ref=ref, reason=GapReason.NOT_READ, detail=f"cannot be read: {error}")


def _remote(place: RegistryReference, registry: Asks | None, scratch: Path) -> Store:
    from pipeline.oci.remote import RegistryStore

    if registry is None:
        raise ImageError(
            GapReason.NOT_READ, "it lies in a registry, and --offline was given: name it as oci:DIR"
        )
    try:
        repository = registry(place)
    except PenstockError as error:
        raise ImageError(GapReason.NOT_READ, error.message) from error
    return RegistryStore(repository, place.reference, scratch=scratch)


def _require_folder(path: Path) -> None:
    if not path.is_dir():
        raise ImageError(GapReason.NOT_READ, "there is no such folder")
    if not (path / "index.json").is_file():
        raise ImageError(GapReason.NOT_READ, "the folder is no OCI layout: it has no index.json")


def _open(ref: str, store: Store, digest: str | None, layout: Path, platform: str | None) -> Image:
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    if store.has("index.json"):
        chosen, parts = _from_layout(store, digest, platform)
    elif store.has("manifest.json"):
        chosen, parts = _from_docker(store, digest, blobs)
    else:
        raise ImageError(
            GapReason.NOT_READ, "the archive is no image: no index.json and no manifest.json in it"
        )
    config = decode(chosen.config, Config, "configuration")
    if platform is not None and not fits(config.platform, platform):
        raise ImageError(GapReason.NOT_READ, f"it is for {config.platform}, and not for {platform}")
    copied = _copy_layers(store, parts, config, blobs)
    _write(layout, chosen)
    members = [one.members for one in copied]
    packed = [blobs / one.digest.removeprefix("sha256:") for one in copied]
    return Image(
        ref=ref,
        layout=str(layout),
        manifest_digest=sha256_of(chosen.manifest),
        config_digest=sha256_of(chosen.config),
        layers=tuple(
            Layer(digest=one.digest, diff_id=one.diff_id, size=one.size) for one in copied
        ),
        platform=config.platform,
        system=read_system(members),
        rest=glean(members, packed, layout.with_name(f"{layout.name}-rest")),
    )


def _from_layout(
    store: Store, digest: str | None, platform: str | None
) -> tuple[_Chosen, list[tuple[str, Descriptor]]]:
    entry = select(store, digest, platform)
    raw = fetch(store, entry, "manifest")
    manifest = decode(raw, Manifest, "manifest")
    expect(manifest.config.media_type, CONFIGS, "configuration")
    chosen = _Chosen(
        manifest=raw,
        media_type=entry.media_type,
        config=fetch(store, manifest.config, "configuration"),
    )
    return chosen, [(one.blob, one) for one in manifest.layers]


def _from_docker(
    store: Store, digest: str | None, blobs: Path
) -> tuple[_Chosen, list[tuple[str, Descriptor]]]:
    """Read what `docker save` writes, and give it the manifest that it lacks."""
    if digest is not None:
        raise ImageError(
            GapReason.UNSUPPORTED, "an archive of `docker save` has no manifest digest to choose by"
        )
    saved = decode(read(store, "manifest.json"), list[Saved], "manifest.json")
    if len(saved) != 1:
        reason = GapReason.AMBIGUOUS_IMAGE if saved else GapReason.NOT_READ
        raise ImageError(reason, f"the archive holds {len(saved)} images, and one is due")
    raw = read(store, saved[0].config)
    named = saved[0].config.rpartition("/")[2].removesuffix(".json")
    if DIGEST.fullmatch(f"sha256:{named}") and sha256_of(raw) != f"sha256:{named}":
        raise ImageError(GapReason.DIGEST_MISMATCH, "the configuration is not what its name says")
    parts = [(name, _measure(store, name, blobs)) for name in saved[0].layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": _CONFIG, "digest": sha256_of(raw), "size": len(raw)},
        "layers": [
            {"mediaType": one.media_type, "digest": one.digest, "size": one.size}
            for _, one in parts
        ],
    }
    chosen = _Chosen(manifest=msgspec.json.encode(manifest), media_type=_MANIFEST, config=raw)
    return chosen, parts


def _measure(store: Store, name: str, blobs: Path) -> Descriptor:
    """Describe a layer that has no descriptor: its diff id is what will be held against it."""
    with store.open(name) as stream:
        gzipped = stream.read(2) == b"\x1f\x8b"
    with store.open(name) as stream:
        copied = layers.copy(
            stream, blobs / "measured", gzipped=gzipped, limit=MAX_LAYER, what=f"layer {name!r}"
        )
    (blobs / "measured").unlink()
    return Descriptor(_GZIPPED if gzipped else _PLAIN, copied.digest, copied.size)


def _copy_layers(
    store: Store, parts: list[tuple[str, Descriptor]], config: Config, blobs: Path
) -> list[layers.Copied]:
    if len(parts) > MAX_LAYERS:
        raise ImageError(GapReason.LIMIT, f"the image has over {MAX_LAYERS} layers")
    if len(parts) != len(config.rootfs.diff_ids):
        raise ImageError(
            GapReason.DIGEST_MISMATCH,
            f"the manifest has {len(parts)} layers, the configuration "
            f"{len(config.rootfs.diff_ids)}",
        )
    copied = []
    for number, ((name, promised), diff_id) in enumerate(
        zip(parts, config.rootfs.diff_ids, strict=True), start=1
    ):
        what = f"layer {number}"
        one = _copy_layer(store, name, promised, blobs, what)
        if one.diff_id != checked(diff_id):
            raise ImageError(
                GapReason.DIGEST_MISMATCH,
                f"{what} unpacks to {one.diff_id}, and the configuration says {diff_id}",
            )
        copied.append(one)
    return copied


def _copy_layer(
    store: Store, name: str, promised: Descriptor, blobs: Path, what: str
) -> layers.Copied:
    if promised.media_type not in layers.GZIPPED | layers.PLAIN:
        raise ImageError(
            GapReason.UNSUPPORTED,
            f"{what} has media type {promised.media_type[:120]!r}: only tar and gzip are read",
        )
    target = blobs / checked(promised.digest).removeprefix("sha256:")
    with store.open(name) as stream:
        one = layers.copy(
            stream,
            target,
            gzipped=promised.media_type in layers.GZIPPED,
            limit=min(promised.size, MAX_LAYER),
            what=what,
            promised=promised.digest,
        )
    match(promised, one.digest, one.size, what)
    return one


def _write(layout: Path, chosen: _Chosen) -> None:
    """Write the private layout's documents."""
    blobs = layout / "blobs" / "sha256"
    for data in (chosen.manifest, chosen.config):
        (blobs / sha256_of(data).removeprefix("sha256:")).write_bytes(data)
    only = Descriptor(chosen.media_type, sha256_of(chosen.manifest), len(chosen.manifest))
    index = msgspec.json.encode(Index(schema_version=2, manifests=[only]))
    (layout / "index.json").write_bytes(index)
    (layout / "oci-layout").write_bytes(b'{"imageLayoutVersion":"1.0.0"}')
