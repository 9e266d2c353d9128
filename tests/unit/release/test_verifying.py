"""What lies in a folder or a registry is gathered whole, and by whom it was signed is asked of."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.bundle.read import read
from pipeline.errors import PenstockError, UsageError
from pipeline.oci.documents import Descriptor
from pipeline.oci.registry.attached import MAX_BUNDLE, Attached, Other
from pipeline.oci.registry.errors import MissingError, RegistryError
from pipeline.release import verifying
from pipeline.signing.by_key import KeySigner as Signs
from pipeline.signing.by_key import of_private
from pipeline.signing.errors import TrustError
from pipeline.signing.keys import fingerprint
from pipeline.signing.trust import Trust, newest, public
from pipeline.toolchain.http import Http
from pipeline.verification.model import (
    Answer,
    CouldNotLook,
    KeySigner,
    Refused,
    Verified,
    VerifyPolicy,
)
from tests.support.releasing import bundle
from tests.support.sigstore.keyfile import public_pem
from tests.support.verifying import ASKED, SIGNER, VERIFIER, asking, attached, judged

KEY, OTHER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
IMAGE = ASKED.digest


def by(key: ec.EllipticCurvePrivateKey, **fields: Any) -> KeySigner:
    values: dict[str, Any] = {"transparency": "none", "verifier": VERIFIER, **fields}
    return KeySigner(fingerprint=fingerprint(key.public_key()), pem=public_pem(key), **values)


def bundles(key: ec.EllipticCurvePrivateKey = KEY) -> list[bytes]:
    """Everything that is said of an image that passed, signed by a key without any service."""
    with Http() as http:
        signs = Signs(of_private(key), key.public_key(), http=http)
        return [
            signs.sign(one.signed.payload) for one in attached(judged()) if one.signed is not None
        ]


GOOD = bundles()


def laid(folder: Path, found: list[bytes], below: str = "attestations") -> Path:
    (folder / below).mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(found):
        (folder / below / f"{number}.sigstore.json").write_bytes(data)
    return folder


def looked(folder: Path, *signers: Any, **fields: Any) -> Answer:
    policy = asking(signers=signers or (by(KEY),), trust=str(folder / "no-root.json"), **fields)
    return verifying.in_bundle(policy, folder, IMAGE, now=ASKED.now)


def why(answer: Answer) -> str:
    assert isinstance(answer, Refused), answer
    return "\n".join((*answer.reasons, *(one.reason for one in answer.ignored)))


def test_signatures_are_found_wherever_they_lie_in_a_bundle(tmp_path: Path) -> None:
    half = len(GOOD) // 2
    laid(tmp_path, GOOD[:half])
    laid(tmp_path, GOOD[half:], "deep/er")
    assert isinstance(looked(tmp_path), Verified)


def test_an_accepted_key_may_stand_anywhere_in_the_policy(tmp_path: Path) -> None:
    laid(tmp_path, GOOD)
    assert isinstance(looked(tmp_path, by(OTHER), by(KEY)), Verified)
    assert isinstance(looked(tmp_path, by(KEY), by(OTHER)), Verified)


def test_a_key_that_is_not_accepted_proves_nothing(tmp_path: Path) -> None:
    laid(tmp_path, bundles(OTHER))
    assert "not by this key" in why(looked(tmp_path))


def test_a_key_is_none_where_identities_are_asked_for(tmp_path: Path) -> None:
    laid(tmp_path, GOOD)
    policy = asking(trust="public")
    answer = verifying.in_bundle(policy, tmp_path, IMAGE, now=ASKED.now)
    assert "only identities are accepted" in why(answer)


def test_an_identity_is_none_where_keys_are_asked_for(tmp_path: Path) -> None:
    changed = [json.loads(one) for one in GOOD]
    for one in changed:
        one["verificationMaterial"] = {"certificate": {"rawBytes": "AA=="}}
    laid(tmp_path, [json.dumps(one).encode() for one in changed])
    assert "only keys are accepted" in why(looked(tmp_path))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b"[" * 9999, b'{"verificationMaterial": 1}']
)
def test_what_is_no_bundle_counts_for_nothing(tmp_path: Path, data: bytes) -> None:
    laid(tmp_path, [*GOOD, data])
    answer = looked(tmp_path)
    assert isinstance(answer, Verified)
    assert any("not verified" in one.reason for one in answer.ignored)


def test_a_bundle_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    laid(tmp_path, [*GOOD, b" " * (MAX_BUNDLE + 1)])
    answer = looked(tmp_path)
    assert isinstance(answer, Verified)
    assert any("over 10 MiB" in one.reason for one in answer.ignored)


def test_too_many_signatures_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid(tmp_path, GOOD)
    monkeypatch.setattr(verifying, "_MOST", len(GOOD) - 1)
    with pytest.raises(PenstockError, match="too many"):
        looked(tmp_path)


def test_a_root_is_needed_where_a_signature_has_to_carry_something(tmp_path: Path) -> None:
    laid(tmp_path, GOOD)
    for signer in (by(KEY, transparency="log"), SIGNER):
        with pytest.raises(TrustError, match="cannot be read"):
            looked(tmp_path, by(KEY), signer)


def test_a_root_that_is_none_is_told_even_where_none_is_needed(tmp_path: Path) -> None:
    (tmp_path / "no-root.json").write_text("{}")
    with pytest.raises(TrustError, match="neither a trusted root"):
        looked(laid(tmp_path, GOOD))


@pytest.mark.parametrize("images", [(), ("sha256:1", "sha256:2")])
def test_which_image_is_meant_has_to_be_clear(images: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="image"):
        verifying.only_image(images)
    assert verifying.only_image(("sha256:1",)) == "sha256:1"


class Shelf:
    """A repository of which only what it is asked for is there."""

    def __init__(self, *, there: bool = True) -> None:
        self.there = there

    def resolve(self, digest: str) -> Descriptor:
        if not self.there:
            raise MissingError(f"{digest}: there is no such thing")
        return Descriptor("x", digest, 1)


def asked_for(
    monkeypatch: pytest.MonkeyPatch,
    found: Iterator[Any],
    *,
    older: tuple[str, ...] = (),
    there: bool = True,
    policy: VerifyPolicy | None = None,
) -> Answer:
    monkeypatch.setattr(verifying, "beside", lambda *_: found)
    monkeypatch.setattr(verifying, "older", lambda *_: iter(older))
    asked = policy or asking(signers=(by(KEY),), trust="no-root.json")
    shelf: Any = Shelf(there=there)
    return verifying.in_registry(asked, shelf, IMAGE, now=ASKED.now)


def listed(found: list[bytes]) -> Iterator[Attached]:
    for number, data in enumerate(found):
        yield Attached(manifest=Descriptor("x", f"sha256:{number:064x}", 1), bundle=data)


def other() -> Iterator[Other]:
    yield Other(manifest=Descriptor("x", "sha256:" + "e" * 64, 1), why="it is something else")


def test_what_refers_to_the_image_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = asked_for(monkeypatch, iter([*listed(GOOD), *other()]))
    assert isinstance(answer, Verified)
    assert "it is something else" in {one.reason for one in answer.ignored}


def test_a_list_that_breaks_off_is_not_judged_by_its_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaking() -> Iterator[Any]:
        yield from listed(GOOD)
        raise RegistryError("503")

    answer = asked_for(monkeypatch, breaking())
    assert isinstance(answer, CouldNotLook)
    assert answer.reasons == ("503",)


def test_an_image_that_is_not_there_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(asked_for(monkeypatch, listed(GOOD), there=False), CouldNotLook)


def test_older_tags_are_named_where_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = asked_for(monkeypatch, iter(()), older=("sha256-1.sig", "sha256-1.att"))
    told = why(answer)
    assert "(.sig)" in told
    assert "(.att)" in told
    more = asked_for(monkeypatch, listed(GOOD), older=("sha256-1.sig",))
    assert isinstance(more, Verified)


def test_time_goes_on(tmp_path: Path) -> None:
    laid(tmp_path, GOOD)
    policy = asking(signers=(by(KEY),), trust="no-root.json")
    later = ASKED.now + timedelta(hours=24)
    assert isinstance(verifying.in_bundle(policy, tmp_path, IMAGE, now=later), Refused)


def test_another_image_is_another_question(tmp_path: Path) -> None:
    laid(tmp_path, GOOD)
    policy = asking(signers=(by(KEY),), trust="no-root.json")
    answer = verifying.in_bundle(policy, tmp_path, "sha256:" + "9" * 64, now=ASKED.now)
    assert "something else" in why(answer)


def test_only_of_the_public_root_it_is_told_how_old_it_is() -> None:
    assert verifying.aged(asking(), ASKED.now) == ()
    since = newest(public(offline=True))
    (told,) = verifying.aged(asking(trust="public"), datetime.fromisoformat(since) + timedelta(3))
    assert told.endswith(f"is of {since[:10]}, 3 days ago")


def test_the_newest_key_of_a_root_is_the_newest_of_any_kind() -> None:
    root = {
        "mediaType": "x",
        "tlogs": [{"publicKey": {"validFor": {"start": "2021-01-01T00:00:00Z"}}}],
        "timestampAuthorities": [{"validFor": {"start": "2025-07-04T00:00:00Z"}}],
        "certificateAuthorities": [{"validFor": {"start": "2022-01-01T00:00:00Z"}}, {}],
    }
    trust = Trust(where="x", root=json.dumps(root).encode())
    assert newest(trust) == "2025-07-04T00:00:00Z"
    assert newest(Trust(where="x", root=b"{}")) == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"verdict": "WARN"}, "verdict WARN, and it is PASS"),
        ({"environment": "main"}, "environment main, and it is release"),
        ({"judged": "2026-11-26T12:00:00Z"}, "instant 2026-11-26T12:00:00Z, and it is"),
        ({"policy_digest": "sha256:" + "4" * 64}, f"policy sha256:{'4' * 64}, and it is"),
    ],
)
def test_what_was_attested_has_to_be_what_the_evidence_says(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    """A signer may name the digest of a FAIL and say PASS of it."""
    stored = read(bundle(tmp_path / "b", IMAGE))
    answer = looked(laid(tmp_path / "signed", GOOD))
    assert isinstance(answer, Verified)
    own = {"judged": stored.verdict.now, "policy_digest": stored.verdict.policy.digest}
    told = msgspec.structs.replace(answer, **{**own, **fields})
    if not said:
        verifying.agreed(told, stored)
        return
    with pytest.raises(PenstockError) as caught:
        verifying.agreed(told, stored)
    assert said in caught.value.message
