"""`penstock sign`, ended by kill -9 at any step, is run again and goes on where it was."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.ceremony import NAME, PASSPHRASE, Ceremony
from tests.support.loopback import Response
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import VERIFIER
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

ROOT = Path(__file__).parents[2]
WRITES = 24
"""Into the bundle, while eight statements are signed, of which five are attached."""
TO_REGISTRY = {"api": 26, "fallback tag": 43}
TO_SIGSTORE = {"identity": 17, "key": 16}
"""Requests, likewise."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSigstore]:
    with FakeSigstore() as one:
        yield one


@pytest.fixture
def one(fake: FakeSigstore, tmp_path: Path) -> Iterator[Ceremony]:
    with MiniRegistry() as registry:
        yield Ceremony(fake, registry, tmp_path)


def begun(one: Ceremony, at: str, *, key: bool = False) -> "subprocess.Popen[str]":
    """Begin to sign in a process of its own."""
    one.key = key
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    words = ("sign", one.ref, "--bundle", one.bundle, "--verifier", VERIFIER, *one.words)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed", at, *map(str, words)],
        cwd=ROOT, env={**kept, "COSIGN_PASSWORD": PASSPHRASE}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def resumed(one: Ceremony) -> None:
    """Run it again, and hold that each statement is signed once, stored and listed."""
    one.said_once()
    before = {path: path.read_bytes() for path in one.bundle.glob("*.sigstore.json")}
    again = one.sign(*(("--resume",) if (one.bundle / "signing.json").exists() else ()))
    assert again.code == 0, again.err
    one.whole()
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("state", ["prepared", "signed", "stored", "listed"])
def test_killed_as_soon_as_a_statement_is_so_far(one: Ceremony, state: str) -> None:
    process = begun(one, state)
    out, _ = process.communicate(timeout=300)
    assert (process.returncode, out) == (-signal.SIGKILL, "")
    assert state in {reached["state"] for reached in one.journal["statements"]}
    resumed(one)


def counted(asked: list[Response]) -> Callable[[Response], Response]:
    """Keep every answer, and give it."""

    def kept(response: Response) -> Response:
        asked.append(response)
        return response

    return kept


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(WRITES))
def test_killed_at_any_write_into_the_bundle(one: Ceremony, number: int, when: str) -> None:
    process = begun(one, f"{when}:{number}")
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (-signal.SIGKILL, ""), err
    resumed(one)


@pytest.mark.slow
def test_there_are_no_more_writes_than_are_tried(one: Ceremony) -> None:
    process = begun(one, f"before:{WRITES}")
    process.communicate(timeout=300)
    assert process.returncode == 0
    one.whole()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "number"), [(kind, n) for kind, many in TO_REGISTRY.items() for n in range(many)]
)
def test_killed_between_a_request_to_the_registry_and_its_answer(
    fake: FakeSigstore, tmp_path: Path, kind: str, number: int
) -> None:
    with MiniRegistry(referrers=kind == "api") as registry:
        one = Ceremony(fake, registry, tmp_path)
        asked: list[Response] = []
        process: list[subprocess.Popen[str]] = []

        def last(response: Response) -> Response | None:
            asked.append(response)
            if len(asked) != number + 1:
                return response
            process[0].send_signal(signal.SIGKILL)
            return None

        registry.web.alter(f"/v2/{NAME}/", last, times=10**6)
        process.append(begun(one, "never"))
        process[0].communicate(timeout=300)
        registry.web.heal()
        assert process[0].returncode == -signal.SIGKILL
        resumed(one)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "number"), [(kind, n) for kind, many in TO_SIGSTORE.items() for n in range(many)]
)
def test_killed_between_a_request_to_sigstore_and_its_answer(
    fake: FakeSigstore, one: Ceremony, kind: str, number: int
) -> None:
    process: list[subprocess.Popen[str]] = []
    asked: list[Response] = []

    def last(response: Response) -> Response | None:
        asked.append(response)
        if len(asked) <= number:
            return response
        process[0].send_signal(signal.SIGKILL)
        return None

    fake.web.alter("POST /api/", last, times=10**6)
    process.append(begun(one, "never", key=kind == "key"))
    process[0].communicate(timeout=300)
    fake.heal()
    assert process[0].returncode == -signal.SIGKILL
    resumed(one)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TO_REGISTRY)
def test_there_are_as_many_requests_to_the_registry_as_are_tried(
    fake: FakeSigstore, tmp_path: Path, kind: str
) -> None:
    asked: list[Response] = []
    with MiniRegistry(referrers=kind == "api") as registry:
        one = Ceremony(fake, registry, tmp_path)
        registry.web.alter(f"/v2/{NAME}/", counted(asked), times=10**6)
        begun(one, "never").communicate(timeout=300)
        registry.web.heal()
        one.whole()
    assert len(asked) == TO_REGISTRY[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", TO_SIGSTORE)
def test_there_are_as_many_requests_to_sigstore_as_are_tried(
    fake: FakeSigstore, one: Ceremony, kind: str
) -> None:
    asked: list[Response] = []
    fake.web.alter("POST /api/", counted(asked), times=10**6)
    begun(one, "never", key=kind == "key").communicate(timeout=300)
    fake.heal()
    one.whole()
    assert len(asked) == TO_SIGSTORE[kind]
