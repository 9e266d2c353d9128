"""Whoever may push beside an image can add noise, and keeps nobody from looking at the rest."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.ceremony import NAME, Ceremony
from tests.support.command import Ran
from tests.support.inside import hurried, inside
from tests.support.loopback import Response
from tests.support.registry.content import MANIFEST
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
LAYER = {"mediaType": BUNDLE, "digest": f"sha256:{'0' * 64}", "size": 1}


@pytest.fixture
def one(fake: FakeSigstore, tmp_path: Path) -> Iterator[Ceremony]:
    with MiniRegistry() as registry, hurried():
        signed = Ceremony(fake, registry, tmp_path)
        assert signed.sign().code == 0
        yield signed


def push(one: Ceremony, **fields: Any) -> None:
    """Attach what a registry takes: it looks into no artefact."""
    held = one.registry.held(NAME)
    held.manifest({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": held.blob(b"{}", "x/config"),
        "subject": {"mediaType": MANIFEST, "digest": one.digest, "size": 1}, **fields,
    })  # fmt: skip


def promoted(one: Ceremony, there: MiniRegistry) -> Ran:
    target = f"{there.address}/prod/app:live"
    return inside("promote", one.ref, target, "--policy", one.folder / "verify.yaml")


UNREADABLE: dict[str, dict[str, Any]] = {
    "no manifest": {"layers": "none"},
    "an index too": {"layers": [], "manifests": [{"digest": "sha256:x"}]},
    "a bundle that is too large": {"layers": [{**LAYER, "size": 5 << 30}]},
    "a bundle of less than nothing": {"layers": [{**LAYER, "size": -1}]},
    "a bundle by another digest": {"layers": [{**LAYER, "digest": f"sha512:{'0' * 128}"}]},
}


@pytest.mark.parametrize("size", [1, 1000])
def test_a_bundle_of_another_size_than_its_manifest_says_counts_for_nothing(
    one: Ceremony, size: int
) -> None:
    layer = one.registry.held(NAME).blob(b"no bundle", BUNDLE)
    push(one, layers=[{**layer, "size": size}])
    ran = one.verify()
    assert ran.code == 0, ran.out
    assert "its manifest is wrong" in ran.out
    with MiniRegistry() as there:
        moved = promoted(one, there)
        assert (moved.code, there.held("prod/app").tags.get("live")) == (0, one.digest), moved.err
        assert "its manifest is wrong" in moved.err


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_nobody_can_read_is_neither_a_failure_nor_an_outage(one: Ceremony, what: str) -> None:
    push(one, **UNREADABLE[what])
    ran = one.verify()
    assert ran.code == 0, ran.out
    assert "counts for nothing" in ran.out
    with MiniRegistry() as there:
        moved = promoted(one, there)
        assert moved.code == 0, moved.err
        assert "note: not copied: sha256:" in moved.err
        assert there.held("prod/app").tags["live"] == one.digest
    assert one.sign("--resume").code == 0, "it keeps nobody from signing either"


def test_a_bundle_that_is_listed_and_not_there_may_be_the_failure(one: Ceremony) -> None:
    push(one, layers=[LAYER])
    assert one.verify().code == 3
    with MiniRegistry() as there:
        assert promoted(one, there).code == 3
        assert there.held("prod/app").tags == {}


def test_what_a_registry_does_not_give_for_the_moment_stops_a_promotion(one: Ceremony) -> None:
    held = one.registry.held(NAME)
    layers = [held.blob(b"one", "x/one"), held.blob(b"two", "x/two")]
    push(one, layers=layers)
    one.registry.web.fail(f"GET .*/blobs/{layers[1]['digest']}", 503, times=math.inf)
    with MiniRegistry() as there:
        moved = promoted(one, there)
        assert (moved.code, there.held("prod/app").tags) == (3, {})
        assert "answers 503" in moved.err
        assert "run it again" in moved.err
        one.registry.web.heal()
        moved = promoted(one, there)
        assert (moved.code, there.held("prod/app").tags) == (0, {"live": one.digest})
        assert "not copied" not in moved.err


def test_what_is_listed_by_another_digest_counts_for_nothing(one: Ceremony) -> None:
    other = {"mediaType": MANIFEST, "digest": f"sha512:{'0' * 128}", "size": 2}

    def added(answer: Response) -> Response:
        listing = json.loads(answer.body)
        listing["manifests"].insert(0, other)
        return Response(answer.status, json.dumps(listing).encode(), answer.headers)

    one.registry.web.alter("GET /v2/.*/referrers", added, times=math.inf)
    ran = one.verify()
    assert ran.code == 0, ran.out
    assert "another digest than sha256: 'sha512:" in ran.out
