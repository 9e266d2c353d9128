"""What `sign` and `promote` tell programs: one document, whatever happens, as its schema says."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pipeline import resources
from tests.support.ceremony import NAME, Ceremony
from tests.support.command import Ran
from tests.support.inside import hurried, inside
from tests.support.judging import package
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import SERVICES, FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

JSON = ("--format", "json")


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one, hurried():
        yield one


def read(ran: Ran, schema: str) -> Any:
    shipped = (resources.schemas() / f"{schema}-v1.schema.json").read_bytes()
    document = json.loads(ran.out)
    jsonschema_rs.validator_for(json.loads(shipped)).validate(document)
    return document


def test_what_is_signed_is_told_with_every_statement(one: Ceremony) -> None:
    ran = one.sign(*JSON)
    told = read(ran, "signed")
    assert (ran.code, told["result"], told["image"]) == (0, "signed", one.ref)
    assert told["statements"] == one.journal["statements"]
    assert told["unlogged"] == []


def test_what_is_not_signed_is_told_with_what_is_missing(fake: FakeSigstore, one: Ceremony) -> None:
    fake.web.fail(SERVICES["fulcio"], 403, times=math.inf)
    ran = one.sign(*JSON)
    told = read(ran, "signed")
    assert (ran.code, told["result"]) == (3, "not_signed")
    assert {each["state"] for each in told["statements"]} == {"prepared"}
    assert "are not signed yet, and nothing was attached" in told["reason"]
    assert told["help"]


def test_a_failure_is_told_with_every_reason(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path, findings=(package(),))
    ran = one.sign(*JSON)
    told = read(ran, "signed")
    assert (ran.code, told["result"], told["statements"]) == (1, "not_signed", [])
    assert "the verdict is FAIL" in told["reason"]
    ran = one.sign("--failed", *JSON)
    assert (ran.code, read(ran, "signed")["result"]) == (1, "attested_as_failed")


def test_a_wrong_flag_is_told_to_people_alone(one: Ceremony) -> None:
    ran = one.sign("--resume", *JSON)
    assert (ran.code, ran.out) == (2, "")


def promoted(one: Ceremony, there: MiniRegistry) -> tuple[int, Any]:
    target = f"{there.address}/prod/app:live"
    ran = inside("promote", one.ref, target, "--policy", one.folder / "verify.yaml", *JSON)
    return ran.code, read(ran, "promotion")


def test_every_end_of_a_promotion_is_told(one: Ceremony) -> None:
    with MiniRegistry() as there:
        code, told = promoted(one, there)
        assert (code, told["result"]) == (1, "refused")
        assert "penstock sign" in told["help"]
        assert one.sign().code == 0
        there.web.fail("PUT /v2/.*/manifests/", 403, times=math.inf)
        code, told = promoted(one, there)
        assert (code, told["result"]) == (3, "could_not_copy")
        assert there.held("prod/app").tags == {}
        there.web.heal()
        code, told = promoted(one, there)
        assert (code, told["result"], told["tag"]) == (0, "promoted", "live")
        assert told["destination"] == f"{there.address}/prod/app@{one.digest}"
        assert (told["answer"]["verdict"], told["left"]) == ("PASS", [])
        assert set(told["referrers"]) == one.pushed()
        one.registry.web.fail(f"GET /v2/{NAME}/referrers/", 403, times=math.inf)
        code, told = promoted(one, there)
        assert (code, told["result"]) == (3, "could_not_look")


def test_an_image_that_nobody_signed_is_refused_with_what_to_do(one: Ceremony) -> None:
    ran = one.verify()
    assert ran.code == 1
    assert "  help: nothing is attached to this digest" in ran.out
    assert one.sign().code == 0
    one.deployer(
        signers=[{"issuer": "https://a.example", "identity": "b", "verifier": "https://c"}]
    )
    assert "  help: what is attached counts for nothing" in one.verify().out
