"""The whole way by the command line: signed, verified, promoted; tampered with, and refused."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.oci.registry.referrers import fallback_tag
from tests.support.command import Ran, penstock
from tests.support.loopback import Response
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import VERIFIER, bundle, sign, token_file, trust_file
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NAME = "acme/app"
SAN = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"


class Released:
    """A signed image, its bundle, and the policy of whoever deploys it."""

    def __init__(self, fake: FakeSigstore, registry: MiniRegistry, folder: Path) -> None:
        self.registry, self.folder = registry, folder
        self.digest = registry.held(NAME).image("1.0")["digest"]
        self.bundle = bundle(folder / "b", self.digest)
        self.ref = f"{registry.address}/{NAME}@{self.digest}"
        words = ("--trust", trust_file(fake, folder), "--identity-token-file",
                 token_file(fake, folder))  # fmt: skip
        self.done = sign(self.ref, self.bundle, *words)
        root = json.dumps(fake.trust.trusted_root())
        (folder / "trusted_root.json").write_text(root)
        self.issuer = fake.issuer.url
        self.write()

    def write(self, **fields: Any) -> None:
        signer = {"issuer": self.issuer, "identity": SAN, "repository_id": "1001",
                  "verifier": VERIFIER}  # fmt: skip
        values = {"apiVersion": "penstock/v1", "kind": "VerifyPolicy", "environment": "release",
                  "resource": f"{self.registry.address}/{NAME}", "signers": [signer],
                  **fields}  # fmt: skip
        (self.folder / "verify.yaml").write_text(json.dumps(values))

    def verify(self, target: str | Path | None = None, *more: str | Path) -> Ran:
        words = ("verify", target or self.ref, "--policy", self.folder / "verify.yaml", *more)
        return penstock(*words)


@pytest.fixture(params=[True, False], ids=["api", "fallback tag"])
def released(
    request: pytest.FixtureRequest, fake: FakeSigstore, tmp_path: Path
) -> Iterator[Released]:
    with MiniRegistry(referrers=request.param) as registry:
        one = Released(fake, registry, tmp_path)
        assert one.done.code == 0, one.done.err
        yield one


@pytest.fixture
def quick(fake: FakeSigstore, tmp_path: Path) -> Iterator[Released]:
    with MiniRegistry() as registry:
        yield Released(fake, registry, tmp_path)


def test_what_was_signed_is_verified_in_its_registry_and_in_its_bundle(released: Released) -> None:
    done = released.verify()
    assert done.code == 0, done.out + done.err
    assert done.out.startswith("VERIFIED")
    assert SAN in done.out
    again = released.verify(released.bundle, "--recompute", released.bundle)
    assert again.code == 0, again.out + again.err
    told = json.loads(released.verify(None, "--format", "json").out)
    assert (told["schema"], told["result"]) == ("penstock/verification@1", "verified")
    assert told["digest"] == released.digest


@pytest.mark.parametrize(
    "fields",
    [
        {"environment": "pr"},
        {"resource": "ghcr.io/acme/other"},
        {"policy": {"digests": ["sha256:" + "0" * 64]}},
        {"require": ["https://example.com/kind"]},
        {"tools": {"denied": [{"tool": "trivy", "reason": "it was bad", "source": "test"}]}},
    ],
)
def test_what_was_not_asked_for_is_refused(quick: Released, fields: dict[str, Any]) -> None:
    quick.write(**fields)
    done = quick.verify()
    assert done.code == 1, done.out + done.err
    assert done.out.startswith("REFUSED")


def test_an_image_that_nobody_signed_is_refused(quick: Released) -> None:
    other = quick.registry.held(NAME).image("2.0", content=b"other")["digest"]
    done = quick.verify(f"{quick.registry.address}/{NAME}@{other}")
    assert (done.code, done.out.split()[0]) == (1, "REFUSED")


def test_another_trust_verifies_nothing(quick: Released) -> None:
    with FakeSigstore() as other:
        root = json.dumps(other.trust.trusted_root())
    (quick.folder / "trusted_root.json").write_text(root)
    done = quick.verify()
    assert done.code == 1
    assert "not verified" in done.out


def test_the_public_root_is_there_without_a_network(quick: Released) -> None:
    """What a Sigstore of our own has signed is not by the public one."""
    quick.write(trust="public")
    (quick.folder / "home").mkdir()
    done = penstock("verify", quick.ref, "--policy", quick.folder / "verify.yaml",
                    extra={"HOME": str(quick.folder / "home")})  # fmt: skip
    assert done.code == 1, done.err
    assert "not verified" in done.out
    (note,) = done.err.splitlines()
    assert re.fullmatch(r"note: trust: public .* is of \d{4}-\d\d-\d\d, \d+ days ago", note)


def test_whatever_else_refers_to_the_image_is_named_and_counts_for_nothing(
    quick: Released,
) -> None:
    held = quick.registry.held(NAME)
    kind = "application/vnd.oci.image.manifest.v1+json"
    base = {"schemaVersion": 2, "mediaType": kind, "config": held.blob(b"{}", "x/config")}
    subject = {"mediaType": kind, "digest": quick.digest, "size": 1}
    note = held.blob(b"hello", "text/plain")
    for layers in ([], [note], [note, note]):
        held.manifest({**base, "layers": layers, "subject": subject})
    done = quick.verify()
    assert done.code == 0, done.out
    assert "it has 0 files" in done.out
    assert "it is 'text/plain'" in done.out
    assert "it has 2 files" in done.out


def test_a_signature_of_an_older_cosign_is_named_where_there_is_no_other(quick: Released) -> None:
    held = quick.registry.held(NAME)
    other = held.image("2.0", content=b"other")["digest"]
    held.image(f"{other.replace(':', '-')}.sig")
    done = quick.verify(f"{quick.registry.address}/{NAME}@{other}")
    assert done.code == 1
    assert "(.sig)" in done.out
    assert "cosign 3" in done.out


PATIENT = [pytest.param(one, marks=pytest.mark.slow) for one in (429, 500, 502, 503)]


@pytest.mark.parametrize("status", [401, pytest.param(403, marks=pytest.mark.slow), *PATIENT])
@pytest.mark.parametrize("where", ["referrers", "manifests", "blobs"])
def test_what_cannot_be_looked_at_is_not_unsigned(quick: Released, where: str, status: int) -> None:
    quick.registry.web.fail(f"GET /v2/.*/{where}/", status, times=math.inf)
    quick.registry.web.fail(f"HEAD /v2/.*/{where}/", status, times=math.inf)
    done = quick.verify()
    assert done.code == 3, done.out + done.err
    assert "VERIFIED" not in done.out
    assert "REFUSED" not in done.out
    assert "  help: " in done.out


def test_one_attachment_that_cannot_be_fetched_is_enough_to_say_nothing(quick: Released) -> None:
    """It may be the FAIL."""
    seen = quick.registry.held(NAME).manifests
    last = [digest for digest, (raw, _) in seen.items() if b'"subject"' in raw][-1]
    quick.registry.web.fail(f"GET /v2/.*/manifests/{last}", 503, times=math.inf)
    assert quick.verify().code == 3


def test_a_statement_that_was_tampered_with_counts_for_nothing(quick: Released) -> None:
    quick.registry.web.alter(
        "GET /v2/.*/blobs/",
        lambda r: Response(r.status, r.body.replace(b"sig", b"gis"), r.headers),
        times=math.inf,
    )
    assert quick.verify().code == 3  # its digest tells


def test_a_tag_is_no_digest(quick: Released) -> None:
    done = quick.verify(f"{quick.registry.address}/{NAME}:1.0")
    assert done.code == 2
    assert "digest" in done.err


def test_a_bundle_that_was_altered_is_not_recomputed(quick: Released) -> None:
    (quick.bundle / "findings.ndjson").write_text("{}\n")
    done = quick.verify(None, "--recompute", quick.bundle)
    assert done.code == 3
    assert "altered" in done.err


def test_it_is_promoted_with_its_proof_and_verified_where_it_lies(
    released: Released, tmp_path: Path
) -> None:
    with MiniRegistry(referrers=False) as there:
        target = f"{there.address}/prod/app"
        words = ("promote", released.ref, f"{target}:live", "--policy", tmp_path / "verify.yaml")
        done = penstock(*words)
        assert done.code == 0, done.out + done.err
        held = there.held("prod/app")
        assert held.tags["live"] == released.digest
        assert fallback_tag(released.digest) in held.tags
        again = released.verify(f"{target}@{released.digest}")
        assert again.code == 0, again.out


def test_what_is_refused_is_not_promoted(quick: Released, tmp_path: Path) -> None:
    quick.write(environment="main")
    with MiniRegistry() as there:
        target = f"{there.address}/prod/app:live"
        done = penstock("promote", quick.ref, target, "--policy", tmp_path / "verify.yaml")
        assert done.code == 1
        assert there.held("prod/app").manifests == {}


def test_a_destination_that_fails_moves_no_tag(quick: Released, tmp_path: Path) -> None:
    with MiniRegistry() as there:
        there.web.fail("PUT /v2/.*/blobs/", 500, times=math.inf)
        target = f"{there.address}/prod/app:live"
        done = penstock("promote", quick.ref, target, "--policy", tmp_path / "verify.yaml")
        assert done.code == 3
        assert there.held("prod/app").tags == {}
