"""The real Fulcio, Rekor and timestamp authority, in place of the fakes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier, policy
from sigstore_models.trustroot.v1 import TrustedRoot as Inner

from pipeline.oci.registry.attached import attach, attached
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.repository import Repository
from pipeline.oci.registry.session import Session
from pipeline.signing.by_key import KeySigner, of_private
from pipeline.signing.check import check
from pipeline.signing.check_key import check_key
from pipeline.signing.claims import Certified
from pipeline.signing.trust import read
from pipeline.toolchain.http import Http
from tests.support.command import penstock
from tests.support.cosign import Cosign, program
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import VERIFIER, bundle, token_file
from tests.support.sigstore.keyfile import cosign_key, public_pem
from tests.support.sigstore.real import RealSigstore

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.enable_socket]

SAN = f"{VERIFIER}@refs/heads/main"
NAME = "acme/app"
KIND = "https://example.com/kind/v1"
WHEN = "2026-11-22T12:00:00Z"


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


def test_the_real_log_and_authority_serve_a_key_and_cosign_in_both_directions(
    real: RealSigstore, tmp_path: Path
) -> None:
    config = real.client_trust_config()
    for name, part in (("root", "trustedRoot"), ("signing", "signingConfig")):
        (tmp_path / f"{name}.json").write_text(json.dumps(config[part]))
    trust = read(json.dumps(config).encode(), "trust.json")
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "mine.key").write_bytes(cosign_key(key, b"password"))
    (tmp_path / "mine.pub").write_bytes(public_pem(key))
    judge = Cosign(program(), tmp_path)
    plain = ("--allow-http-registry", "--trusted-root", "root.json")
    with MiniRegistry(referrers=False) as registry, Http(timeout=20) as http:
        digest = registry.held(NAME).image("1.0")["digest"]
        ref = f"{registry.address}/{NAME}@{digest}"
        place = RegistryReference.parse(f"{registry.address}/{NAME}")
        repository = Repository(Session(place, http=http, login=None))
        subject = {"name": NAME, "digest": {"sha256": digest.removeprefix("sha256:")}}
        statement = json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [subject],
                                "predicateType": KIND, "predicate": {}}).encode()  # fmt: skip
        ours = KeySigner(of_private(key), key.public_key(), trust=trust, http=http).sign(statement)
        attach(repository, repository.resolve(digest), ours, predicate_type=KIND, created=WHEN)
        asked = ("--type", KIND, "--key", "mine.pub", "--use-signed-timestamps")
        done = judge.run("verify-attestation", *plain, *asked, ref)
        assert done.returncode == 0, done.stderr
        write = (*plain, "-y", "--signing-config", "signing.json")
        token = real.fake.issuer.github_token()
        for who in (("--key", "mine.key"), ("--identity-token", token)):
            done = judge.run("sign", *write, *who, ref)
            assert done.returncode == 0, done.stderr
        bundles = [one.bundle for one in attached(repository, digest)]
    by_key = [one for one in bundles if b'"publicKey"' in one]
    (keyless,) = (one for one in bundles if one not in by_key)
    assert [check_key(one, key.public_key(), trust).timestamps for one in by_key] == [1, 1]
    by = check(keyless, trust).by
    assert isinstance(by, Certified)
    assert by.san == SAN
