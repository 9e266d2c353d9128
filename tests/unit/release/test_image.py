"""Which manifests a released image is, by what its registry says of it."""

import json
from typing import Any, cast

import pytest

from pipeline.errors import PenstockError, UsageError
from pipeline.model.artifact import sha256_of
from pipeline.oci.documents import Descriptor
from pipeline.oci.registry.errors import MissingError, RegistryError
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.repository import Repository
from pipeline.release.image import Image, found, named

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
PLACE = RegistryReference.parse("r.example/acme/app")


class Session:
    def __init__(self, place: RegistryReference) -> None:
        self.place = place


class Shelf:
    """A registry that holds manifests in memory."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, bytes]] = {}
        self.tags: dict[str, str] = {}
        self.asked: list[str] = []

    def put(self, document: Any, media: str = MANIFEST) -> str:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.held[sha256_of(data)] = (media, data)
        return sha256_of(data)

    def index(self, *entries: Any) -> str:
        return self.put({"schemaVersion": 2, "manifests": entries}, INDEX)

    def fetched(self, reference: str) -> tuple[Descriptor, bytes]:
        self.asked.append(reference)
        digest = self.tags.get(reference, reference)
        if digest not in self.held:
            raise MissingError(f"{reference}: there is no such thing")
        media, data = self.held[digest]
        return Descriptor(media, digest, len(data)), data

    def resolve(self, reference: str) -> Descriptor:
        return self.fetched(reference)[0]

    def find(self, text: str) -> Image:
        self.session = Session(RegistryReference.parse(f"r.example/acme/app{text}"))
        return found(cast("Repository", self))


def entry(digest: str, **fields: Any) -> dict[str, Any]:
    return {"mediaType": MANIFEST, "digest": digest, "size": 1, **fields}


def unknown(digest: str) -> dict[str, Any]:
    return entry(
        digest,
        platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest"},
    )


def test_one_manifest_is_itself() -> None:
    shelf = Shelf()
    digest = shelf.put({"a": 1})
    image = shelf.find(f"@{digest}")
    assert (image.digest, image.platforms, image.manifests) == (digest, (), (digest,))
    assert [one.digest for one in image.descriptors] == [digest]
    assert image.resource == f"r.example/acme/app@{digest}"


def test_an_index_is_what_it_holds_each_once_and_in_its_order() -> None:
    shelf = Shelf()
    one, two = shelf.put({"a": 1}), shelf.put({"a": 2})
    digest = shelf.index(entry(two), entry(one), entry(two))
    image = shelf.find(f"@{digest}")
    assert image.platforms == image.manifests == (two, one)
    assert [it.digest for it in image.descriptors] == [digest, two, one]


def test_sizes_are_those_that_the_registry_sends_and_not_those_of_the_index() -> None:
    shelf = Shelf()
    one = shelf.put({"a": 1})
    image = shelf.find(f"@{shelf.index(entry(one, size=999))}")
    assert image.descriptors[1].size == len(shelf.held[one][1])


def test_what_no_machine_can_run_is_left_out() -> None:
    shelf = Shelf()
    one, told = shelf.put({"a": 1}), shelf.put({"b": 1})
    assert shelf.find(f"@{shelf.index(entry(one), unknown(told))}").platforms == (one,)


def test_what_a_machine_can_run_by_another_entry_is_not_left_out() -> None:
    shelf = Shelf()
    one, two = shelf.put({"a": 1}), shelf.put({"b": 1})
    for entries in ((entry(one), unknown(one)), (unknown(one), entry(one))):
        assert one in shelf.find(f"@{shelf.index(entry(two), *entries)}").platforms


@pytest.mark.parametrize(
    "platform",
    [{"os": "linux", "architecture": "amd64"}, {"os": "unknown", "architecture": "amd64"}, None],
)
def test_an_attestation_by_its_annotation_alone_is_an_image(platform: Any) -> None:
    shelf = Shelf()
    one = shelf.put({"a": 1})
    hidden = unknown(one) | {"platform": platform}
    assert shelf.find(f"@{shelf.index(hidden)}").platforms == (one,)


def test_a_tag_beside_a_digest_is_asked_for_once_and_has_to_name_it() -> None:
    shelf = Shelf()
    one, two = shelf.put({"a": 1}), shelf.put({"a": 2})
    shelf.tags["1.0"] = one
    assert shelf.find(f":1.0@{one}").digest == one
    assert shelf.asked.count("1.0") == 1
    shelf.tags["1.0"] = two
    with pytest.raises(PenstockError, match=f"names {two} now, not {one}") as caught:
        shelf.find(f":1.0@{one}")
    assert not isinstance(caught.value, UsageError)


def test_a_tag_alone_is_refused_with_what_it_names() -> None:
    shelf = Shelf()
    shelf.tags["1.0"] = one = shelf.put({"a": 1})
    with pytest.raises(UsageError, match="names no digest") as caught:
        shelf.find(":1.0")
    assert f"r.example/acme/app@{one} now" in caught.value.hint


def test_a_tag_that_cannot_be_seen_is_refused_all_the_same() -> None:
    with pytest.raises(UsageError, match="cannot be seen") as caught:
        Shelf().find(":1.0")
    assert "@sha256:" in caught.value.hint


def test_without_a_registry_a_digest_is_all_that_is_known() -> None:
    digest = "sha256:" + "1" * 64
    image = named(RegistryReference.parse(f"r.example/acme/app@{digest}"))
    assert (image.manifests, image.descriptors) == ((digest,), ())
    with pytest.raises(UsageError, match="names no digest"):
        named(PLACE)


@pytest.mark.parametrize(
    ("media", "data", "why"),
    [
        ("application/json", b"{}", "no image"),
        ("", b"{}", "no image"),
        (INDEX, b"", "cannot be read"),
        (INDEX, b"[" * 100_000, "cannot be read"),
        (INDEX, b'{"schemaVersion": 2}', "cannot be read"),
        (INDEX, b'{"schemaVersion": 2, "manifests": []}', "holds 0 manifests"),
    ],
)
def test_what_is_no_image(media: str, data: bytes, why: str) -> None:
    shelf = Shelf()
    with pytest.raises(PenstockError, match=why):
        shelf.find(f"@{shelf.put(data, media)}")


def test_too_many_platforms_and_other_kinds_of_things() -> None:
    shelf = Shelf()
    one = shelf.put({"a": 1})
    with pytest.raises(PenstockError, match="holds 101 manifests"):
        shelf.find(f"@{shelf.index(*(entry(one) for _ in range(101)))}")
    chart = entry(one, mediaType="application/vnd.cncf.helm.config.v1+json")
    with pytest.raises(PenstockError, match="which is no image"):
        shelf.find(f"@{shelf.index(entry(one), chart)}")
    with pytest.raises(PenstockError, match="which is no image"):
        shelf.find(f"@{shelf.index(entry(one, mediaType=INDEX))}")


def test_a_platform_that_is_not_there_is_an_error_of_the_registry() -> None:
    shelf = Shelf()
    with pytest.raises(RegistryError):
        shelf.find(f"@{shelf.index(entry('sha256:' + '7' * 64))}")
