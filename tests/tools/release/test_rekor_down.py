"""The transparency log is down: `sign` waits and stops, or takes a key where the policy says so."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline.signing.check_key import check_key
from pipeline.signing.errors import BundleError
from pipeline.signing.trust import Trust, read
from tests.support import cosign
from tests.support.ceremony import KEY, SAN, Ceremony
from tests.support.cosign import Cosign
from tests.support.inside import hurried
from tests.support.judging import gate, policy
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import VERIFIER
from tests.support.sigstore.server import SERVICES, FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

ALLOWED = "{rekor_down: key}"


@pytest.fixture(autouse=True)
def healed(fake: FakeSigstore) -> Iterator[None]:
    yield
    fake.heal()


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one, hurried(pause=120):
        yield one


def ceremony(fake: FakeSigstore, registry: MiniRegistry, folder: Path, **how: Any) -> Ceremony:
    """Judge by a policy that lets a key stand in for the log."""
    files = {"gate.yaml": gate(signing=ALLOWED)}
    judged = {"judged_by": policy(signing=ALLOWED), "files": files}
    return Ceremony(fake, registry, folder, **{**judged, **how})


def fallback(one: Ceremony) -> tuple[str | Path, ...]:
    return ("--fallback-key", one.folder / "cosign.key")


def accept(one: Ceremony, transparency: str) -> None:
    """Let the deployer take the key's word, beside that of the identity."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (one.folder / "fallback.pub").write_bytes(pem)
    identity = {"issuer": one.fake.issuer.url, "identity": SAN, "verifier": VERIFIER}
    key = {"key": "fallback.pub", "transparency": transparency, "verifier": VERIFIER}
    one.deployer(signers=[identity, key])


def test_a_key_signs_what_the_log_does_not_take_and_the_deployer_decides(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = ceremony(fake, registry, tmp_path)
    fake.web.fail(SERVICES["rekor"], 502, times=math.inf)
    ran = one.sign(*fallback(one))
    assert ran.code == 0, ran.err
    assert "in no log, since that did not answer" in ran.err
    assert one.verify().code == 1, "nobody accepts that key"
    accept(one, "log_and_timestamp")
    assert one.verify().code == 1, "nobody accepts it without a log"
    accept(one, "timestamp")
    assert one.verify().code == 0, one.verify().out
    judge = Cosign(cosign.program(), tmp_path)
    done = judge.run(
        "verify-attestation", "--type", "https://slsa.dev/verification_summary/v1",
        "--key", tmp_path / "fallback.pub", "--trusted-root", tmp_path / "trusted_root.json",
        "--insecure-ignore-tlog", "--use-signed-timestamps", "--allow-http-registry", one.ref,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    fake.heal()
    before = sorted(one.listed(one.digest))
    assert one.sign("--resume", *fallback(one)).code == 0
    assert sorted(one.listed(one.digest)) == before, "what is signed is never signed again"
    one.said_once()


def test_only_what_the_log_did_not_take_is_signed_by_the_key(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = ceremony(fake, registry, tmp_path)
    passed = iter(range(3))
    fake.web.alter(SERVICES["rekor"], lambda r: r if next(passed, None) is not None else None,
                   times=math.inf)  # fmt: skip
    assert one.sign(*fallback(one)).code == 0
    root = read(json.dumps(fake.trust.trusted_root()).encode(), "root")
    files = [path.read_bytes() for path in one.bundle.glob("*.sigstore.json")]
    assert sorted(_by_key(data, root) for data in files) == [False] * 3 + [True] * 5
    accept(one, "timestamp")
    assert one.verify().code == 0


def _by_key(data: bytes, root: Trust) -> bool:
    try:
        said = check_key(data, KEY.public_key(), root)
    except BundleError:
        return False
    assert (said.log_index, said.timestamps) == (None, 1)
    return True


@pytest.mark.parametrize("service", ["fulcio", "tsa"])
def test_no_other_outage_is_a_reason_to_take_the_key(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path, service: str
) -> None:
    one = ceremony(fake, registry, tmp_path)
    fake.web.fail(SERVICES[service], 503, times=math.inf)
    with hurried(whole=0.8):
        ran = one.sign(*fallback(one))
    assert (ran.code, ran.out) == (3, "")
    one.nothing_pushed()
    assert list(one.bundle.glob("*.sigstore.json")) == []


def test_a_log_that_refuses_the_signer_is_not_down(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = ceremony(fake, registry, tmp_path)
    fake.web.fail(SERVICES["rekor"], 403, times=math.inf)
    assert one.sign(*fallback(one)).code == 3
    one.nothing_pushed()


@pytest.mark.parametrize("rekor", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_key_that_is_logged_is_not_logged_either_while_the_log_is_down(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path, rekor: int
) -> None:
    one = ceremony(fake, registry, tmp_path, key=True, rekor=rekor)
    fake.web.fail(SERVICES["rekor"], 502, times=math.inf)
    assert one.sign().code == 3
    assert one.sign(*fallback(one)).code == 0
    accept(one, "timestamp")
    assert one.verify().code == 0


def test_a_policy_that_waits_takes_no_key(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    ran = one.sign(*fallback(one))
    assert (ran.code, ran.out) == (2, "")
    assert "signing.rekor_down: wait" in ran.err
    assert "rekor_down: key" in ran.err.partition(" help: ")[2]
    one.nothing_pushed()


def test_a_key_stands_in_for_no_log_where_none_is_named(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = ceremony(fake, registry, tmp_path, key=True, rekor=0)
    ran = one.sign(*fallback(one))
    assert (ran.code, ran.out) == (2, "")
    assert "--trust" in ran.err
    one.nothing_pushed()
