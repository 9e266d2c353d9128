"""What people and surroundings get wrong: told what to change, nothing pushed, nothing lost."""

import base64
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from pipeline.oci.registry.referrers import fallback_tag
from tests.support.ceremony import KEY, NAME, Ceremony
from tests.support.inside import hurried, inside
from tests.support.registry.content import MANIFEST
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


HEX = "1" * 64
FORMS = [
    "", "@", ":", f"@sha256:{HEX}", f"{NAME}@", f"{NAME}@sha256", f"{NAME}@sha256:",
    f"{NAME}@sha256:{HEX[1:]}", f"{NAME}@sha256:{HEX}0", f"{NAME}@sha256:{'A' * 64}",
    f"{NAME}@sha256:{'g' * 64}", f"{NAME}@md5:{'1' * 32}", f"{NAME}@sha512:{'1' * 128}",
    f"{NAME}@{HEX}", f"{NAME}@sha256:{HEX}@sha256:{HEX}", f"{NAME}:@sha256:{HEX}",
    f"../{NAME}@sha256:{HEX}", f"{NAME}/../x@sha256:{HEX}", f"{NAME} @sha256:{HEX}",
    f"oci:layout@sha256:{HEX}", "archive:image.tar", f"{NAME}@sha256:{HEX}\n",
    f"ACME/app@sha256:{HEX}", f"{NAME}\u200b@sha256:{HEX}",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", ["sign", "verify", "attest", "promote"])
def test_what_is_no_image_by_its_digest_is_refused_before_anybody_is_asked(
    one: Ceremony, form: str, command: str
) -> None:
    ref = f"{one.registry.address}/{form}" if form.startswith((NAME, "ACME", "..")) else form
    policy = ("--policy", one.folder / "verify.yaml")
    words: dict[str, Any] = {
        "sign": ("sign", ref, "--bundle", one.bundle, *one.words),
        "verify": ("verify", ref, *policy),
        "attest": ("attest", one.bundle, "--image", ref, "--verifier", "https://a.example"),
        "promote": ("promote", ref, f"{one.registry.address}/prod/app", *policy),
    }
    before = list(one.registry.web.calls)
    ran = inside(*words[command])
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert ran.err.startswith("error: ")
    assert one.registry.web.calls == before
    one.nothing_pushed()


def test_a_registry_that_is_not_there(one: Ceremony) -> None:
    one.ref = f"127.0.0.1:1/{NAME}@{one.digest}"
    ran = one.sign()
    assert ran.code == 3
    assert "127.0.0.1:1" in ran.err
    assert " help: " in ran.err
    told = one.verify()
    assert (told.code, told.out[:14]) == (3, "COULD NOT LOOK")


@pytest.mark.parametrize("config", [None, "wrong"])
def test_a_registry_that_wants_a_login(
    fake: FakeSigstore, tmp_path: Path, config: str | None
) -> None:
    with MiniRegistry(login=("user", "secret"), basic=True) as registry, hurried():
        one = Ceremony(fake, registry, tmp_path)
        extra = docker(tmp_path, registry, config)
        ran = one.sign(**extra)
        assert ran.code == 3
        assert "docker login" in ran.err
        one.nothing_pushed()
        ran = inside("verify", one.ref, "--policy", tmp_path / "verify.yaml", extra=extra)
        assert ran.code == 3
        assert "REFUSED" not in ran.out
        assert one.sign(**docker(tmp_path, registry, "secret")).code == 0
        one.whole()


def docker(folder: Path, registry: MiniRegistry, secret: str | None) -> dict[str, str]:
    """Log in, as docker does."""
    pair = base64.b64encode(f"user:{secret}".encode()).decode()
    known = {} if secret is None else {registry.address: {"auth": pair}}
    (folder / "config.json").write_text(json.dumps({"auths": known}))
    return {"DOCKER_CONFIG": str(folder)}


def test_a_registry_that_lets_nobody_write(one: Ceremony) -> None:
    one.registry.web.fail("(PUT|POST) /v2/", 403, times=math.inf)
    ran = one.sign()
    assert (ran.code, ran.out) == (3, "")
    assert "has the right to do this" in ran.err
    assert "signed    summary" in ran.err
    one.registry.web.heal()
    assert one.sign("--resume").code == 0
    one.whole()


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_timestamp_authority_with_another_clock(
    fake: FakeSigstore, one: Ceremony, hours: int
) -> None:
    """Its time is none at which the certificate was valid: nobody could verify that."""
    authority = fake.trust.tsa
    told = type(authority).answer

    def skewed(request: bytes) -> bytes:
        return told(authority, request, datetime.now(UTC) + timedelta(hours=hours))

    authority.__dict__["answer"] = skewed
    try:
        ran = one.sign()
    finally:
        del authority.__dict__["answer"]
    assert (ran.code, ran.out) == (3, "")
    assert "not verified" in ran.err
    assert " help: " in ran.err
    one.nothing_pushed()
    assert one.sign("--resume").code == 0
    one.whole()


@pytest.mark.parametrize("minutes", [-9, 9])
def test_clocks_that_differ_by_minutes_do_not_matter(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path, minutes: int
) -> None:
    now = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)
    one = Ceremony(fake, registry, tmp_path, now=now)
    assert one.sign().code == 0
    one.whole()


PASSPHRASES = {"": "", "wrong": "wrong", "unset": None, "of another key": "tiger"}


@pytest.mark.parametrize("what", PASSPHRASES)
@pytest.mark.parametrize("form", ["cosign", "PKCS#8"])
def test_a_wrong_passphrase_is_told_and_nothing_is_asked(
    one: Ceremony, what: str, form: str
) -> None:
    key = one.folder / "cosign.key"
    if form == "PKCS#8":
        locked = BestAvailableEncryption(b"secret")
        key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    given = PASSPHRASES[what]
    ran = inside(
        "sign", one.ref, "--bundle", one.bundle, "--verifier", "https://a.example", "--key", key,
        extra={} if given is None else {"COSIGN_PASSWORD": given},
    )  # fmt: skip
    assert (ran.code, ran.out) == (2, "")
    assert "the passphrase is read from COSIGN_PASSWORD" in ran.err
    one.nothing_pushed()


KINDS = ["v0.1", "v0.2", "v0.4", "v99", ""]


@pytest.mark.parametrize("kind", KINDS)
def test_bundles_of_an_unknown_version_count_for_nothing_and_stop_nobody(
    one: Ceremony, kind: str
) -> None:
    """Somebody else's tool attached one, of a version that nobody here knows."""
    assert one.sign().code == 0
    held = one.registry.held(NAME)
    (first, *_) = one.listed(one.digest)
    document = json.loads(first)
    document["mediaType"] = f"application/vnd.dev.sigstore.bundle.{kind}+json"
    raw, media = held.manifests[one.digest]
    held.manifest({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "artifactType": document["mediaType"],
        "config": held.blob(b"{}", "application/vnd.oci.empty.v1+json"),
        "layers": [held.blob(json.dumps(document).encode(), document["mediaType"])],
        "subject": {"mediaType": media, "digest": one.digest, "size": len(raw)},
    })  # fmt: skip
    told = one.verify()
    assert told.code == 0, told.out + told.err
    assert one.sign().code == 0


@pytest.mark.parametrize("data", [b"\0" * (11 << 20), b"{}", b"", b"not JSON"])
def test_a_file_in_place_of_a_signature_is_refused_and_left_alone(
    one: Ceremony, data: bytes
) -> None:
    file = one.bundle / "summary.sigstore.json"
    file.write_bytes(data)
    ran = one.sign()
    assert (ran.code, ran.out) == (3, "")
    assert str(file) in ran.err
    assert file.read_bytes() == data
    one.nothing_pushed()
    file.unlink()
    assert one.sign().code == 0
    one.whole()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"schema":"penstock/signing@9"}', b"\xff"])
def test_a_journal_that_cannot_be_read_stops_it_and_is_left_alone(
    one: Ceremony, data: bytes
) -> None:
    file = one.bundle / "signing.json"
    file.write_bytes(data)
    ran = one.sign()
    assert (ran.code, ran.out) == (3, "")
    assert "remove it to begin again" in ran.err
    assert file.read_bytes() == data
    one.nothing_pushed()


def test_gitlab_gives_the_image_itself_for_the_fallback_tag(
    fake: FakeSigstore, tmp_path: Path
) -> None:
    with MiniRegistry(referrers=False) as registry:
        one = Ceremony(fake, registry, tmp_path)
        registry.held(NAME).tags[fallback_tag(one.digest)] = one.digest
        assert one.sign().code == 0
        one.whole()
        assert one.verify().code == 0


TRUSTS = [b"", b"{}", b"[]", b"null", b"{" * 9999, b'{"mediaType": 3}', b"\xff\xfe"]


@pytest.mark.parametrize("data", TRUSTS)
def test_trust_that_is_none_is_told_and_nothing_is_asked(one: Ceremony, data: bytes) -> None:
    (one.folder / "trust.json").write_bytes(data)
    ran = one.sign()
    assert (ran.code, ran.out) == (2, "")
    assert "trust.json" in ran.err
    one.nothing_pushed()


def test_a_root_alone_cannot_sign(one: Ceremony) -> None:
    token = one.words[-1]
    root = one.folder / "trusted_root.json"
    ran = one.sign(words=("--trust", root, "--identity-token-file", token))
    assert ran.code == 2
    assert "only verifies" in ran.err
    one.nothing_pushed()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--trust public"),
        (("--key", "k", "--identity-token-file", "t"), "do not go together"),
        (("--trust", "nope.json"), "cannot be read"),
    ],
)
def test_flags_that_cannot_be_meant(one: Ceremony, words: Any, said: str) -> None:
    ran = one.sign(words=words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    one.nothing_pushed()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--trust public"),
        (("--key", "k", "--identity-token-file", "t"), "do not go together"),
        (("--key", "k", "--fallback-key", "f"), "stands in for a log"),
    ],
)
def test_they_are_told_before_the_bundle_is_looked_at(one: Ceremony, words: Any, said: str) -> None:
    ran = inside("sign", one.ref, "--bundle", one.folder / "none", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
