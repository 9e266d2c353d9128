"""The real Fulcio, Rekor and timestamp authority, in place of the fakes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier, policy
from sigstore_models.trustroot.v1 import TrustedRoot as Inner

from pipeline.signing.check import check
from pipeline.signing.claims import Certified
from pipeline.signing.trust import read
from tests.support.command import penstock
from tests.support.cosign import Cosign, program
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import VERIFIER, bundle, token_file
from tests.support.sigstore.real import RealSigstore

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.enable_socket]

SAN = f"{VERIFIER}@refs/heads/main"
NAME = "acme/app"


@pytest.fixture(scope="module")
def real() -> Iterator[RealSigstore]:
    with RealSigstore() as one:
        yield one


def test_a_release_by_the_real_services(real: RealSigstore, tmp_path: Path) -> None:
    issuer = real.fake.issuer.url
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(real.client_trust_config()))
    (tmp_path / "trusted_root.json").write_text(json.dumps(real.trusted_root))
    signer = {"issuer": issuer, "identity": SAN, "repository_id": "1001",
              "build_triggers": ["push"], "runner_environment": "github-hosted",
              "verifier": VERIFIER}  # fmt: skip
    with MiniRegistry() as registry:
        digest = registry.held(NAME).image("1.0")["digest"]
        ref = f"{registry.address}/{NAME}@{digest}"
        asked = {"apiVersion": "penstock/v1", "kind": "VerifyPolicy", "environment": "release",
                 "resource": f"{registry.address}/{NAME}", "signers": [signer]}  # fmt: skip
        (tmp_path / "verify.yaml").write_text(json.dumps(asked))
        evidence = bundle(tmp_path / "bundle", digest)
        words = ("sign", ref, "--bundle", evidence, "--verifier", VERIFIER, "--trust", trust,
                 "--identity-token-file", token_file(real.fake, tmp_path))  # fmt: skip
        signed = penstock(*words)
        assert signed.code == 0, signed.err
        again = penstock(*words, "--resume")
        assert again.code == 0, again.err
        verified = penstock("verify", ref, "--policy", tmp_path / "verify.yaml")
        assert verified.code == 0, verified.out
        judge = Cosign(program(), tmp_path)
        done = judge.run(
            *("verify-attestation", "--allow-http-registry", "--trusted-root"),
            *("trusted_root.json", "--type", "https://slsa.dev/verification_summary/v1"),
            *("--certificate-identity", SAN, "--certificate-oidc-issuer", issuer, ref),
        )
        assert done.returncode == 0, done.stderr
    root = (tmp_path / "trusted_root.json").read_bytes()
    verifier = Verifier(trusted_root=TrustedRoot(Inner.from_json(root)))
    known = read(root, "root")
    for file in evidence.glob("*.sigstore.json"):
        verifier.verify_dsse(
            Bundle.from_json(file.read_bytes()), policy.Identity(identity=SAN, issuer=issuer)
        )
        said = check(file.read_bytes(), known)
        assert isinstance(said.by, Certified)
        assert (said.by.repository_id, said.by.build_trigger) == ("1001", "push")
        assert said.timestamps == 1
        assert said.log_index is not None


def test_the_fakes_root_believes_none_of_it_and_the_real_one_nothing_of_the_fakes(
    real: RealSigstore, tmp_path: Path
) -> None:
    """They share an issuer, a CT log and an authority; log and timestamps tell them apart."""
    with MiniRegistry() as registry:
        digest = registry.held(NAME).image("1.0")["digest"]
        ref = f"{registry.address}/{NAME}@{digest}"
        evidence = bundle(tmp_path / "bundle", digest)
        trust = tmp_path / "fake.json"
        trust.write_text(json.dumps(real.fake.trust.client_trust_config()))
        signed = penstock(
            *("sign", ref, "--bundle", evidence, "--verifier", VERIFIER, "--trust", trust),
            *("--identity-token-file", token_file(real.fake, tmp_path)),
        )
        assert signed.code == 0, signed.err
        (tmp_path / "trusted_root.json").write_text(json.dumps(real.trusted_root))
        signer = {"issuer": real.fake.issuer.url, "identity": SAN, "verifier": VERIFIER}
        asked = {"apiVersion": "penstock/v1", "kind": "VerifyPolicy", "environment": "release",
                 "resource": f"{registry.address}/{NAME}", "signers": [signer]}  # fmt: skip
        (tmp_path / "verify.yaml").write_text(json.dumps(asked))
        done = penstock("verify", ref, "--policy", tmp_path / "verify.yaml")
        assert done.code == 1
        assert "not verified" in done.out
