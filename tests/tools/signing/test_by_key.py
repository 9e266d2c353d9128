"""Signatures by a key of one's own, in every form that cosign reads, and what must not verify."""

import base64
import copy
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from rfc3161_client import TimestampRequestBuilder

from pipeline.errors import UsageError
from pipeline.signing.by_key import KeySigner, of_private
from pipeline.signing.check import check
from pipeline.signing.check_key import check_key
from pipeline.signing.claims import ByKey
from pipeline.signing.errors import BundleError, SigningError
from pipeline.signing.keys import fingerprint, private_key, public_key, spki
from pipeline.signing.patience import Patience
from pipeline.signing.trust import Trust, read
from pipeline.toolchain.http import Http
from tests.support.sigstore.encoding import Json, b64
from tests.support.sigstore.keyfile import cosign_key, public_pem
from tests.support.sigstore.server import SERVICES, FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1","predicate":{},"subject":[]}'
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
SHORT = Patience(whole=0.5, pause=0.05)
FORMS = {"v1": (1, False), "v1 + tsa": (1, True), "v2": (2, False), "v2 + tsa": (2, True)}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSigstore]:
    with FakeSigstore() as one:
        yield one


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(timeout=2, tries=2, sleep=lambda _: None) as one:
        yield one


def trust(fake: FakeSigstore, rekor: int = 1, *, tsa: bool = True) -> Trust:
    config = fake.trust.client_trust_config(rekor=(rekor,), tsa=tsa)
    # A key needs no time to be verified, so Rekor v2 without an authority is refused at load only
    # for a whole configuration: that form is made by hand here.
    data = json.dumps(config).encode()
    if rekor == 2 and not tsa:
        return Trust(
            where="trust.json", root=json.dumps(config["trustedRoot"]).encode(), config=data
        )
    return read(data, "trust.json")


def test_a_key_alone_asks_no_service(http: Http) -> None:
    bundle = KeySigner(of_private(KEY), KEY.public_key(), http=http).sign(STATEMENT)
    signed = check_key(bundle, KEY.public_key(), None)
    assert signed.payload == STATEMENT
    assert signed.by == ByKey(fingerprint=fingerprint(KEY.public_key()))
    assert (signed.log_index, signed.times, signed.timestamps) == (None, (), 0)


@pytest.mark.parametrize("form", FORMS)
def test_what_the_services_add_is_believed_by_the_root(
    fake: FakeSigstore, http: Http, form: str
) -> None:
    rekor, tsa = FORMS[form]
    here = trust(fake, rekor, tsa=tsa)
    signer = KeySigner(of_private(KEY), KEY.public_key(), trust=here, http=http)
    signed = check_key(signer.sign(STATEMENT), KEY.public_key(), here)
    assert signed.log_index is not None
    assert signed.timestamps == int(tsa)
    assert bool(signed.times) == (tsa or rekor == 1)


def test_another_key_does_not_verify(fake: FakeSigstore, http: Http) -> None:
    here = trust(fake)
    bundle = KeySigner(of_private(KEY), KEY.public_key(), trust=here, http=http).sign(STATEMENT)
    with pytest.raises(BundleError, match="not by this key"):
        check_key(bundle, OTHER.public_key(), here)
    with pytest.raises(BundleError, match="no trusted root"):
        check_key(bundle, KEY.public_key(), None)
    with pytest.raises(BundleError):
        check(bundle, here)


@pytest.mark.parametrize("rekor", [1, 2])
def test_parts_of_another_bundle_do_not_verify(fake: FakeSigstore, http: Http, rekor: int) -> None:
    here = trust(fake, rekor)
    signer = KeySigner(of_private(KEY), KEY.public_key(), trust=here, http=http)
    one, two = (json.loads(signer.sign(STATEMENT + b" " * n)) for n in range(2))
    mixed: list[Json] = []
    for part in ("tlogEntries", "timestampVerificationData"):
        changed = copy.deepcopy(one)
        changed["verificationMaterial"][part] = two["verificationMaterial"][part]
        mixed.append(changed)
    envelope = copy.deepcopy(one)
    envelope["dsseEnvelope"] = two["dsseEnvelope"]
    for changed in (*mixed, envelope):
        with pytest.raises(BundleError):
            check_key(json.dumps(changed).encode(), KEY.public_key(), here)
    check_key(json.dumps(one).encode(), KEY.public_key(), here)


def test_two_timestamps_of_one_second_are_two_and_one_given_twice_is_none(
    fake: FakeSigstore, http: Http
) -> None:
    here = trust(fake)
    signer = KeySigner(of_private(KEY), KEY.public_key(), trust=here, http=http)
    bundle = json.loads(signer.sign(STATEMENT))
    signature = base64.b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"])
    request = TimestampRequestBuilder().data(signature).build().as_bytes()
    at = datetime.now(UTC)
    stamps = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    stamps[:] = [{"signedTimestamp": b64(fake.trust.tsa.answer(request, at))} for _ in range(2)]
    assert check_key(json.dumps(bundle).encode(), KEY.public_key(), here).timestamps == 2
    stamps[1] = stamps[0]
    with pytest.raises(BundleError, match="twice"):
        check_key(json.dumps(bundle).encode(), KEY.public_key(), here)


@pytest.mark.parametrize("service", ["rekor", "tsa"])
def test_a_service_that_is_down_leaves_nothing_half_signed(
    fake: FakeSigstore, http: Http, service: str
) -> None:
    fake.web.fail(SERVICES[service], 503, times=math.inf)
    signer = KeySigner(
        of_private(KEY), KEY.public_key(), trust=trust(fake), http=http, patience=SHORT
    )
    with pytest.raises(SigningError, match="503"):
        signer.sign(STATEMENT)
    fake.heal()


def test_a_conflict_is_answered_by_another_signature(fake: FakeSigstore, http: Http) -> None:
    here = trust(fake)
    fake.conflict()
    bundle = KeySigner(of_private(KEY), KEY.public_key(), trust=here, http=http).sign(STATEMENT)
    assert check_key(bundle, KEY.public_key(), here).log_index is not None


@pytest.mark.parametrize("n", [32768, 65536])
def test_a_key_file_of_cosign_opens_with_its_passphrase(n: int) -> None:
    pem = cosign_key(KEY, b"secret", n=n)
    assert spki(private_key(pem, b"secret", "k").public_key()) == spki(KEY.public_key())
    with pytest.raises(UsageError, match="wrong passphrase") as caught:
        private_key(pem, b"wrong", "k")
    assert "COSIGN_PASSWORD" in caught.value.hint


def test_a_key_in_pem_is_read_with_and_without_a_passphrase() -> None:
    plain = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    sealed = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"p"))
    for pem, given in ((plain, None), (sealed, b"p")):
        assert spki(private_key(pem, given, "k").public_key()) == spki(KEY.public_key())
    for password in (None, b"x"):
        with pytest.raises(UsageError, match="no private key that can be read"):
            private_key(sealed, password, "k")


def test_costly_parameters_are_refused_before_they_cost() -> None:
    with pytest.raises(UsageError, match="does not write"):
        private_key(cosign_key(KEY, b"p", n=16384), b"p", "k")


def test_other_keys_are_refused() -> None:
    edwards = ed25519.Ed25519PrivateKey.generate()
    pem = edwards.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(UsageError, match="another key than ECDSA P-256"):
        private_key(pem, None, "k")
    with pytest.raises(UsageError, match="no public key"):
        public_key(b"?", "k")
    assert spki(public_key(public_pem(KEY), "k")) == spki(KEY.public_key())
