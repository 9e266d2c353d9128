"""A summary, the verdict that it rests on, and their signatures have to fit one another."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from pipeline.signing.claims import ByKey
from pipeline.verification.judge import SUMMARY, VERDICT, judge
from pipeline.verification.model import Answer, Asked, Attachment, KeySigner, Refused, Verified
from tests.support.attesting import IMAGE
from tests.support.verifying import ASKED, BY, SIGNER, altered, asking, attached, judged, signed

GOOD = attached(judged())


def told(answer: Answer) -> str:
    assert isinstance(answer, Refused), answer
    return "\n".join(answer.reasons)


def of(found: list[Attachment], wanted: str) -> Attachment:
    return next(one for one in found if kind(one) == wanted)


def without(found: list[Attachment], wanted: str) -> list[Attachment]:
    return [one for one in found if kind(one) != wanted]


def kind(one: Attachment) -> str:
    assert one.signed is not None
    return str(json.loads(one.signed.payload)["predicateType"])


def with_verdict(**fields: Any) -> list[Attachment]:
    """What passed, with these fields of the inner verdict instead, signed all the same."""
    verdict = of(GOOD, VERDICT)
    assert verdict.signed is not None
    inner = json.loads(verdict.signed.payload)["predicate"]["verdict"]
    return [*without(GOOD, VERDICT), altered(verdict, verdict={**inner, **fields})]


@pytest.mark.parametrize(
    "fields",
    [
        {"policy": {"trusted": True, "name": "test", "digest": "sha256:" + "6" * 64}},
        {"policy": {"trusted": True, "name": "test"}},
        {"now": "2026-11-25T11:00:00Z"},
        {"now": None},
    ],
)
def test_a_summary_and_its_verdict_have_to_agree(fields: dict[str, Any]) -> None:
    """A fresh summary does not make an old verdict fresh, nor an allowed policy of another."""
    assert "than its summary" in told(judge(asking(), ASKED, with_verdict(**fields)))


@pytest.mark.parametrize("dirty", [True, None, "no"])
def test_a_tree_of_which_nobody_knows_the_commit_is_refused(dirty: object) -> None:
    fields = {"subject": {"dirty": dirty, "images": [IMAGE]}}
    assert "no commit" in told(judge(asking(), ASKED, with_verdict(**fields)))


OTHER = "sha256:" + "5" * 64


def speaking_of(found: list[Attachment], *digests: str) -> list[Attachment]:
    """The same statements, about these images."""
    told_ = []
    for one in found:
        assert one.signed is not None
        document = json.loads(one.signed.payload)
        document["subject"] = [{"name": "x", "digest": {"sha256": it[7:]}} for it in digests]
        payload = json.dumps(document).encode()
        told_.append(msgspec.structs.replace(one, signed=signed(payload, by=one.signed.by)))
    return told_


def test_an_index_is_verified_by_the_platforms_that_were_scanned() -> None:
    """The index itself is named as judged, and holds one platform, which was."""
    scanned = with_verdict(subject={"dirty": False, "images": [OTHER]})
    both = speaking_of(scanned, IMAGE, OTHER)
    for digest in (IMAGE, OTHER):
        asked = Asked(digest=digest, now=ASKED.now)
        assert isinstance(judge(asking(), asked, both), Verified)


def test_a_platform_that_was_not_scanned_is_not_covered_by_the_one_that_was() -> None:
    """Both are subjects, and the verdict rests on the first alone."""
    both = speaking_of(with_verdict(subject={"dirty": False, "images": [IMAGE]}), IMAGE, OTHER)
    for digest in (IMAGE, OTHER):
        asked = Asked(digest=digest, now=ASKED.now)
        assert "another image" in told(judge(asking(), asked, both))


def test_what_was_signed_before_it_was_judged_is_refused() -> None:
    """Else a summary could be made ahead of its time, and would stay fresh for longer."""
    early = [
        msgspec.structs.replace(
            one, signed=msgspec.structs.replace(one.signed, times=("2026-11-25T11:49:59Z",))
        )
        for one in GOOD
        if one.signed is not None
    ]
    assert "before it was judged" in told(judge(asking(), ASKED, early))
    untimed = [
        msgspec.structs.replace(one, signed=msgspec.structs.replace(one.signed, times=()))
        for one in GOOD
        if one.signed is not None
    ]
    assert isinstance(judge(asking(), ASKED, untimed), Verified)


ELSE = "https://github.com/acme/other"
STRANGER = msgspec.structs.replace(BY, san=ELSE)
SPEAKS_FOR_ANOTHER = msgspec.structs.replace(
    SIGNER, identity=ELSE, repository_id=None, verifier=ELSE
)


def test_what_is_required_has_to_be_attested_by_an_accepted_signer() -> None:
    sbom = altered(of(GOOD, VERDICT))
    assert sbom.signed is not None
    document = json.loads(sbom.signed.payload) | {"predicateType": "https://cyclonedx.org/bom"}
    for by, ours in ((BY, True), (STRANGER, False)):
        more = Attachment(name="bom", signed=signed(json.dumps(document).encode(), by=by))
        policy = asking(require=("https://cyclonedx.org/bom",))
        answer = judge(policy, ASKED, [*GOOD, more])
        assert isinstance(answer, Verified) == ours, answer


def test_a_failure_by_who_may_not_speak_for_its_verifier_blocks_nothing() -> None:
    failed = altered(of(GOOD, SUMMARY), verificationResult="FAILED")
    assert failed.signed is not None
    other = msgspec.structs.replace(
        failed, name="other", signed=msgspec.structs.replace(failed.signed, by=STRANGER)
    )
    policy = asking(signers=(SIGNER, SPEAKS_FOR_ANOTHER))
    answer = judge(policy, ASKED, [*GOOD, other])
    assert isinstance(answer, Verified)
    assert any("may not speak" in one.reason for one in answer.ignored)


def test_a_verdict_of_another_type_is_none() -> None:
    verdict = of(GOOD, VERDICT)
    assert verdict.signed is not None
    document = json.loads(verdict.signed.payload) | {"predicateType": f"{VERDICT}0"}
    other = Attachment(name="v", signed=signed(json.dumps(document).encode()))
    assert "not attested" in told(judge(asking(), ASKED, [*without(GOOD, VERDICT), other]))


@pytest.mark.parametrize("first", [True, False])
def test_of_two_summaries_of_one_instant_the_failure_counts(*, first: bool) -> None:
    failed = msgspec.structs.replace(
        altered(of(GOOD, SUMMARY), verificationResult="FAILED"), name="failed"
    )
    found = [failed, *GOOD] if first else [*GOOD, failed]
    policy = asking(fail_window=timedelta(0))
    assert "says FAILED" in told(judge(policy, ASKED, found))


@pytest.mark.parametrize("when", ["2020-01-01T00:00:00", "2020-01-01", "", None])
def test_a_failure_of_which_nobody_knows_the_time_blocks_for_good(when: str | None) -> None:
    failed = altered(of(GOOD, SUMMARY), verificationResult="FAILED", timeVerified=when)
    assert "FAILED" in told(judge(asking(), ASKED, [*GOOD, failed]))


@pytest.mark.parametrize(("place", "blocks"), [(None, True), ("release", True), ("pr", False)])
def test_a_failure_whose_verdict_names_no_place_blocks_everywhere(
    place: str | None, *, blocks: bool
) -> None:
    bundle = "7" * 64
    failed = altered(
        of(GOOD, SUMMARY), verificationResult="FAILED",
        inputAttestations=[{"digest": {"sha256": bundle}}],
    )  # fmt: skip
    verdict = altered(of(GOOD, VERDICT), bundle={"sha256": bundle}, verdict={"environment": place})
    answer = judge(asking(), ASKED, [*GOOD, failed, verdict])
    assert isinstance(answer, Refused) == blocks


@pytest.mark.parametrize("when", ["yesterday", "2026-11-25T13:00:00", None])
def test_a_success_of_which_nobody_knows_the_time_is_none(when: str | None) -> None:
    """It neither proves an image good, nor stands before the one that does."""
    timeless = msgspec.structs.replace(
        altered(of(GOOD, SUMMARY), timeVerified=when), name="timeless"
    )
    answer = judge(asking(), ASKED, [*GOOD, timeless])
    assert isinstance(answer, Verified)
    assert any("of no time" in one.reason for one in answer.ignored)


@pytest.mark.parametrize("tools", [1, "semgrep", {"semgrep": True}])
def test_scanners_that_are_no_list_are_none(tools: object) -> None:
    other = altered(of(GOOD, VERDICT), tools=tools)
    assert "no scanner" in told(judge(asking(), ASKED, [*without(GOOD, VERDICT), other]))


def test_exceptions_that_are_over_are_not_listed() -> None:
    listed = [{"id": f"EX-{word}", "status": word, "expires": None}
              for word in ("active", "expired", "scheduled")]  # fmt: skip
    answer = judge(asking(), ASKED, with_verdict(exceptions=listed))
    assert isinstance(answer, Verified)
    assert [one.id for one in answer.exceptions] == ["EX-active"]


@pytest.mark.parametrize(
    "name", ["repository_id", "owner_id", "source_ref", "build_trigger", "runner_environment"]
)
def test_what_a_certificate_does_not_say_is_not_what_was_asked_for(name: str) -> None:
    asked = {
        "repository_id": BY.repository_id, "owner_id": BY.owner_id, "source_ref": BY.source_ref,
        "build_triggers": (BY.build_trigger,), "runner_environment": BY.runner_environment,
    }  # fmt: skip
    signer = msgspec.structs.replace(SIGNER, **asked)
    assert isinstance(judge(asking(signers=(signer,)), ASKED, GOOD), Verified)
    silent = msgspec.structs.replace(BY, **{name: None})
    told(judge(asking(signers=(signer,)), ASKED, attached(judged(), by=silent)))


@pytest.mark.parametrize("change", ["payload type", "statement type"])
def test_a_failure_that_is_no_statement_blocks_nothing(change: str) -> None:
    failed = altered(of(GOOD, SUMMARY), verificationResult="FAILED")
    assert failed.signed is not None
    document = json.loads(failed.signed.payload)
    if change == "payload type":
        other = signed(failed.signed.payload, payload_type="application/json")
    else:
        other = signed(json.dumps(document | {"_type": "https://in-toto.io/Link/v1"}).encode())
    more = Attachment(name="other", signed=other)
    answer = judge(asking(), ASKED, [*GOOD, more])
    assert isinstance(answer, Verified)
    assert "other" in {one.name for one in answer.ignored}


@pytest.mark.parametrize("transparency", ["log", "log_and_timestamp"])
def test_the_first_entry_of_a_log_is_one(transparency: Any) -> None:
    key = KeySigner(
        fingerprint="sha256:k", transparency=transparency, verifier=SIGNER.verifier, pem=b""
    )
    found = [
        msgspec.structs.replace(
            one, signed=signed(one.signed.payload, by=ByKey(fingerprint="sha256:k"), log_index=0)
        )
        for one in GOOD
        if one.signed is not None
    ]
    assert isinstance(judge(asking(signers=(key,)), ASKED, found), Verified)
