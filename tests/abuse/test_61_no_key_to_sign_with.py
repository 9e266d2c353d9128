"""Abuse 61: the signing key or the identity is not to be had, and nothing unsigned must pass."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.ceremony import Ceremony
from tests.support.inside import hurried
from tests.support.loopback import Response
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import SERVICES, FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSigstore]:
    with FakeSigstore() as one:
        yield one


@pytest.fixture
def one(fake: FakeSigstore, tmp_path: Path) -> Iterator[Ceremony]:
    with MiniRegistry() as registry, hurried():
        yield Ceremony(fake, registry, tmp_path, key=True, rekor=0)
    fake.heal()


def unsigned(one: Ceremony) -> None:
    """Nothing came to the registry, and at the door that is a no."""
    one.nothing_pushed()
    assert not list(one.bundle.glob("*.sigstore.json"))
    told = one.verify()
    assert (told.code, told.out.split()[0]) == (1, "REFUSED")


def missing(key: Path) -> None:
    key.unlink()


def folder(key: Path) -> None:
    key.unlink()
    key.mkdir()


KEYS: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "the file is missing": (missing, 3, "cannot be read"),
    "a folder is there": (folder, 3, "cannot be read"),
    "the secret was never set": (lambda key: key.write_bytes(b""), 2, "no private key"),
    "half of it": (lambda key: key.write_bytes(key.read_bytes()[:200]), 2, "no private key"),
    "text": (lambda key: key.write_text("${{ secrets.COSIGN_KEY }}"), 2, "no private key"),
}


@pytest.mark.parametrize("what", KEYS)
def test_no_key_is_no_signature(one: Ceremony, what: str) -> None:
    spoil, code, said = KEYS[what]
    spoil(one.folder / "cosign.key")
    done = one.sign()
    assert (done.code, "signed:" in done.out) == (code, False)
    assert said in done.err
    unsigned(one)


@pytest.mark.parametrize("passphrase", ["", "wrong"])
def test_a_wrong_passphrase_is_no_signature(one: Ceremony, passphrase: str) -> None:
    done = one.sign(COSIGN_PASSWORD=passphrase)
    assert done.code == 2
    assert "wrong passphrase" in done.err
    assert "COSIGN_PASSWORD" in done.err
    unsigned(one)


def test_with_its_key_it_is_signed(one: Ceremony) -> None:
    assert one.sign().code == 0
    one.whole()


def gone(fake: FakeSigstore) -> None:
    fake.web.fail(SERVICES["oidc"], 500, times=math.inf)


def forbidden(fake: FakeSigstore) -> None:
    fake.web.fail(SERVICES["oidc"], 403, times=math.inf)


def empty(fake: FakeSigstore) -> None:
    fake.web.alter(SERVICES["oidc"], lambda _: Response.json({"value": None}), times=math.inf)


def no_authority(fake: FakeSigstore) -> None:
    fake.down("fulcio")


@pytest.mark.parametrize("outage", [gone, forbidden, empty, no_authority])
def test_no_identity_is_no_signature(
    fake: FakeSigstore, tmp_path: Path, outage: Callable[[FakeSigstore], None]
) -> None:
    with MiniRegistry() as registry, hurried():
        one = Ceremony(fake, registry, tmp_path)
        words = ("--trust", tmp_path / "trust.json")
        outage(fake)
        with hurried(whole=0.8):
            done = one.sign(words=words, **fake.github_environment())
        assert (done.code, "signed:" in done.out) == (3, False), done.err
        assert "not signed" in done.err
        unsigned(one)
        fake.heal()
        assert one.sign("--resume", words=words, **fake.github_environment()).code == 0
        one.whole()


def test_outside_of_a_workflow_nobody_signs(fake: FakeSigstore, tmp_path: Path) -> None:
    with MiniRegistry() as registry:
        one = Ceremony(fake, registry, tmp_path)
        done = one.sign(words=("--trust", tmp_path / "trust.json"))
        assert done.code == 3
        assert "--identity-token-file" in done.err
        unsigned(one)
