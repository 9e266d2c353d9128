"""verify.yaml says what is meant, or an error says where it does not."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.errors import UsageError
from pipeline.verification.load import load
from pipeline.verification.model import CertificateSigner, KeySigner
from tests.support.sigstore.keyfile import public_pem

HEAD = """apiVersion: penstock/v1
kind: VerifyPolicy
resource: ghcr.io/acme/app
environment: release
"""
IDENTITY = """signers:
  - issuer: https://token.actions.githubusercontent.com
    identity: https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main
    repository_id: "1001"
    build_triggers: [push]
    verifier: https://github.com/acme/app/.github/workflows/release.yml
"""
KEY = """signers:
  - {key: cosign.pub, transparency: log, verifier: "https://acme.example/gate"}
"""


def read(folder: Path, text: str) -> object:
    path = folder / "verify.yaml"
    path.write_text(text)
    return load(path)


def test_an_identity_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + IDENTITY)
    (signer,) = found.signers  # type: ignore[attr-defined]
    assert isinstance(signer, CertificateSigner)
    assert signer.repository_id == "1001"
    assert signer.build_triggers == ("push",)
    assert found.trust == str(tmp_path / "trusted_root.json")  # type: ignore[attr-defined]


def test_the_public_good_instance_is_a_word_and_no_file(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + "trust: public\n" + IDENTITY)
    assert found.trust == "public"  # type: ignore[attr-defined]


def test_a_key_is_read_from_beside_the_file(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "cosign.pub").write_bytes(public_pem(key))
    (signer,) = read(tmp_path, HEAD + KEY).signers  # type: ignore[attr-defined]
    assert isinstance(signer, KeySigner)
    assert signer.fingerprint.startswith("sha256:")


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (HEAD, "signers: this key is missing", 0),
        (HEAD + "signers: []\n", "signers", 5),
        (HEAD + IDENTITY.replace("issuer", "isuer"), "there is no such key", 6),
        (HEAD.replace("release", "prod") + IDENTITY, "environment", 4),
        (HEAD.replace("ghcr.io/acme/app", "ghcr.io/acme/app:1") + IDENTITY, "resource", 3),
        (HEAD + IDENTITY.replace("    identity:", "    source_ref:"), "name the identity", 6),
        (HEAD + IDENTITY.replace("    identity: https", "    identity_pattern: '(' #"),
         "no regular expression", 7),
        (HEAD + KEY.replace(", transparency: log", ""), "must carry", 6),
        (HEAD + KEY.replace("log,", "log, issuer: 'https://a.example',"), "identity or a key", 6),
        (HEAD + IDENTITY + "    transparency: log\n", "belongs to a key", 11),
        (HEAD + IDENTITY + "max_age_hours: 0\n", "max_age_hours", 11),
        (HEAD + KEY, "cannot be read", 0),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_with_its_place(
    tmp_path: Path, text: str, said: str, line: int
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert said in caught.value.message
    if line:
        assert caught.value.where is not None
        assert caught.value.where.line == line
