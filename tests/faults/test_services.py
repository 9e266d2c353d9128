"""Every service and every fault: signed, or not signed and why, and never in between."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import services_doc
from tests.faults.services import ASKED, SIGSTORE, STOPPED, SURVIVED, WRONG, Fault, Service
from tests.support.ceremony import Ceremony
from tests.support.inside import hurried
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSigstore]:
    with FakeSigstore() as one:
        yield one


def cells(times: float) -> list[object]:
    """Every fault of every service that it can happen to so often."""
    lasting = times == math.inf
    often = "lasting" if lasting else "once"

    def quick(asked: Service, fault: str, wrong: Fault) -> bool:
        """A key asks the same services in the same way: one fault of each is enough."""
        return often in wrong.in_make_test and (
            not asked.key or (not lasting and fault == "connection dropped")
        )

    return [
        pytest.param(
            service,
            fault,
            id=f"{service}: {fault}",
            marks=() if quick(asked, fault, wrong) else (pytest.mark.slow,),
        )
        for service, asked in ASKED.items()
        for fault, wrong in WRONG.items()
        if wrong.ends(asked, lasting=lasting) is not None
    ]


def patience(asked: Service, wrong: Fault, *, lasting: bool) -> float:
    """Return how long a signature is tried for: long, but where nothing else ends the trying."""
    gives_up = lasting and asked.kind in SIGSTORE and wrong.lasting == STOPPED
    return 0.4 if gives_up else 60.0


def tried(fake: FakeSigstore, folder: Path, service: str, fault: str, times: float) -> None:
    asked, wrong = ASKED[service], WRONG[fault]
    trust = fake.trust
    with (
        MiniRegistry(referrers=asked.referrers) as registry,
        hurried(),
    ):
        one = Ceremony(
            fake, registry, folder, rekor=asked.rekor, key=asked.key, ambient=asked.ambient
        )
        try:
            wrong.make(asked, one, times)
            with hurried(whole=patience(asked, wrong, lasting=times == math.inf), read=wrong.read):
                ran = one.sign()
        finally:
            fake.trust = trust
            fake.heal()
            registry.web.heal()
            registry.web.back()
            one.trusts()
        assert ran.code == wrong.ends(asked, lasting=times == math.inf), ran.out + ran.err
        if ran.code == SURVIVED:
            assert ran.out.endswith(f"signed: {one.ref}\n")
            one.whole()
        else:
            stopped(one, ran.out, ran.err, wrong.said or asked.named)
        before = {path: path.read_bytes() for path in one.bundle.glob("*.sigstore.json")}
        again = one.sign(*(("--resume",) if (one.bundle / "signing.json").exists() else ()))
        assert again.code == 0, again.err
        one.whole()
        after = {path: path.read_bytes() for path in before}
        assert after == before, "what is signed is never signed again"


def stopped(one: Ceremony, out: str, err: str, named: str) -> None:
    """Hold that it says what is missing, and that what it says is so."""
    assert out == ""
    assert named in err
    assert " help: " in err
    one.said_once()
    if not (one.bundle / "signing.json").exists():
        one.nothing_pushed()
        return
    due = one.listed(one.digest)
    for reached in one.journal["statements"]:
        file = one.bundle / f"{reached['name']}.sigstore.json"
        assert file.exists() == (reached["state"] != "prepared"), reached
        assert f"{reached['state']:<9} {reached['name']} " in err
        if reached["state"] == "prepared":
            assert not due, "nothing is attached while a signature is missing"
        for manifest in reached["stored"].values():
            assert manifest in one.registry.held("acme/app").manifests
        if reached["state"] == "listed":
            assert file.read_bytes() in due


@pytest.mark.parametrize(("service", "fault"), cells(1))
def test_once(fake: FakeSigstore, tmp_path: Path, service: str, fault: str) -> None:
    tried(fake, tmp_path, service, fault, 1)


@pytest.mark.parametrize(("service", "fault"), cells(math.inf))
def test_lasting(fake: FakeSigstore, tmp_path: Path, service: str, fault: str) -> None:
    tried(fake, tmp_path, service, fault, math.inf)


def test_the_page_says_what_is_tried() -> None:
    assert services_doc.PAGE.read_text(encoding="utf-8") == services_doc.text()


def test_a_ceremony_without_a_fault_is_signed_and_not_stopped(
    fake: FakeSigstore, tmp_path: Path
) -> None:
    """The cells could not fail otherwise: one that is never signed would please half of them."""
    with MiniRegistry() as registry, hurried():
        one = Ceremony(fake, registry, tmp_path)
        assert one.sign().code == 0
        one.whole()
        with pytest.raises(AssertionError):
            one.nothing_pushed()
