"""An image that is named by a registry reference is verified and laid out like one on disk."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.model.gap import GapReason
from pipeline.model.inventory import BadImage, Image
from pipeline.oci.image import open_image
from pipeline.oci.registry.connect import Registries
from pipeline.toolchain.http import Http
from tests.support.loopback import Response
from tests.support.registry.content import INDEX
from tests.support.registry.server import MiniRegistry

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NAME = "acme/app"


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one:
        yield one


def opened(
    ref: str,
    tmp_path: Path,
    surroundings: dict[str, str] | None = None,
    platform: str | None = None,
) -> Image | BadImage:
    http = Http(timeout=5, tries=2, sleep=lambda _: None)
    with Registries(surroundings or {}, http=http) as registries:
        return open_image(
            ref,
            home=tmp_path,
            private=tmp_path,
            registry=registries.repository,
            platform=platform,
        )


@pytest.mark.parametrize("by", [":1.0", "@DIGEST", ":1.0@DIGEST"])
def test_it_is_pulled_by_tag_or_digest(registry: MiniRegistry, tmp_path: Path, by: str) -> None:
    digest = registry.held(NAME).image("1.0")["digest"]
    ref = f"{registry.address}/{NAME}{by.replace('DIGEST', digest)}"
    image = opened(ref, tmp_path)
    assert isinstance(image, Image)
    assert image.manifest_digest == digest
    layout = Path(image.layout)
    listed = json.loads((layout / "index.json").read_bytes())["manifests"]
    assert [one["digest"] for one in listed] == [digest]
    assert len(list((layout / "blobs" / "sha256").iterdir())) == 3
    assert list(tmp_path.glob("*.blob")) == []


def test_an_index_is_refused_with_the_digests_to_choose_from(
    registry: MiniRegistry, tmp_path: Path
) -> None:
    registry.held(NAME).index("1.0", architectures=("amd64", "arm64"))
    bad = opened(f"{registry.address}/{NAME}:1.0", tmp_path)
    assert isinstance(bad, BadImage)
    assert bad.reason is GapReason.AMBIGUOUS_IMAGE
    assert "linux/arm64" in bad.detail


def test_a_login_is_taken_from_dockers_file(tmp_path: Path) -> None:
    with MiniRegistry(login=("user", "secret"), basic=True) as one:
        one.held(NAME).image("1.0")
        settings = {"auths": {one.address: {"auth": "dXNlcjpzZWNyZXQ="}}}
        (tmp_path / "config.json").write_text(json.dumps(settings))
        ref = f"{one.address}/{NAME}:1.0"
        assert isinstance(opened(ref, tmp_path, {"DOCKER_CONFIG": str(tmp_path)}), Image)
        bad = opened(ref, tmp_path / "other", {})
        assert isinstance(bad, BadImage)
        assert "login" in bad.detail


def test_a_login_that_cannot_be_read_is_not_left_out(
    registry: MiniRegistry, tmp_path: Path
) -> None:
    registry.held(NAME).image("1.0")
    (tmp_path / "config.json").write_text("{")
    ref = f"{registry.address}/{NAME}:1.0"
    bad = opened(ref, tmp_path, {"DOCKER_CONFIG": str(tmp_path)})
    assert isinstance(bad, BadImage)
    assert "config.json" in bad.detail


@pytest.mark.parametrize("where", ["manifests", "blobs"])
def test_other_bytes_are_a_digest_mismatch(
    registry: MiniRegistry, tmp_path: Path, where: str
) -> None:
    digest = registry.held(NAME).image("1.0")["digest"]
    registry.web.alter(
        f"GET /v2/.*/{where}/",
        lambda r: Response(r.status, r.body[:-1] + b" ", r.headers),
        times=math.inf,
    )
    bad = opened(f"{registry.address}/{NAME}@{digest}", tmp_path)
    assert isinstance(bad, BadImage)
    assert bad.reason is GapReason.DIGEST_MISMATCH


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("where", ["manifests", "blobs"])
def test_a_registry_that_does_not_give_it_is_a_gap(
    registry: MiniRegistry, tmp_path: Path, where: str, status: int
) -> None:
    registry.held(NAME).image("1.0")
    registry.web.fail(f"GET /v2/.*/{where}/", status, times=math.inf)
    bad = opened(f"{registry.address}/{NAME}:1.0", tmp_path)
    assert isinstance(bad, BadImage)
    assert bad.reason is GapReason.NOT_READ


def test_a_registry_that_is_not_there_is_a_gap(tmp_path: Path) -> None:
    with MiniRegistry() as gone:
        address = gone.address
    bad = opened(f"{address}/{NAME}:1.0", tmp_path)
    assert isinstance(bad, BadImage)
    assert bad.reason is GapReason.NOT_READ


def test_a_registry_without_tls_elsewhere_is_never_spoken_to(tmp_path: Path) -> None:
    bad = opened("http://registry.example/a/b:1", tmp_path)
    assert isinstance(bad, BadImage)


ARM: dict[str, str] = {"architecture": "arm64", "os": "linux"}


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64"])
@pytest.mark.parametrize("by", [":1.0", "@DIGEST"])
def test_of_an_image_for_several_the_platform_that_was_named_is_pulled(
    registry: MiniRegistry, tmp_path: Path, by: str, platform: str
) -> None:
    held = registry.held(NAME)
    index = held.index("1.0", architectures=("amd64", "arm64"))["digest"]
    image = opened(
        f"{registry.address}/{NAME}{by.replace('DIGEST', index)}", tmp_path, platform=platform
    )
    assert isinstance(image, Image)
    assert image.platform == platform
    assert image.manifest_digest != index


def test_a_platform_that_is_not_there_is_told_with_those_that_are(
    registry: MiniRegistry, tmp_path: Path
) -> None:
    registry.held(NAME).index("1.0", architectures=("amd64", "arm64"))
    bad = opened(f"{registry.address}/{NAME}:1.0", tmp_path, platform="linux/s390x")
    assert isinstance(bad, BadImage)
    assert "linux/amd64, linux/arm64, and not for linux/s390x" in bad.detail


def test_an_image_of_another_platform_is_not_taken_for_the_one_that_was_named(
    registry: MiniRegistry, tmp_path: Path
) -> None:
    """Whatever its index says of it: its configuration is what a machine goes by."""
    held = registry.held(NAME)
    plain = held.image("1.0", architecture="amd64")
    lying = {**plain, "platform": ARM}
    held.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": [lying]}, "2.0")
    for tag in ("1.0", "2.0"):
        folder = tmp_path / tag
        folder.mkdir()
        bad = opened(f"{registry.address}/{NAME}:{tag}", folder, platform="linux/arm64")
        assert isinstance(bad, BadImage)
        assert "it is for linux/amd64, and not for linux/arm64" in bad.detail


def test_several_variants_of_a_platform_are_still_several(
    registry: MiniRegistry, tmp_path: Path
) -> None:
    held = registry.held(NAME)
    entries = [
        {**held.image(content=one.encode(), architecture="arm"),
         "platform": {"architecture": "arm", "os": "linux", "variant": one}}
        for one in ("v6", "v7")
    ]  # fmt: skip
    held.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}, "1.0")
    bad = opened(f"{registry.address}/{NAME}:1.0", tmp_path, platform="linux/arm")
    assert isinstance(bad, BadImage)
    assert bad.reason is GapReason.AMBIGUOUS_IMAGE
    assert "linux/arm/v7" in bad.detail
