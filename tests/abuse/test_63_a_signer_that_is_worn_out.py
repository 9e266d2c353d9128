"""Abuse 63, where it is signed: a registry, a service or a bundle that wears the signer out."""

import itertools
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import releasing
from tests.support.ceremony import KEY, NAME, Ceremony
from tests.support.inside import hurried
from tests.support.loopback import Response
from tests.support.registry.content import INDEX, MANIFEST
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.encoding import b64
from tests.support.sigstore.keyfile import cosign_key
from tests.support.sigstore.server import SERVICES, FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

SECONDS = 20.0


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSigstore]:
    with FakeSigstore() as one:
        yield one


@pytest.fixture
def one(fake: FakeSigstore, tmp_path: Path) -> Iterator[Ceremony]:
    """A judged image; whatever wears out must be over soon."""
    start = time.monotonic()
    with MiniRegistry() as registry, hurried():
        yield Ceremony(fake, registry, tmp_path)
    fake.heal()
    assert time.monotonic() - start < SECONDS


def entry(number: int, size: int = 500) -> dict[str, Any]:
    digest = f"sha256:{number:064x}"
    return {"mediaType": MANIFEST, "digest": digest, "size": size}


def listing(*manifests: Any, link: str = "") -> Callable[[Response], Response]:
    data = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()
    headers = {"Content-Type": INDEX} | ({"Link": f'<{link}>; rel="next"'} if link else {})
    return lambda _: Response(200, data, headers)


def body(data: bytes) -> Callable[[Response], Response]:
    return lambda _: Response(200, data, {"Content-Type": INDEX})


def endless(one: Ceremony) -> Callable[[Response], Response]:
    numbers = itertools.count()

    def next_page(response: Response) -> Response:
        return listing(link=f"/v2/{NAME}/referrers/{one.digest}?n={next(numbers)}")(response)

    return next_page


LISTS: dict[str, tuple[Callable[[Ceremony], Callable[[Response], Response]], str]] = {
    "10,001 referrers": (
        lambda _: listing(*(entry(n) for n in range(10_001))),
        "too many to look at",
    ),
    "pages in a circle": (
        lambda one: listing(link=f"/v2/{NAME}/referrers/{one.digest}"),
        "in a circle",
    ),
    "pages without end": (endless, "never end"),
    "a list of many megabytes": (lambda _: body(b"[" * (9 << 20)), "sends more than"),
    "a list as deep as the sea": (
        lambda _: body(b'{"manifests":' + b"[" * 10**6),
        "no list of referrers",
    ),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_of_referrers_that_never_ends(one: Ceremony, what: str) -> None:
    make, said = LISTS[what]
    one.registry.web.alter("GET /v2/.*/referrers/", make(one), times=math.inf)
    done = one.sign()
    assert done.code == 3, done.out + done.err
    assert said in done.err
    one.nothing_pushed()


def attach(one: Ceremony, blob: bytes, size: int | None = None) -> str:
    """Somebody else puts a bundle beside the image. Returns the digest of its blob."""
    held = one.registry.held(NAME)
    layer = held.blob(blob, "application/vnd.dev.sigstore.bundle.v0.3+json")
    raw, kind = held.manifests[one.digest]
    held.manifest({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": held.blob(b"{}", "application/vnd.oci.empty.v1+json"),
        "layers": [layer | ({} if size is None else {"size": size})],
        "subject": {"mediaType": kind, "digest": one.digest, "size": len(raw)},
    })  # fmt: skip
    return str(layer["digest"])


def test_a_bundle_of_gigabytes_beside_the_image_is_not_fetched(one: Ceremony) -> None:
    blob = attach(one, b"x", 5 << 30)
    done = one.sign()
    assert done.code == 0, done.out + done.err
    assert one.registry.web.count(f"GET .*/blobs/{blob}") == 0


def deep() -> bytes:
    payload = b64(b"[" * 10**6)
    signature = {"sig": b64(b"x")}
    return json.dumps({
        "verificationMaterial": {"certificate": {"rawBytes": b64(b"x" * 10**5)}},
        "dsseEnvelope": {"payload": payload, "payloadType": "x", "signatures": [signature] * 10**4},
    }).encode()  # fmt: skip


@pytest.mark.parametrize(
    "bundle", [b"[" * 10**6, b"\0" * (9 << 20), deep(), b'{"a":' * 10**5 + b"1"]
)
def test_what_a_stranger_attaches_stops_nobody_from_signing(one: Ceremony, bundle: bytes) -> None:
    attach(one, bundle)
    done = one.sign()
    assert done.code == 0, done.err
    listed = one.listed(one.digest)
    assert bundle in listed


@pytest.mark.parametrize("service", ["fulcio", "rekor", "tsa"])
def test_a_service_that_answers_without_end(
    fake: FakeSigstore, one: Ceremony, service: str
) -> None:
    long = Response(200, b'{"a":"' + b"x" * (20 << 20))
    fake.web.alter(SERVICES[service], lambda _: long, times=math.inf)
    with hurried(whole=3):
        done = one.sign()
    assert done.code == 3
    assert "timestamps are missing" in done.err or "sends over" in done.err
    one.nothing_pushed()


def test_a_statement_that_no_verifier_would_read(fake: FakeSigstore, tmp_path: Path) -> None:
    """A change brings so many parts that their list is larger than any attestation may be."""
    with MiniRegistry() as registry, pytest.MonkeyPatch.context() as patched:
        usual = releasing.bom

        def huge(name: str, digest: str) -> dict[str, Any]:
            return usual(name, digest) | {"components": [{"name": "x" * 1000}] * 9_000}

        patched.setattr(releasing, "bom", huge)
        one = Ceremony(fake, registry, tmp_path)
        done = one.sign()
        assert done.code == 3
        assert "the statement sbom has" in done.err
        one.nothing_pushed()


@pytest.mark.parametrize("option", ["--trust", "--key", "--identity-token-file"])
def test_a_file_without_an_end_is_not_read_to_its_end(one: Ceremony, option: str) -> None:
    words = {"--trust": one.trust_file, "--identity-token-file": "/dev/zero"} | {
        option: "/dev/zero"
    }
    if option == "--key":
        del words["--identity-token-file"]
    done = one.sign(words=[word for pair in words.items() for word in pair if word])
    assert done.code in {2, 3}
    assert "over" in done.err or "holds no" in done.err
    one.nothing_pushed()


def test_a_key_that_costs_gigabytes_to_open_is_refused(one: Ceremony) -> None:
    sealed = cosign_key(KEY, b"x", n=1 << 14)
    (one.folder / "cosign.key").write_bytes(sealed)
    done = one.sign(words=("--key", one.folder / "cosign.key"))
    assert done.code == 2
    assert "in a way that cosign does not write" in done.err
    one.nothing_pushed()
