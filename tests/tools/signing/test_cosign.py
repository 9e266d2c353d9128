"""The real cosign verifies what Penstock attaches, and Penstock reads what cosign attaches."""

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.attest import PREDICATES
from pipeline.oci.registry.attached import attach, attached
from pipeline.oci.registry.login import stored
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.repository import Repository
from pipeline.oci.registry.session import Session
from pipeline.signing.by_key import KeySigner, of_private
from pipeline.signing.check import check
from pipeline.signing.check_key import check_key
from pipeline.signing.claims import Certified
from pipeline.signing.keyless import Keyless
from pipeline.signing.trust import Trust, read
from pipeline.toolchain.http import Http
from tests.support.cosign import Cosign, program
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.keyfile import cosign_key, public_pem
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

SAN = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
WHEN = "2026-11-22T12:00:00Z"
TYPES = sorted({kind.TYPE for kind in PREDICATES.values()})
KEY = ec.generate_private_key(ec.SECP256R1())
CUSTOM = "https://example.com/custom/v1"
PLAIN = "https://sigstore.dev/cosign/sign/v1"
"""What cosign signs an image with."""


class Here(NamedTuple):
    cosign: Cosign
    fake: FakeSigstore
    registry: MiniRegistry
    repository: Repository
    http: Http
    trust: Trust
    image: str

    def judge(self, what: str, *words: str | Path) -> int:
        about = f"{self.registry.address}/acme/app@{self.image}"
        root = ("--allow-http-registry", "--trusted-root", "root.json")
        ran = self.cosign.run(what, *root, *words, about)
        sys.stderr.write(ran.stderr)  # shown where a test fails
        return ran.returncode

    def attach(self, bundle: bytes, kind: str) -> None:
        subject = self.repository.resolve(self.image)
        attach(self.repository, subject, bundle, predicate_type=kind, created=WHEN)

    def bundles(self) -> list[bytes]:
        return [one.bundle for one in attached(self.repository, self.image)]

    def who(self, san: str = SAN, issuer: str = "") -> tuple[str, ...]:
        named = issuer or self.fake.issuer.url
        return ("--certificate-identity", san, "--certificate-oidc-issuer", named)

    def key_signer(self) -> KeySigner:
        return KeySigner(of_private(KEY), KEY.public_key(), trust=self.trust, http=self.http)


class Pair(NamedTuple):
    """Which log signs, and how the registry keeps what refers to an image."""

    rekor: int
    referrers: bool
    login: tuple[str, str] | None = None


PAIRS = {
    "v1, referrers": Pair(1, referrers=True),
    "v2, fallback tag": Pair(2, referrers=False),
    "v1, fallback tag": Pair(1, referrers=False),
    "v2, referrers": Pair(2, referrers=True),
    "v2, fallback tag, bearer token": Pair(2, referrers=False, login=("user", "secret")),
}
SLOW = ("v1, fallback tag", "v2, referrers", "v2, fallback tag, bearer token")
"""The crossed ones: `make test-all` runs them."""


@pytest.fixture(
    params=[pytest.param(one, marks=[pytest.mark.slow] if one in SLOW else []) for one in PAIRS]
)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Here]:
    pair = PAIRS[request.param]
    cosign = Cosign(program(), tmp_path)
    with (
        FakeSigstore() as fake,
        MiniRegistry(referrers=pair.referrers, login=pair.login) as one,
        Http(timeout=5) as http,
    ):
        config = fake.trust.client_trust_config(rekor=(pair.rekor,))
        (tmp_path / "root.json").write_text(json.dumps(config["trustedRoot"]))
        (tmp_path / "signing.json").write_text(json.dumps(config["signingConfig"]))
        (tmp_path / "mine.key").write_bytes(cosign_key(KEY, b"password"))
        (tmp_path / "mine.pub").write_bytes(public_pem(KEY))
        (tmp_path / "predicate.json").write_text('{"a": 1}')
        place = RegistryReference.parse(f"{one.address}/acme/app")
        login = None
        if pair.login is not None:
            user, password = pair.login
            known = base64.b64encode(f"{user}:{password}".encode()).decode()
            settings = {"auths": {one.address: {"auth": known}}}
            (tmp_path / "config.json").write_text(json.dumps(settings))
            login = stored(one.address, {"DOCKER_CONFIG": str(tmp_path)})
            assert login is not None
        repository = Repository(Session(place, http=http, login=login))
        trust = read(json.dumps(config).encode(), "trust.json")
        image = one.held("acme/app").image("1.0")["digest"]
        yield Here(cosign, fake, one, repository, http, trust, image)


def said(image: str, kind: str) -> bytes:
    subject = {"name": "acme/app", "digest": {"sha256": image.removeprefix("sha256:")}}
    return json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [subject],
                       "predicateType": kind, "predicate": {"x": 1}}).encode()  # fmt: skip


def test_cosign_verifies_every_type_and_refuses_the_wrong_signer_and_type(here: Here) -> None:
    signer = Keyless(here.trust, here.fake.issuer.github_token)
    for kind in TYPES:
        here.attach(signer.sign(said(here.image, kind)), kind)
    for kind in TYPES:
        assert here.judge("verify-attestation", "--type", kind, *here.who()) == 0, kind
    last = ("verify-attestation", "--type", TYPES[-1])
    assert here.judge(*last, *here.who(SAN + "x")) == 1
    assert here.judge(*last, *here.who(issuer="https://issuer.example")) == 1
    assert here.judge("verify-attestation", "--type", CUSTOM, *here.who()) == 1


def test_cosign_refuses_a_statement_about_another_image(here: Here) -> None:
    signer = Keyless(here.trust, here.fake.issuer.github_token)
    here.attach(signer.sign(said("sha256:" + "a" * 64, TYPES[0])), TYPES[0])
    assert here.judge("verify-attestation", "--type", TYPES[0], *here.who()) == 1


def test_cosign_verifies_every_type_by_key_and_refuses_another_key(here: Here) -> None:
    assert here.cosign.run("generate-key-pair").returncode == 0
    signer = here.key_signer()
    for kind in TYPES:
        here.attach(signer.sign(said(here.image, kind)), kind)
    for kind in TYPES:
        assert here.judge("verify-attestation", "--type", kind, "--key", "mine.pub") == 0, kind
    assert here.judge("verify-attestation", "--type", kind, "--key", "cosign.pub") == 1


@pytest.mark.parametrize("by", ["identity", "key"])
def test_cosign_verifies_the_image_itself_for_its_signer_alone(here: Here, by: str) -> None:
    keyless = Keyless(here.trust, here.fake.issuer.github_token)
    signer = here.key_signer() if by == "key" else keyless
    right = ("--key", "mine.pub") if by == "key" else here.who()
    wrong = here.who(SAN + "x")
    assert here.judge("verify", *right) == 10
    here.attach(signer.sign(said(here.image, PLAIN)), PLAIN)
    assert here.judge("verify", *right) == 0
    assert here.judge("verify", *wrong) == 1


def test_what_cosign_signs_and_attests_with_an_identity_is_read(here: Here) -> None:
    token = here.fake.issuer.github_token()
    write = ("-y", "--signing-config", "signing.json", "--identity-token", token)
    assert here.judge("sign", *write) == 0
    attest = ("--type", CUSTOM, "--predicate", "predicate.json")
    assert here.judge("attest", *attest, *write) == 0
    signed = [check(one, here.trust) for one in here.bundles()]
    types = {json.loads(one.payload)["predicateType"] for one in signed}
    assert types == {CUSTOM, PLAIN}
    for one in signed:
        assert isinstance(one.by, Certified)
        assert one.by.san == SAN
        (subject,) = json.loads(one.payload)["subject"]
        assert "sha256:" + subject["digest"]["sha256"] == here.image


def test_what_cosign_signs_and_attests_by_key_is_read(here: Here) -> None:
    write = ("-y", "--signing-config", "signing.json", "--key", "mine.key")
    assert here.judge("sign", *write) == 0
    attest = ("--type", CUSTOM, "--predicate", "predicate.json")
    assert here.judge("attest", *attest, *write) == 0
    signed = [check_key(one, KEY.public_key(), here.trust) for one in here.bundles()]
    types = {json.loads(one.payload)["predicateType"] for one in signed}
    assert types == {CUSTOM, PLAIN}
    assert all(one.log_index is not None for one in signed)


def test_a_key_without_any_service_serves_both(tmp_path: Path) -> None:
    """Behind an air gap: no log, no timestamp, no root."""
    cosign = Cosign(program(), tmp_path)
    (tmp_path / "mine.key").write_bytes(cosign_key(KEY, b"password"))
    (tmp_path / "mine.pub").write_bytes(public_pem(KEY))
    (tmp_path / "nothing.json").write_text(
        '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}'
    )
    with MiniRegistry() as registry, Http(timeout=5) as http:
        image = registry.held("acme/app").image("1.0")["digest"]
        about = f"{registry.address}/acme/app@{image}"
        place = RegistryReference.parse(f"{registry.address}/acme/app")
        repository = Repository(Session(place, http=http, login=None))
        ours = KeySigner(of_private(KEY), KEY.public_key(), http=http).sign(said(image, CUSTOM))
        attach(repository, repository.resolve(image), ours, predicate_type=CUSTOM, created=WHEN)
        asked = ("--allow-http-registry", "--type", CUSTOM, "--insecure-ignore-tlog=true")
        done = cosign.run("verify-attestation", *asked, "--key", "mine.pub", about)
        assert done.returncode == 0, done.stderr
        write = ("--allow-http-registry", "-y", "--signing-config", "nothing.json")
        done = cosign.run("sign", *write, "--key", "mine.key", about)
        assert done.returncode == 0, done.stderr
        signed = [check_key(one.bundle, KEY.public_key(), None)
                  for one in attached(repository, image)]  # fmt: skip
    assert {json.loads(one.payload)["predicateType"] for one in signed} == {CUSTOM, PLAIN}
    assert {one.log_index for one in signed} == {None}
