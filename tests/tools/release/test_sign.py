"""A judged image is signed once, however often that is asked, with all that it rests on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.registry.server import MiniRegistry
from tests.support.releasing import bundle, sign, token_file, trust_file
from tests.support.sigstore.keyfile import cosign_key
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NAME = "acme/app"
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(autouse=True)
def healed(fake: FakeSigstore) -> Iterator[None]:
    yield
    fake.heal()


@pytest.fixture(params=[True, False], ids=["api", "fallback tag"])
def registry(request: pytest.FixtureRequest) -> Iterator[MiniRegistry]:
    with MiniRegistry(referrers=request.param) as one:
        yield one


def reference(registry: MiniRegistry, digest: str) -> str:
    return f"{registry.address}/{NAME}@{digest}"


def referring(registry: MiniRegistry, digest: str) -> list[str]:
    """Predicate types of what refers to a digest."""
    manifests = [json.loads(raw) for raw, _ in registry.held(NAME).manifests.values()]
    return sorted(
        one["annotations"]["dev.sigstore.bundle.predicateType"]
        for one in manifests
        if (one.get("subject") or {}).get("digest") == digest
    )


def journal(folder: Path) -> Any:
    return json.loads((folder / "signing.json").read_bytes())


def test_an_identity_signs_once(fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path) -> None:
    image = registry.held(NAME).image("1.0")["digest"]
    folder = bundle(tmp_path / "b", image)
    words = ("--trust", trust_file(fake, tmp_path), "--identity-token-file",
             token_file(fake, tmp_path))  # fmt: skip
    first = sign(reference(registry, image), folder, *words)
    assert first.code == 0, first.err
    types = referring(registry, image)
    assert "https://slsa.dev/verification_summary/v1" in types
    assert "https://slsa.dev/provenance/v1" not in types
    assert len(set(types)) == len(types)
    assert {one["state"] for one in journal(folder)["statements"] if one["targets"]} == {"listed"}
    again = sign(reference(registry, image), folder, *words)
    assert (again.code, referring(registry, image)) == (0, types)


def test_a_key_signs_without_any_service(registry: MiniRegistry, tmp_path: Path) -> None:
    image = registry.held(NAME).image("1.0")["digest"]
    folder, key = bundle(tmp_path / "b", image), tmp_path / "cosign.key"
    key.write_bytes(cosign_key(KEY, b"secret"))
    done = sign(reference(registry, image), folder, "--key", key, COSIGN_PASSWORD="secret")
    assert done.code == 0, done.err
    assert referring(registry, image)
