"""An outage in the middle of `sign`, `verify` and `promote`, and the same command again."""

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.oci.registry.referrers import fallback_tag
from tests.support.ceremony import NAME, Ceremony
from tests.support.command import penstock
from tests.support.inside import hurried, inside
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import SERVICES, FakeSigstore
from tests.support.slowly import quick

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def healed(fake: FakeSigstore) -> Iterator[None]:
    yield
    fake.heal()


@pytest.fixture(params=[True, False], ids=["api", "fallback tag"])
def registry(request: pytest.FixtureRequest) -> Iterator[MiniRegistry]:
    with MiniRegistry(referrers=request.param) as one, hurried(pause=120):
        yield one


def states(one: Ceremony) -> dict[str, int]:
    found: dict[str, int] = {}
    for reached in one.journal["statements"]:
        found[reached["state"]] = found.get(reached["state"], 0) + 1
    return found


def test_the_log_goes_down_after_some_signatures_and_comes_back(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    passed = iter(range(3))
    fake.web.alter(SERVICES["rekor"], lambda r: r if next(passed, None) is not None else None,
                   times=math.inf)  # fmt: skip
    ran = one.sign()
    assert (ran.code, ran.out) == (3, "")
    assert "5 of 8 statements are not signed yet, and nothing was attached" in ran.err
    assert "/api/v2/log/entries" in ran.err
    assert states(one) == {"signed": 3, "prepared": 5}
    one.nothing_pushed()
    statements = {path: path.read_bytes() for path in (one.bundle / "attestations").iterdir()}
    signatures = {path: path.read_bytes() for path in one.bundle.glob("*.sigstore.json")}
    fake.heal()
    logged = fake.web.count(SERVICES["rekor"])
    again = one.sign("--resume")
    assert again.code == 0, again.err
    assert fake.web.count(SERVICES["rekor"]) == logged + 5, "three were signed already"
    assert {path: path.read_bytes() for path in statements} == statements
    assert {path: path.read_bytes() for path in signatures} == signatures
    one.whole()


def test_the_registry_goes_down_after_some_attachments_and_comes_back(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    passed = iter(range(2))
    where = "PUT /v2/.*/manifests/sha256:"
    registry.web.alter(where, lambda r: r if next(passed, None) is not None else None,
                       times=math.inf)  # fmt: skip
    ran = one.sign()
    assert (ran.code, ran.out) == (3, "")
    assert states(one)["stored"] == 2
    assert "listed" not in states(one)
    told = one.verify()
    assert told.code == 1, "the summary comes last: what is half attached is no yes"
    registry.web.heal()
    logged = fake.web.count(SERVICES["rekor"])
    assert one.sign("--resume").code == 0
    assert fake.web.count(SERVICES["rekor"]) == logged
    one.whole()
    assert one.verify().code == 0


def test_signed_on_one_machine_and_attached_by_another(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    """The bundle travels as an artifact of the workflow; so does the journal in it."""
    one = Ceremony(fake, registry, tmp_path)
    registry.web.fail("POST /v2/", 500, times=math.inf)
    assert one.sign().code == 3
    registry.web.heal()
    one.bundle = one.bundle.rename(tmp_path / "elsewhere")
    assert one.sign("--resume").code == 0
    one.whole()


def test_what_is_resumed_with_another_verifier_is_refused_and_nothing_is_lost(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    registry.web.fail("POST /v2/", 500, times=math.inf)
    assert one.sign().code == 3
    registry.web.heal()
    before = {path: path.read_bytes() for path in one.bundle.rglob("*.json")}
    ran = one.sign("--resume", "--verifier", "https://somebody.example/else")
    assert ran.code == 3
    assert "would now say something else" in ran.err
    assert "--verifier" in ran.err
    assert {path: path.read_bytes() for path in one.bundle.rglob("*.json")} == before
    assert one.sign("--resume").code == 0
    one.whole()


def test_a_bundle_on_a_full_disk_is_not_called_signed(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    with monkeypatch.context() as patched:

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr("pipeline.bundle.later.os.fsync", full)
        ran = one.sign()
    assert ran.code == 3
    assert "No space left on device" in ran.err
    one.nothing_pushed()
    assert one.sign().code == 0
    one.whole()


def test_vex_is_signed_too_where_it_is_asked_for(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    ran = one.sign("--vex")
    assert ran.code == 0
    assert "there is nothing to say" in ran.err
    assert "vex" not in {reached["name"] for reached in one.journal["statements"]}


def promoted(one: Ceremony, target: str) -> tuple[int, str]:
    ran = inside("promote", one.ref, target, "--policy", one.folder / "verify.yaml")
    return ran.code, ran.out + ran.err


@pytest.mark.parametrize(
    "where",
    quick(["POST /v2/.*/blobs/", "PUT /v2/.*/manifests/live", "PUT /v2/.*/blobs/",
           "PUT /v2/.*/manifests/sha256:", "GET /v2/.*/manifests/"], 2),
)  # fmt: skip
@pytest.mark.parametrize("after", [0, 1])
def test_a_promotion_that_is_cut_off_moves_no_tag_and_is_done_again(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path, where: str, after: int
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    assert one.sign().code == 0
    with MiniRegistry(referrers=False) as there:
        target = f"{there.address}/prod/app"
        passed = iter(range(after if "live" not in where else 0))
        there.web.alter(where, lambda r: r if next(passed, None) is not None else None,
                        times=math.inf)  # fmt: skip
        code, said = promoted(one, f"{target}:live")
        assert code == 3, said
        assert "promoted:" not in said
        there.web.heal()
        if "live" not in where:
            assert "live" not in there.held("prod/app").tags
        assert promoted(one, f"{target}:live")[0] == 0
        assert there.held("prod/app").tags["live"] == one.digest
        assert one.verify(f"{target}@{one.digest}").code == 0


def test_a_promoted_index_is_verified_by_every_platform(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path, architectures=("amd64", "arm64"))
    assert one.sign().code == 0
    with MiniRegistry(referrers=False) as there:
        target = f"{there.address}/prod/app"
        code, said = promoted(one, f"{target}:live")
        assert code == 0, said
        for digest in (one.digest, *one.platforms):
            assert fallback_tag(digest) in there.held("prod/app").tags
            assert one.verify(f"{target}@{digest}").code == 0


def test_a_tag_is_not_promoted(fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path) -> None:
    one = Ceremony(fake, registry, tmp_path)
    one.ref = f"{registry.address}/{NAME}:1.0"
    code, said = promoted(one, f"{registry.address}/prod/app:live")
    assert code == 2
    assert "digest" in said


def test_a_digest_is_no_destination(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    code, said = promoted(one, f"{registry.address}/prod/app@{one.digest}")
    assert code == 2
    assert "help:" in said


def test_two_that_sign_the_same_bundle_at_once_make_one_signature_of_each_statement(
    fake: FakeSigstore, tmp_path: Path
) -> None:
    with MiniRegistry() as registry, ThreadPoolExecutor(2) as pool:
        one = Ceremony(fake, registry, tmp_path, command=penstock)
        fake.web.slow(SERVICES["rekor"], 0.2)
        both = list(pool.map(lambda _: one.sign(), range(2)))
        assert 0 in {ran.code for ran in both}
        for ran in both:
            assert ran.code == 0 or "another process is signing" in ran.err
        one.whole()


def test_an_outage_is_told_by_the_installed_command_too(fake: FakeSigstore, tmp_path: Path) -> None:
    with MiniRegistry() as registry:
        one = Ceremony(fake, registry, tmp_path, command=penstock)
        fake.web.fail(SERVICES["fulcio"], 403, times=math.inf)
        ran = one.sign()
        assert (ran.code, ran.out) == (3, "")
        assert "403" in ran.err
        fake.heal()
        assert one.sign("--resume").code == 0
        one.whole()
        told = json.loads((one.bundle / "signing.json").read_bytes())
        assert told["schema"] == "penstock/signing@1"
