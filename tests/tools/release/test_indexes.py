"""An image for several platforms: the index is signed, and each manifest that it holds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.ceremony import NAME, Ceremony
from tests.support.command import Bundle, penstock
from tests.support.inside import hurried
from tests.support.registry.content import INDEX, MANIFEST
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import bundle
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

SHOP = Path(__file__).parents[3] / "examples" / "shop"
BOTH = ("amd64", "arm64")


@pytest.fixture(params=[True, False], ids=["api", "fallback tag"])
def registry(request: pytest.FixtureRequest) -> Iterator[MiniRegistry]:
    with MiniRegistry(referrers=request.param) as one, hurried():
        yield one


@pytest.fixture
def one(fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path) -> Ceremony:
    return Ceremony(fake, registry, tmp_path, architectures=BOTH)


def test_the_index_and_each_platform_are_signed_and_verified(one: Ceremony) -> None:
    ran = one.sign()
    assert ran.code == 0, ran.err
    one.whole()
    for digest in (one.digest, *one.platforms):
        told = one.verify(f"{one.registry.address}/{NAME}@{digest}")
        assert told.code == 0, told.out + told.err


def test_each_platform_has_the_bill_of_materials_of_itself_alone(one: Ceremony) -> None:
    assert one.sign().code == 0
    of = {entry["name"]: entry["targets"] for entry in one.journal["statements"]}
    for digest in one.platforms:
        assert of[f"sbom-{digest[7:19]}"] == [digest]
    assert of["summary"] == [one.digest, *one.platforms]


def test_a_platform_alone_says_nothing_of_the_index(one: Ceremony) -> None:
    index, one.ref = one.ref, f"{one.registry.address}/{NAME}@{one.platforms[0]}"
    assert one.sign().code == 0
    assert one.verify().code == 0
    assert one.verify(index).code == 1


def test_a_platform_that_was_not_scanned_is_enough_to_sign_nothing(one: Ceremony) -> None:
    one.bundle = bundle(one.folder / "half", one.platforms[0])
    ran = one.sign()
    assert ran.code == 3
    assert f"holds {one.platforms[1]}, which was not judged" in ran.err
    assert "scan every platform" in ran.err
    one.nothing_pushed()


def with_more(one: Ceremony, *more: Any) -> None:
    """Let the image be an index of its platforms and of these."""
    held = one.registry.held(NAME)
    entries = [*json.loads(held.manifests[one.digest][0])["manifests"], *more]
    made = held.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
    one.digest, one.before = made["digest"], set(held.manifests)
    one.ref = f"{one.registry.address}/{NAME}@{one.digest}"


def test_what_the_builder_attested_of_itself_is_no_platform(one: Ceremony) -> None:
    extra = one.registry.held(NAME).image(content=b"provenance", architecture="unknown")
    with_more(one, extra | {
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    })  # fmt: skip
    assert one.sign().code == 0
    assert one.listed(extra["digest"]) == []
    one.whole()


def test_a_platform_that_only_calls_itself_an_attestation_has_to_be_scanned(one: Ceremony) -> None:
    extra = one.registry.held(NAME).image(content=b"evil", architecture="riscv64")
    with_more(one, extra | {
        "platform": {"os": "linux", "architecture": "riscv64"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    })  # fmt: skip
    ran = one.sign()
    assert ran.code == 3
    assert f"{extra['digest']}, which was not judged" in ran.err
    one.nothing_pushed()


@pytest.mark.parametrize("first", [True, False])
def test_a_platform_that_is_listed_as_an_attestation_too_has_to_be_scanned(
    one: Ceremony, *, first: bool
) -> None:
    """A machine would run it by its other entry."""
    extra = one.registry.held(NAME).image(content=b"evil", architecture="riscv64")
    runs = extra | {"platform": {"os": "linux", "architecture": "riscv64"}}
    hides = extra | {
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    }
    with_more(one, *((hides, runs) if first else (runs, hides)))
    ran = one.sign()
    assert ran.code == 3
    assert f"{extra['digest']}, which was not judged" in ran.err
    one.nothing_pushed()


def test_an_index_within_the_index_is_refused(one: Ceremony) -> None:
    inner = one.registry.held(NAME).index(architectures=("s390x",))
    with_more(one, inner)
    ran = one.sign()
    assert ran.code == 3
    assert "which is no image" in ran.err
    one.nothing_pushed()


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [{"mediaType": MANIFEST, "digest": f"sha256:{n:064x}", "size": 1} for n in range(101)],
        [{"mediaType": MANIFEST, "digest": f"sha256:{7:064x}", "size": 1}],
        [{"mediaType": MANIFEST, "digest": "../../x", "size": 1}],
        [{"mediaType": MANIFEST, "digest": "sha512:" + "1" * 128, "size": 1}],
    ],
    ids=["empty", "101 platforms", "names what is not there", "a path", "another algorithm"],
)
def test_an_index_that_is_none(one: Ceremony, entries: Any) -> None:
    held = one.registry.held(NAME)
    made = held.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
    one.ref = f"{one.registry.address}/{NAME}@{made['digest']}"
    one.before = set(held.manifests)
    ran = one.sign()
    assert ran.code == 3, ran.err
    one.nothing_pushed()


def test_a_run_by_a_reference_to_several_platforms_asks_for_one_of_them(
    fake: FakeSigstore, tmp_path: Path
) -> None:
    with MiniRegistry() as registry:
        one = Ceremony(fake, registry, tmp_path, architectures=BOTH)
        out = tmp_path / "out"
        ran = penstock("run", SHOP, "--image", one.ref, "--only", "image", "--out", out,
                       "--progress", "none")  # fmt: skip
        verdict = Bundle(out).verdict
        missing = [gap["reason"] for gap in verdict["unanswered"] if gap["stage"] == "image"]
        assert missing == ["ambiguous_image"]
        assert verdict["verdict"] != "PASS"
        assert ran.code in {1, 3}
        said = (out / "verdict.json").read_text() + (out / "coverage.json").read_text()
        assert all(digest in said for digest in one.platforms)
        one.bundle = out
        assert one.sign().code != 0
        one.nothing_pushed()
