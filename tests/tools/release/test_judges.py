"""What `penstock sign` writes is accepted by the verifiers of others, for who signed alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sigstore.errors import VerificationError
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier, policy
from sigstore_models.trustroot.v1 import TrustedRoot as Inner

from tests.support.ceremony import SAN, Ceremony
from tests.support.cosign import Cosign, program
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


@pytest.fixture(params=[1, 2], ids=["v1", "v2"])
def signed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ceremony]:
    with FakeSigstore() as fake, MiniRegistry() as registry:
        one = Ceremony(
            fake, registry, tmp_path, rekor=request.param, architectures=("amd64", "arm64")
        )
        done = one.sign()
        assert done.code == 0, done.err
        yield one


def test_sigstores_own_verifier_agrees_on_every_bundle(signed: Ceremony) -> None:
    root = (signed.folder / "trusted_root.json").read_bytes()
    verifier = Verifier(trusted_root=TrustedRoot(Inner.from_json(root)))
    ours = policy.Identity(identity=SAN, issuer=signed.fake.issuer.url)
    stranger = policy.Identity(identity=f"{SAN}x", issuer=signed.fake.issuer.url)
    files = sorted(signed.bundle.glob("*.sigstore.json"))
    assert len(files) == len(signed.journal["statements"])
    for file in files:
        bundle = Bundle.from_json(file.read_bytes())
        _, payload = verifier.verify_dsse(bundle, ours)
        name = file.name.removesuffix(".sigstore.json")
        assert payload == (signed.bundle / "attestations" / f"{name}.intoto.json").read_bytes()
        with pytest.raises(VerificationError):
            verifier.verify_dsse(bundle, stranger)


def test_cosign_agrees_on_everything_beside_every_manifest(signed: Ceremony) -> None:
    judge = Cosign(program(), signed.folder)
    who = ("--certificate-identity", SAN, "--certificate-oidc-issuer", signed.fake.issuer.url)
    root = ("--allow-http-registry", "--trusted-root", "trusted_root.json")
    asked = 0
    for one in signed.journal["statements"]:
        for target in one["targets"]:
            image = f"{signed.ref.partition('@')[0]}@{target}"
            kind = ("--type", one["predicate_type"])
            done = judge.run("verify-attestation", *root, *kind, *who, image)
            assert done.returncode == 0, done.stderr
            asked += 1
    assert asked > len(signed.platforms) + 1
