"""A run of an image in a registry finds what a run of the same image on disk does."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.command import Bundle, penstock
from tests.support.registry.content import INDEX
from tests.support.registry.server import MiniRegistry

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

SHOP: Final = Path(__file__).parents[3] / "examples" / "shop"
LAYOUT: Final = SHOP / "image" / "layout"


@pytest.fixture
def registry() -> Iterator[tuple[MiniRegistry, str]]:
    """A registry that holds the shop's image, and its digest."""
    with MiniRegistry(login=("user", "secret")) as one:
        held = one.held("acme/shop")
        for path in (LAYOUT / "blobs" / "sha256").iterdir():
            held.blobs[f"sha256:{path.name}"] = path.read_bytes()
        (entry,) = json.loads((LAYOUT / "index.json").read_bytes())["manifests"]
        held.manifests[entry["digest"]] = (held.blobs[entry["digest"]], entry["mediaType"])
        held.tags["1.0"] = entry["digest"]
        yield one, entry["digest"]


def run(out: Path, ref: str, *more: str) -> Bundle:
    words = ("run", SHOP, "--image", ref, "--only", "image", "--out", out, "--progress", "none")
    penstock(*words, *more)
    return Bundle(out)


def findings(bundle: Bundle) -> set[tuple[str, str]]:
    return {(one["rule"], one["purl"]) for one in bundle.findings}


def test_the_same_image_gives_the_same_findings(
    registry: tuple[MiniRegistry, str], tmp_path: Path
) -> None:
    one, digest = registry
    here = run(tmp_path / "disk", f"oci:{LAYOUT}")
    there = run(tmp_path / "registry", f"{one.address}/acme/shop@{digest}")
    assert findings(there) == findings(here)
    assert findings(here)
    assert there.verdict["subject"]["images"] == [digest]


def test_a_registry_that_does_not_answer_leaves_the_image_unanswered(
    registry: tuple[MiniRegistry, str], tmp_path: Path
) -> None:
    one, digest = registry
    one.web.fail("GET /v2/.*/blobs/", 404, times=math.inf)
    bundle = run(tmp_path / "out", f"{one.address}/acme/shop@{digest}")
    missing = [gap for gap in bundle.verdict["unanswered"] if gap["stage"] == "image"]
    assert [gap["reason"] for gap in missing] == ["not_read"]
    assert bundle.verdict["verdict"] != "PASS"


def test_offline_asks_no_registry(registry: tuple[MiniRegistry, str], tmp_path: Path) -> None:
    one, digest = registry
    before = len(one.web.requests)
    bundle = run(tmp_path / "out", f"{one.address}/acme/shop@{digest}", "--offline")
    assert len(one.web.requests) == before
    assert any(gap["stage"] == "image" for gap in bundle.verdict["unanswered"])


def test_of_an_image_for_several_platforms_a_run_takes_the_one_that_was_named(
    registry: tuple[MiniRegistry, str], tmp_path: Path
) -> None:
    one, digest = registry
    held = one.held("acme/shop")
    raw, kind = held.manifests[digest]
    config = json.loads(held.blobs[json.loads(raw)["config"]["digest"]])
    platform = {"os": config["os"], "architecture": config["architecture"]}
    entry = {"mediaType": kind, "digest": digest, "size": len(raw), "platform": platform}
    other = held.image(architecture="s390x") | {
        "platform": {"os": "linux", "architecture": "s390x"}
    }
    held.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry, other]}, "2.0")
    named = f"{platform['os']}/{platform['architecture']}"
    bundle = run(tmp_path / "out", f"{one.address}/acme/shop:2.0", "--platform", named)
    assert bundle.verdict["subject"]["images"] == [digest]
    assert findings(bundle)
    settings = json.loads((tmp_path / "out" / "run.json").read_bytes())["settings"]
    assert [it["value"] for it in settings if it["name"] == "platform"] == [named]
