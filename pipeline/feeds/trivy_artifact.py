"""Trivy's database as a registry holds it: one layer, a tar of two files."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.feeds import trivy_bolt
from pipeline.oci.documents import Descriptor
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.oci.registry.repository import Repository
    from pipeline.toolchain.http import Http

LAYER: Final = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
MAX_LAYER: Final = 1 << 30
MAX_FILE: Final = {"trivy.db": 8 << 30, "metadata.json": 1 << 16}
_MAX_TOTAL: Final = 9 << 30
_SIP: Final = 1 << 20


class _Layers(msgspec.Struct, frozen=True):
    layers: tuple[Descriptor, ...]


def fetch(reference: str, folder: Path, packed: Path, *, http: "Http", watcher: Watcher) -> None:
    """Fetch the artefact and lay its two files out as Trivy's cache has them."""
    from pipeline.oci.registry.reference import RegistryReference
    from pipeline.oci.registry.repository import Repository
    from pipeline.oci.registry.session import Session

    watcher.noted("trivy_db", f"asking for {reference}")
    folder.mkdir(parents=True, exist_ok=True)
    packed.parent.mkdir(parents=True, exist_ok=True)
    bare = reference.removeprefix("https://").removeprefix("http://")
    place = RegistryReference.parse(bare)
    repository = Repository(Session(place, http=http, login=None))
    layer = _only_layer(repository, place.reference)
    watcher.noted("trivy_db", f"fetching {layer.size >> 10} KiB, {layer.digest}")
    repository.download(layer, packed, kept=True)
    try:
        unpack(packed, folder / "db")
    finally:
        packed.unlink(missing_ok=True)


def _only_layer(repository: "Repository", reference: str) -> Descriptor:
    """Read the manifest and return its one layer, which must be a database."""
    _, data = repository.fetched(reference)
    try:
        layers = msgspec.json.decode(data, type=_Layers).layers
    except (ValueError, RecursionError) as error:
        raise PenstockError(f"{reference} is no manifest of an artefact: {error}") from error
    if len(layers) != 1 or layers[0].media_type != LAYER:
        kinds = ", ".join(layer.media_type for layer in layers) or "nothing"
        raise PenstockError(f"{reference} holds {kinds} where one {LAYER} is due")
    if layers[0].size > MAX_LAYER:
        raise PenstockError(f"{reference} has {layers[0].size} bytes, more than {MAX_LAYER}")
    return layers[0]


class _Sips(io.BufferedIOBase):
    """What is unpacked, never much at once: a tar's headers are as long as they say they are."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= _SIP or self._stream.tell() > _MAX_TOTAL:
            raise ValueError("it unpacks to more than it may")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence != io.SEEK_SET or offset > _MAX_TOTAL:
            raise ValueError("it unpacks to more than it may")
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def unpack(packed: Path, folder: Path) -> None:
    """Take the two files out of the layer, and nothing else, within limits."""
    folder.mkdir(parents=True, exist_ok=True)
    found: set[str] = set()
    try:
        with (
            gzip.open(packed) as stream,
            tarfile.open(fileobj=_Sips(stream)) as archive,
        ):
            for member in archive:
                name = member.name.removeprefix("./")
                if member.isfile() and name in MAX_FILE and name not in found:
                    found.add(name)
                    _extract(archive, member, folder / name, MAX_FILE[name])
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise PenstockError(f"the layer of the Trivy database cannot be read: {error}") from error
    if missing := sorted(MAX_FILE.keys() - found):
        raise PenstockError(f"the layer of the Trivy database lacks {' and '.join(missing)}")


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, to: Path, limit: int) -> None:
    if member.size > limit:
        raise ValueError(f"{member.name} is larger than it may be")
    source = archive.extractfile(member)
    if source is None:
        raise ValueError(f"{member.name} is no file")
    with source, to.open("wb") as stream:
        while chunk := source.read(1 << 20):
            stream.write(chunk)


def count(database: Path) -> int:
    """Count the vulnerabilities that a database describes; none is no database."""
    try:
        found = trivy_bolt.count(database, b"vulnerability")
    except ValueError as error:
        raise PenstockError(f"the Trivy database cannot be read: {error}") from error
    if not found:
        raise PenstockError("the Trivy database describes no vulnerability")
    return found
