"""Images whose makers want whoever opens them to fail, to wait or to look at something else."""

import gzip
import io
import json
import tarfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from examples.support import oci_image
from pipeline.model.gap import GapReason
from pipeline.model.inventory import BadImage
from pipeline.oci.image import open_image
from tests.failopen.images import (
    BAD,
    CLEAN,
    IN_JINJA,
    IN_ZLIB,
    JINJA,
    METADATA,
    REF,
    Lay,
    image,
    judged,
    raw,
)
from tests.failopen.ways import Way, cases, check, found, gap
from tests.support import layers
from tests.support.command import penstock
from tests.support.layers import entries, entry
from tests.support.trivy import TOKEN

pytestmark = pytest.mark.tools

_TYPE: Final = "application/vnd.oci.image"
_GZIPPED: Final = f"{_TYPE}.layer.v1.tar+gzip"
_STATUS: Final = oci_image.DPKG_STATUS
_FIXED: Final = oci_image.python_package("Jinja2", "3.1.6")
_FIXED_METADATA: Final = next(path for path in _FIXED if path.endswith("METADATA"))
_ZSTD: Final = b"\x28\xb5\x2f\xfd\x00\x58\x01\x00\x00"
_LIES: Final = [
    {"created_by": "nothing", "empty_layer": True},
    {"created_by": "::error::x\n\x1b[31m", "comment": "x" * 1000},
    {"created_by": "all of it", "empty_layer": True},
]


def _typed(media_type: str, packed: bytes = b"", **layer: Any) -> Lay:
    """Lay out an image whose layer claims to be of another type."""
    tar = oci_image.tar(BAD)
    words: dict[str, Any] = {"media_type": media_type, "layer": layer}
    return judged(lambda place: layers.write(place, tar, packed=[packed or tar], **words))


def _twice(name: str) -> Lay:
    """Let the manifest say under a second name that there is the clean layer alone."""

    def write(place: Path) -> None:
        layers.write(place, oci_image.tar(CLEAN), oci_image.tar(BAD))
        index = json.loads((place / "index.json").read_text())
        (top,) = index["manifests"]
        blobs = place / "blobs/sha256"
        text = (blobs / top["digest"].removeprefix("sha256:")).read_text()
        again = json.dumps(json.loads(text)["layers"][:1])
        data = f'{text[:-1]}, "{name}": {again}}}'.encode()
        top |= {"digest": oci_image.digest(data), "size": len(data)}
        (blobs / top["digest"].removeprefix("sha256:")).write_bytes(data)
        (place / "index.json").write_text(json.dumps(index))

    return judged(write)


def _missing(place: Path) -> None:
    """Leave a layer to be fetched from where the manifest says."""
    tar = oci_image.tar(BAD)
    layers.write(place, tar, layer={"urls": ["http://127.0.0.1:9/layer"]})
    (place / "blobs/sha256" / oci_image.digest(tar).removeprefix("sha256:")).unlink()


def _absolute() -> list[tuple[tarfile.TarInfo, bytes]]:
    return [
        entry(f"/{one.name}", data, kind=one.type, link=one.linkname) for one, data in entries(BAD)
    ]


WAYS: Final = (
    Way("image", "a name that climbs", raw(entries(BAD), [entry("../../etc/os-release", b"x")]),
        gap(REF, "unsupported")),
    Way("image", "a name that leads somewhere else than it looks",
        raw(entries(BAD), [entry(f"a/../{_STATUS}", CLEAN[_STATUS].data)]),
        gap(REF, "unsupported"), quick=True),
    Way("image", "a whiteout of the folder above", raw(entries(BAD), [entry("usr/.wh...")]),
        gap(REF, "unsupported")),
    Way("image", "absolute names", raw(_absolute()), finds=found(IN_ZLIB, REF)),
    Way("image", "links out of the image, devices and pipes", raw([
        *entries(BAD), entry("etc/passwd", kind=tarfile.SYMTYPE, link="/../../etc/passwd"),
        entry("etc/shadow", kind=tarfile.LNKTYPE, link="../../etc/shadow"),
        entry("dev/sda", kind=tarfile.BLKTYPE), entry("dev/kmem", kind=tarfile.CHRTYPE),
        entry("run/pipe", kind=tarfile.FIFOTYPE)]), finds=found(IN_ZLIB, REF), quick=True),
    Way("image", "one name twice: the last counts, as when it is unpacked", raw([
        *entries(CLEAN), entry(METADATA, _FIXED[_FIXED_METADATA].data),
        entry(METADATA, JINJA[METADATA].data)]), finds=found(IN_JINJA, REF)),
    Way("image", "a whiteout hides nothing of its own layer", raw([
        *entries(CLEAN | JINJA), entry(f"{oci_image.SITE_PACKAGES}/.wh.jinja2-2.10.dist-info")]),
        finds=found(IN_JINJA, REF)),
    Way("image", "zstd", _typed(f"{_TYPE}.layer.v1.tar+zstd"), gap(REF, "unsupported")),
    Way("image", "zstd that calls itself gzip", _typed(_GZIPPED, _ZSTD), gap(REF, "not_read")),
    Way("image", "gzip that calls itself plain",
        _typed(layers.PLAIN, gzip.compress(oci_image.tar(BAD))), gap(REF, "unsupported")),
    Way("image", "a foreign layer", _typed(f"{_TYPE}.layer.nondistributable.v1.tar"),
        gap(REF, "unsupported")),
    Way("image", "a layer elsewhere, which is never fetched", judged(_missing),
        gap(REF, "not_read")),
    Way("image", "addresses of a layer that is here as well",
        _typed(layers.PLAIN, urls=["http://127.0.0.1:9/layer"]), finds=found(IN_ZLIB, REF)),
    Way("image", "layers given twice", _twice("layers"), gap(REF, "not_read")),
    Way("image", "layers given twice, in other letters", _twice("Layers"), gap(REF, "not_read"),
        quick=True),
    Way("image", "a history that lies", raw(entries(BAD), config={"history": _LIES}),
        finds=found(IN_ZLIB, REF)),
    Way("image", "a history of other layers", raw(entries(BAD), config={"history": _LIES[1:2] * 9}),
        finds=found(IN_ZLIB, REF)),
    Way("image", "another machine's configuration", raw(entries(BAD), config={"os": "windows"}),
        finds=found(IN_ZLIB, REF)),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_it_is_scanned_as_it_is_or_said_not_to_be(way: Way, tmp_path: Path) -> None:
    bundle = check(way, tmp_path)
    written = (bundle.path / "verdict.json").read_text() + (bundle.path / "run.json").read_text()
    assert "\x1b" not in written


def _zeros(size: int) -> Iterator[bytes]:
    """Yield a tar of one file of zeros, without its end."""
    member = tarfile.TarInfo("zeros")
    member.size = size
    yield member.tobuf(tarfile.GNU_FORMAT)
    yield from (b"\0" * (1 << 20) for _ in range(size >> 20))


def _bomb(place: Path, size: int) -> None:
    """Write a layer that unpacks to a thousand times its size."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as stream:
        for chunk in _zeros(size):
            stream.write(chunk)
    layers.write(place, b"", packed=[packed.getvalue()], media_type=_GZIPPED)


def _opened(folder: Path) -> tuple[object, float, int]:
    """Open an image, and say how many seconds of CPU and bytes of Python's memory it took."""
    (folder / "private").mkdir()
    tracemalloc.start()
    begun = time.process_time()
    done = open_image(REF, home=folder, private=folder / "private")
    spent, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return done, spent, peak


@pytest.mark.slow
def test_a_layer_that_unpacks_to_a_thousand_times_its_size_is_given_up_soon(tmp_path: Path) -> None:
    _bomb(tmp_path / "image", 2 << 30)
    done, spent, peak = _opened(tmp_path)
    assert isinstance(done, BadImage)
    assert done.reason is GapReason.LIMIT
    assert "200 times" in done.detail
    assert spent < 60
    assert peak < 64 << 20


@pytest.mark.slow
def test_a_hundred_thousand_files_take_their_time_and_no_more(tmp_path: Path) -> None:
    many = [entry(f"srv/{n % 97}/{n}.txt", b"hello, hello\n") for n in range(100_000)]
    laid = raw([*entries(CLEAN | JINJA), *many, entry("srv/last", f"t = {TOKEN}\n".encode())])(
        tmp_path
    )
    done, spent, peak = _opened(laid.folder)
    assert not isinstance(done, BadImage), done
    assert spent < 60
    assert peak < 64 << 20
    begun = time.monotonic()
    ran = penstock("run", laid.folder, "--out", tmp_path / "out")
    assert ran.code == 1, ran.out
    assert "github-pat" in ran.out
    assert time.monotonic() - begun < 240


@pytest.mark.slow
def test_a_file_in_a_hundred_layers_is_what_the_last_one_says(tmp_path: Path) -> None:
    numbered = [{**CLEAN, "srv/x": oci_image.Entry(str(n).encode())} for n in range(99)]
    check(Way("image", "", image(*numbered, BAD), finds=found(IN_ZLIB, REF)), tmp_path)
