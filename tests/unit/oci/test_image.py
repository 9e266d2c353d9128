"""Images are verified from index to diff ids, and every way of being another one is told."""

import gzip
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from examples.support import oci_image
from examples.support.oci_image import Deb, Entry
from pipeline.model.gap import GapReason
from pipeline.model.inventory import BadImage, Image
from pipeline.oci import documents, store
from pipeline.oci import layer as layers
from pipeline.oci.errors import ImageError
from pipeline.oci.image import open_image
from tests.support.trivy import good_image, rootfs


@pytest.fixture
def home(tmp_path: Path) -> Path:
    oci_image.write_layout(tmp_path / "image", good_image())
    (tmp_path / "private").mkdir()
    return tmp_path


def attempt(home: Path, ref: str) -> Image | BadImage:
    return open_image(ref, home=home, private=Path(tempfile.mkdtemp(dir=home / "private")))


def opened(home: Path, ref: str = "oci:image") -> Image:
    image = attempt(home, ref)
    assert isinstance(image, Image), image
    return image


def refused(home: Path, ref: str = "oci:image") -> BadImage:
    image = attempt(home, ref)
    assert isinstance(image, BadImage), image
    assert image.ref == ref
    return image


def blob(folder: Path, digest: str) -> Path:
    return folder / "blobs" / "sha256" / digest.removeprefix("sha256:")


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def edited(home: Path, change: Callable[[Any], None]) -> str:
    """Change the manifest, with every digest above it made right again."""
    folder = home / "image"
    index = read(folder / "index.json")
    manifest = read(blob(folder, index["manifests"][0]["digest"]))
    change(manifest)
    data = json.dumps(manifest).encode()
    index["manifests"][0] |= put(folder, data)
    (folder / "index.json").write_text(json.dumps(index))
    return str(index["manifests"][0]["digest"])


def put(folder: Path, data: bytes) -> dict[str, Any]:
    digest = oci_image.digest(data)
    blob(folder, digest).write_bytes(data)
    return {"digest": digest, "size": len(data)}


def manifest_of(home: Path) -> Any:
    folder = home / "image"
    return read(blob(folder, read(folder / "index.json")["manifests"][0]["digest"]))


def test_a_good_layout_is_copied_whole(home: Path) -> None:
    image = opened(home)
    index = read(home / "image" / "index.json")
    copy = read(Path(image.layout) / "index.json")
    assert image.manifest_digest == index["manifests"][0]["digest"]
    assert [one["digest"] for one in copy["manifests"]] == [image.manifest_digest]
    for digest in (image.manifest_digest, image.config_digest, *(x.digest for x in image.layers)):
        data = blob(Path(image.layout), digest).read_bytes()
        assert oci_image.digest(data) == digest
    assert image.platform == "linux/amd64"
    assert (image.system.family, image.system.release) == ("debian", "12")
    assert image.system.packages == ("libssl3", "tzdata", "zlib1g")


def test_the_copy_does_not_change_with_the_original(home: Path) -> None:
    image = opened(home)
    layer = image.layers[0].digest
    blob(home / "image", layer).write_bytes(b"something else")
    assert oci_image.digest(blob(Path(image.layout), layer).read_bytes()) == layer


@pytest.mark.parametrize("part", ["manifest", "config", "layer"])
def test_a_changed_blob_is_a_mismatch(home: Path, part: str) -> None:
    image = opened(home)
    digest = {
        "manifest": image.manifest_digest,
        "config": image.config_digest,
        "layer": image.layers[0].digest,
    }[part]
    path = blob(home / "image", digest)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert refused(home).reason is GapReason.DIGEST_MISMATCH


def test_a_swapped_layer_is_a_mismatch(home: Path) -> None:
    digest = manifest_of(home)["layers"][0]["digest"]
    other = gzip.compress(oci_image.tar(oci_image.text("etc/os-release", "ID=debian\n")), mtime=0)
    blob(home / "image", digest).write_bytes(other)
    bad = refused(home)
    assert bad.reason is GapReason.DIGEST_MISMATCH
    assert digest in bad.detail or "bytes" in bad.detail


def test_a_layer_that_the_configuration_does_not_know_is_a_mismatch(home: Path) -> None:
    other = gzip.compress(oci_image.tar(oci_image.text("etc/os-release", "ID=debian\n")), mtime=0)

    def swap(manifest: Any) -> None:
        manifest["layers"][0] |= put(home / "image", other)

    edited(home, swap)
    bad = refused(home)
    assert bad.reason is GapReason.DIGEST_MISMATCH
    assert "the configuration says" in bad.detail


def test_a_dropped_layer_is_a_mismatch(home: Path) -> None:
    edited(home, lambda manifest: manifest["layers"].clear())
    assert refused(home).reason is GapReason.DIGEST_MISMATCH


def test_a_wrong_size_is_a_mismatch(home: Path) -> None:
    def shrink(manifest: Any) -> None:
        manifest["layers"][0]["size"] += 1

    edited(home, shrink)
    assert refused(home).reason is GapReason.DIGEST_MISMATCH


def test_a_missing_layer_is_not_read(home: Path) -> None:
    blob(home / "image", manifest_of(home)["layers"][0]["digest"]).unlink()
    bad = refused(home)
    assert bad.reason is GapReason.NOT_READ
    assert "missing" in bad.detail


def test_a_pipe_in_place_of_a_blob_does_not_block(home: Path) -> None:
    path = blob(home / "image", manifest_of(home)["layers"][0]["digest"])
    path.unlink()
    os.mkfifo(path)
    assert refused(home).reason is GapReason.NOT_READ


def test_two_manifests_are_ambiguous_and_a_digest_decides(home: Path) -> None:
    other = oci_image.Image(layers=(rootfs(Deb("a", "1")),), architecture="arm64")
    digests = oci_image.write_layout(home / "two", good_image(), other)
    bad = refused(home, "oci:two")
    assert bad.reason is GapReason.AMBIGUOUS_IMAGE
    assert all(digest in bad.detail for digest in digests)
    for digest in digests:
        assert opened(home, f"oci:two@{digest}").manifest_digest == digest


def test_a_digest_that_is_not_there_is_not_read(home: Path) -> None:
    digest = "sha256:" + "0" * 64
    assert refused(home, f"oci:image@{digest}").reason is GapReason.NOT_READ


def nest(home: Path, *manifests: Any) -> str:
    """Put an index between index.json and these manifests."""
    folder = home / "image"
    inner = json.dumps({"schemaVersion": 2, "manifests": list(manifests)}).encode()
    entry = {"mediaType": "application/vnd.oci.image.index.v1+json", **put(folder, inner)}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return str(entry["digest"])


def test_a_nested_index_is_followed_and_may_be_named(home: Path) -> None:
    (manifest,) = read(home / "image" / "index.json")["manifests"]
    digest = nest(home, manifest)
    assert opened(home).manifest_digest == manifest["digest"]
    assert opened(home, f"oci:image@{digest}").manifest_digest == manifest["digest"]


def test_an_attestation_is_no_image_but_a_runnable_one_cannot_pass_for_it(home: Path) -> None:
    (manifest,) = read(home / "image" / "index.json")["manifests"]
    data = blob(home / "image", manifest["digest"]).read_bytes() + b" "
    second = manifest | put(home / "image", data)
    second["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
    second["platform"] = {"os": "unknown", "architecture": "unknown"}
    nest(home, manifest, second)
    assert opened(home).manifest_digest == manifest["digest"]
    second["platform"] = {"os": "linux", "architecture": "amd64"}
    nest(home, manifest, second)
    assert refused(home).reason is GapReason.AMBIGUOUS_IMAGE


def test_an_index_in_an_index_without_end_is_a_limit(home: Path) -> None:
    (manifest,) = read(home / "image" / "index.json")["manifests"]
    for _ in range(8):
        nest(home, manifest)
        (manifest,) = read(home / "image" / "index.json")["manifests"]
    assert refused(home).reason is GapReason.LIMIT


@pytest.mark.parametrize("digest", ["sha256:../../../etc/passwd", "sha512:00", "", "sha256:AB"])
def test_a_digest_never_leaves_the_layout(home: Path, digest: str) -> None:
    def point(manifest: Any) -> None:
        manifest["layers"][0]["digest"] = digest

    edited(home, point)
    assert refused(home).reason is GapReason.UNSUPPORTED


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "text/html",
    ],
)
def test_other_layers_than_tar_and_gzip_are_unsupported(home: Path, media_type: str) -> None:
    def name(manifest: Any) -> None:
        manifest["layers"][0]["mediaType"] = media_type

    edited(home, name)
    bad = refused(home)
    assert bad.reason is GapReason.UNSUPPORTED
    assert media_type in bad.detail


def test_a_layer_that_is_not_what_its_media_type_says_is_refused(home: Path) -> None:
    def name(manifest: Any) -> None:
        manifest["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar"

    edited(home, name)
    assert refused(home).reason is GapReason.UNSUPPORTED


def test_a_configuration_of_something_else_is_unsupported(home: Path) -> None:
    def name(manifest: Any) -> None:
        manifest["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"

    edited(home, name)
    assert refused(home).reason is GapReason.UNSUPPORTED


def test_what_unpacks_without_end_is_a_limit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "MAX_UNPACKED", 4096)
    assert refused(home).reason is GapReason.LIMIT


def test_a_document_without_end_is_a_limit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_DOCUMENT", 100)
    assert refused(home).reason is GapReason.LIMIT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html>",
        b'{"schemaVersion":2,"manifests":[]}',
        b"[" * 99999,
    ],
)
def test_an_index_that_is_none_is_not_read(home: Path, content: bytes) -> None:
    (home / "image" / "index.json").write_bytes(content)
    assert refused(home).reason is GapReason.NOT_READ


@pytest.mark.parametrize("ref", ["oci:nowhere", "oci:", "archive:nowhere.tar", "archive:private"])
def test_what_is_not_there_is_not_read(home: Path, ref: str) -> None:
    assert refused(home, ref).reason is GapReason.NOT_READ


def test_a_folder_that_is_no_layout_says_so(home: Path) -> None:
    bad = refused(home, "oci:.")
    assert (bad.reason, "no index.json" in bad.detail) == (GapReason.NOT_READ, True)


@pytest.mark.parametrize("ref", ["nginx", "nginx:1.27", "ghcr.io/a/b@sha256:" + "0" * 64])
def test_an_image_in_a_registry_is_not_read_without_one(home: Path, ref: str) -> None:
    bad = refused(home, ref)
    assert bad.reason is GapReason.NOT_READ
    assert "--offline" in bad.detail


@pytest.mark.parametrize("ref", ["Nginx", "a/b:", "a/b@sha256:12", "http://a.example/b", "a//b"])
def test_what_names_nothing_anywhere_is_told_with_the_forms_that_do(home: Path, ref: str) -> None:
    bad = refused(home, ref)
    assert bad.reason is GapReason.NOT_READ
    assert "oci:DIR" in bad.detail


def test_a_broken_digest_is_told(home: Path) -> None:
    assert "64 hex digits" in refused(home, "oci:image@sha256:12").detail


# ---------------------------------------------------------------------------- archives


def saved(home: Path) -> tuple[Path, str]:
    return home / "saved.tar", oci_image.write_docker_archive(home / "saved.tar", good_image())


def pack(home: Path, name: str = "layout.tar") -> Path:
    files = {
        path.relative_to(home / "image").as_posix(): Entry(path.read_bytes())
        for path in (home / "image").rglob("*")
        if path.is_file()
    }
    (home / name).write_bytes(oci_image.tar(files))
    return home / name


@pytest.mark.parametrize("packed", [False, True])
def test_what_docker_saves_is_laid_out_with_a_manifest(home: Path, *, packed: bool) -> None:
    path, image_id = saved(home)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    image = opened(home, "archive:saved.tar")
    assert image.config_digest == image_id
    assert [one.diff_id for one in image.layers] == [one.diff_id for one in opened(home).layers]
    manifest = read(blob(Path(image.layout), image.manifest_digest))
    assert manifest["layers"][0]["digest"] == image.layers[0].digest
    assert not list((home / "private").rglob("*.tar"))


def test_a_layout_in_a_tar_keeps_its_manifest(home: Path) -> None:
    pack(home)
    assert opened(home, "archive:layout.tar").manifest_digest == opened(home).manifest_digest


def test_docker_s_links_between_layers_are_followed(home: Path) -> None:
    layer = oci_image.tar(rootfs())
    diff_id = oci_image.digest(layer)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [diff_id, diff_id]},
        }
    ).encode()
    manifest = [{"Config": "c.json", "RepoTags": [], "Layers": ["a/layer.tar", "b/layer.tar"]}]
    files = {
        "c.json": Entry(config),
        "a/layer.tar": Entry(layer),
        "b/layer.tar": Entry(link="../a/layer.tar"),
        "manifest.json": Entry(json.dumps(manifest).encode()),
    }
    (home / "linked.tar").write_bytes(oci_image.tar(files))
    assert [one.diff_id for one in opened(home, "archive:linked.tar").layers] == [diff_id] * 2
    files["b/layer.tar"] = Entry(link="../../../../etc/passwd")
    (home / "escape.tar").write_bytes(oci_image.tar(files))
    assert refused(home, "archive:escape.tar").reason is GapReason.NOT_READ


@pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
def test_a_truncated_archive_is_not_read(home: Path, share: float) -> None:
    path, _ = saved(home)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert refused(home, "archive:saved.tar").reason is GapReason.NOT_READ


def test_a_truncated_gzip_is_not_read(home: Path) -> None:
    path, _ = saved(home)
    data = gzip.compress(path.read_bytes())
    path.write_bytes(data[: len(data) // 2])
    assert refused(home, "archive:saved.tar").reason is GapReason.NOT_READ


def test_a_swapped_layer_in_an_archive_is_a_mismatch(home: Path) -> None:
    path, _ = saved(home)
    layer = oci_image.tar(good_image().layers[0])
    other = bytearray(layer)
    other[other.index(b"zlib1g")] ^= 1
    path.write_bytes(path.read_bytes().replace(layer, bytes(other)))
    assert refused(home, "archive:saved.tar").reason is GapReason.DIGEST_MISMATCH


def test_a_configuration_that_is_not_what_its_name_says_is_a_mismatch(home: Path) -> None:
    path, _ = saved(home)
    path.write_bytes(path.read_bytes().replace(b'"User":"1000"', b'"User":"0000"'))
    assert refused(home, "archive:saved.tar").reason is GapReason.DIGEST_MISMATCH


def test_two_saved_images_are_ambiguous(home: Path) -> None:
    one: dict[str, object] = {"Config": "c.json", "RepoTags": None, "Layers": []}
    files = {"manifest.json": Entry(json.dumps([one, one]).encode()), "c.json": Entry(b"{}")}
    (home / "two.tar").write_bytes(oci_image.tar(files))
    assert refused(home, "archive:two.tar").reason is GapReason.AMBIGUOUS_IMAGE


def test_a_member_twice_in_an_archive_is_ambiguous(home: Path) -> None:
    path = pack(home)
    twice = path.read_bytes().rstrip(b"\0")
    twice += b"\0" * (-len(twice) % 512)
    path.write_bytes(twice + oci_image.tar({"index.json": Entry(b"{}")}))
    assert refused(home, "archive:layout.tar").reason is GapReason.AMBIGUOUS_IMAGE


def test_an_archive_that_unpacks_without_end_is_a_limit(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = saved(home)
    path.write_bytes(gzip.compress(path.read_bytes()))
    monkeypatch.setattr(store, "MAX_UNPACKED", 1000)
    assert refused(home, "archive:saved.tar").reason is GapReason.LIMIT


def test_an_archive_of_something_else_says_so(home: Path) -> None:
    (home / "other.tar").write_bytes(oci_image.tar({"README": Entry(b"hello")}))
    assert "no index.json and no manifest.json" in refused(home, "archive:other.tar").detail


def test_equal_images_give_equal_records_wherever_they_lie(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    oci_image.write_layout(other / "image", good_image())
    (other / "private").mkdir()
    first, second = opened(home), opened(other)
    assert first == msgspec.structs.replace(second, layout=first.layout)


@pytest.mark.parametrize(
    "text",
    [
        '{"os": "linux", "os": "x"}',
        '{"os": "linux", "OS": "x"}',
        '{"a": {"Layers": 1, "layers": 2}}',
    ],
)
def test_a_member_that_is_given_twice_is_not_read(text: str) -> None:
    with pytest.raises(ImageError) as caught:
        documents.decode(text.encode(), dict[str, object], "configuration")
    assert caught.value.reason is GapReason.NOT_READ


def test_labels_may_differ_in_case_alone() -> None:
    text = b'{"Labels": {"Maintainer": "a", "maintainer": "b"}}'
    assert documents.decode(text, dict[str, object], "configuration")
