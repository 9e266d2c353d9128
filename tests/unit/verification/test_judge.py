"""VERIFIED is said of exactly this digest, for this environment, by whom it was asked of."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.denied import DeniedTool
from pipeline.model.outcome import StageEvidence
from pipeline.model.severity import Severity
from pipeline.model.verdict import PolicySource
from pipeline.signing.claims import ByKey
from pipeline.verification.judge import SUMMARY, VERDICT, judge
from pipeline.verification.model import (
    Answer,
    Asked,
    Attachment,
    KeySigner,
    Refused,
    Verified,
)
from tests.support.attesting import IMAGE, evidence
from tests.support.judging import NOW, answers, case, exception, feed, package, policy, tool
from tests.support.verifying import (
    ASKED,
    BY,
    SIGNER,
    altered,
    asking,
    attached,
    judged,
    signed,
)

GOOD = attached(judged())
HIGH = package(severity=Severity.HIGH)


def told(answer: Answer) -> str:
    assert isinstance(answer, Refused), answer
    return "\n".join(answer.reasons)


def kind(one: Attachment) -> str:
    assert one.signed is not None
    return str(json.loads(one.signed.payload)["predicateType"])


def of(found: list[Attachment], wanted: str) -> Attachment:
    return next(one for one in found if kind(one) == wanted)


def without(found: list[Attachment], wanted: str) -> list[Attachment]:
    return [one for one in found if kind(one) != wanted]


def test_what_passed_is_verified_with_all_that_it_rests_on() -> None:
    answer = judge(asking(), ASKED, GOOD)
    assert isinstance(answer, Verified)
    assert (answer.verdict, answer.environment) == ("PASS", "release")
    assert answer.judged == "2026-11-25T12:00:00Z"
    assert BY.san in answer.by
    assert answer.exceptions == ()
    # What was said of the commit or of the bundle alone counts for nothing here.
    assert {one.reason for one in answer.ignored} == {"it speaks of something else"}


def test_what_was_only_warned_of_is_verified() -> None:
    answer = judge(asking(), ASKED, attached(judged(package(severity=Severity.MEDIUM))))
    assert isinstance(answer, Verified)
    assert answer.verdict == "WARN"


def test_exceptions_in_force_are_listed() -> None:
    loaded = policy({"exceptions/EX-1.yaml": exception()})
    one = case(loaded, HIGH, env="release", stages=judged().stages)
    subject = msgspec.structs.replace(one.subject, images=(IMAGE,), dirty=False)
    given_ = evidence(msgspec.structs.replace(one, subject=subject))
    answer = judge(asking(), ASKED, attached(given_))
    assert isinstance(answer, Verified)
    assert [(one.id, one.expires) for one in answer.exceptions] == [("EX-1", "2026-12-10")]


def test_a_failed_summary_verifies_too_and_is_refused() -> None:
    assert "says FAILED" in told(judge(asking(), ASKED, attached(judged(HIGH))))


@pytest.mark.parametrize("gone", [SUMMARY, VERDICT])
def test_neither_half_of_the_proof_is_enough(gone: str) -> None:
    told(judge(asking(), ASKED, without(GOOD, gone)))


def test_nothing_at_all_is_refused() -> None:
    assert "no accepted signer" in told(judge(asking(), ASKED, []))


def test_a_provenance_is_no_verdict() -> None:
    """Every statement but the summary and the verdict, however well signed, proves nothing."""
    rest = [one for one in GOOD if kind(one) not in {SUMMARY, VERDICT}]
    told(judge(asking(), ASKED, rest))


def denied(*versions: str) -> DeniedTool:
    return DeniedTool(
        tool="semgrep", versions=versions, reason="it missed", source="our own report"
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"environment": "main"}, "judged for main"),
        ({"resource": "ghcr.io/acme/other"}, "judged for release"),
        ({"policy_digests": ("sha256:" + "0" * 64,)}, "not allowed"),
        ({"policy_names": ("other",)}, "the policy test is not allowed"),
        ({"max_age": timedelta(minutes=30)}, "ago"),
        ({"require": ("https://example.com/kind",)}, "attested https://example.com/kind"),
        ({"denied_tools": (denied(),)}, "not believed"),
        ({"denied_tools": (denied("1"),)}, "not believed"),
    ],
)  # fmt: skip
def test_what_was_not_asked_for_is_refused(fields: dict[str, Any], said: str) -> None:
    assert said in told(judge(asking(**fields), ASKED, GOOD))


def test_another_version_of_a_denied_tool_is_believed() -> None:
    assert isinstance(judge(asking(denied_tools=(denied("2"),)), ASKED, GOOD), Verified)


def test_another_digest_is_refused() -> None:
    asked = Asked(digest="sha256:" + "9" * 64, now=ASKED.now)
    told(judge(asking(), asked, GOOD))


@pytest.mark.parametrize(
    "signer",
    [
        {"issuer": "https://issuer.example"},
        {"identity": "https://github.com/acme/app"},
        {"identity": None, "identity_pattern": r"https://github\.com/acme/app"},
        {"identity": None, "identity_pattern": r"app.*"},
        {"repository_id": "1002"},
        {"owner_id": "1"},
        {"source_ref": "refs/heads/dev"},
        {"build_triggers": ("workflow_dispatch",)},
        {"runner_environment": "self-hosted"},
        {"verifier": "https://github.com/acme/other"},
    ],
)
def test_a_signer_is_who_was_named_in_full(signer: dict[str, Any]) -> None:
    asked = asking(signers=(msgspec.structs.replace(SIGNER, **signer),))
    told(judge(asked, ASKED, GOOD))


def test_a_signer_may_speak_for_whatever_verifier_any_line_of_the_policy_gives_it() -> None:
    elsewhere = msgspec.structs.replace(SIGNER, verifier="https://github.com/acme/other")
    assert isinstance(judge(asking(signers=(elsewhere, SIGNER)), ASKED, GOOD), Verified)
    told(judge(asking(signers=(elsewhere,)), ASKED, GOOD))


def test_a_verdict_counts_only_by_who_may_speak_for_the_verifier_of_its_summary() -> None:
    """Two signers are accepted, each for a verifier of its own: they do not add up to one."""
    stranger = msgspec.structs.replace(BY, san="https://github.com/acme/other")
    other = msgspec.structs.replace(
        SIGNER, identity=stranger.san, repository_id=None, verifier="https://github.com/acme/other"
    )
    mixed = [
        msgspec.structs.replace(one, signed=msgspec.structs.replace(one.signed, by=stranger))
        if one.name == "verdict" and one.signed is not None
        else one
        for one in GOOD
    ]
    assert "not attested" in told(judge(asking(signers=(SIGNER, other)), ASKED, mixed))


def test_a_pattern_matches_the_whole_identity() -> None:
    whole = r"https://github\.com/acme/app/\.github/workflows/release\.yml@refs/heads/.+"
    signer = msgspec.structs.replace(SIGNER, identity=None, identity_pattern=whole)
    assert isinstance(judge(asking(signers=(signer,)), ASKED, GOOD), Verified)


@pytest.mark.parametrize(
    ("transparency", "log", "stamps", "verified"),
    [
        ("none", None, 0, True),
        ("log", None, 1, False),
        ("log", 7, 0, True),
        ("timestamp", 7, 0, False),
        ("timestamp", None, 1, True),
        ("log_and_timestamp", 7, 0, False),
        ("log_and_timestamp", None, 1, False),
        ("log_and_timestamp", 7, 1, True),
    ],
)
def test_a_key_signs_with_what_its_policy_asks_for(
    transparency: Any, log: int | None, stamps: int, *, verified: bool
) -> None:
    key = KeySigner(
        fingerprint="sha256:k", transparency=transparency, verifier=SIGNER.verifier, pem=b""
    )
    by = ByKey(fingerprint="sha256:k")
    found = [
        msgspec.structs.replace(
            one, signed=signed(one.signed.payload, by=by, log_index=log, timestamps=stamps)
        )
        for one in GOOD
        if one.signed is not None
    ]
    answer = judge(asking(signers=(key,)), ASKED, found)
    assert isinstance(answer, Verified) == verified
    stranger = msgspec.structs.replace(key, fingerprint="sha256:other")
    told(judge(asking(signers=(stranger,)), ASKED, found))


def later(hours: int, *findings: Any, **fields: Any) -> list[Attachment]:
    moment = {"now": NOW + timedelta(hours=hours)}
    made = judged(*findings, case=moment, bundle=f"sha256:{hours:064x}", **fields)
    return attached(made, mark=f"{hours}-")


def test_the_latest_verdict_counts() -> None:
    asked = Asked(digest=ASKED.digest, now=NOW + timedelta(hours=10))
    policy_ = asking(fail_window=timedelta(0))
    assert isinstance(judge(policy_, asked, [*later(1, HIGH), *later(2)]), Verified)
    told(judge(policy_, asked, [*later(1), *later(2, HIGH)]))


@pytest.mark.parametrize(("hours", "blocked"), [(1, True), (8, True), (9, False)])
def test_a_failure_blocks_for_as_long_as_was_asked(hours: int, *, blocked: bool) -> None:
    """Two runs, one PASS and one FAIL: nobody may pick the nicer one."""
    asked = Asked(digest=ASKED.digest, now=NOW + timedelta(hours=hours))
    found = [*later(0, HIGH), *later(1)]
    answer = judge(asking(fail_window=timedelta(hours=8)), asked, found)
    assert isinstance(answer, Refused) == blocked


def test_a_failure_in_another_environment_does_not_block() -> None:
    found = [*GOOD, *later(0, HIGH, env="pr")]
    assert isinstance(judge(asking(), ASKED, found), Verified)
    lost = [one for one in found if not (one.name.startswith("0-") and kind(one) == VERDICT)]
    told(judge(asking(), ASKED, lost))


def test_what_is_yet_to_come_is_refused() -> None:
    asked = Asked(digest=ASKED.digest, now=NOW - timedelta(hours=1))
    assert "yet to come" in told(judge(asking(), asked, GOOD))


@pytest.mark.parametrize(
    ("section", "value", "said"),
    [
        ("demo", True, "excerpt"),
        ("demo", None, "excerpt"),
        ("report_only_until", "2027-01-01", "only reported"),
        ("environment", "pr", "for pr"),
        ("verdict", "FAIL", "FAIL"),
        ("verdict", "INCONCLUSIVE", "INCONCLUSIVE"),
        ("verdict", None, "None"),
        ("policy", {"trusted": False, "name": "test"}, "written the policy"),
        ("policy", None, "written the policy"),
        ("subject", {"dirty": True, "images": ["sha256:" + "1" * 64]}, "no commit"),
        ("subject", {"dirty": False, "images": []}, "another image"),
        ("subject", {"dirty": False, "images": ["sha256:" + "5" * 64]}, "another image"),
    ],
)
def test_a_verdict_that_nobody_may_deploy_by_is_refused(
    section: str, value: object, said: str
) -> None:
    verdict = of(GOOD, VERDICT)
    assert verdict.signed is not None
    inner = json.loads(verdict.signed.payload)["predicate"]["verdict"]
    other = altered(verdict, verdict={**inner, section: value})
    assert said in told(judge(asking(), ASKED, [*without(GOOD, VERDICT), other]))


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ([], "no scanner"),
        (None, "no scanner"),
        ([{"name": "semgrep", "version": "1", "locked": False}], "locked"),
        ([{"name": "semgrep", "version": "1"}], "locked"),
        (["semgrep"], "locked"),
    ],
)
def test_scanners_that_nobody_locked_are_refused(tools: object, said: str) -> None:
    other = altered(of(GOOD, VERDICT), tools=tools)
    assert said in told(judge(asking(), ASKED, [*without(GOOD, VERDICT), other]))


@pytest.mark.parametrize(
    "changed",
    [
        {"verificationResult": "passed"},
        {"verificationResult": None},
        {"verifiedLevels": ["PENSTOCK_GATE_PR"]},
        {"verifiedLevels": "PENSTOCK_GATE_RELEASE"},
        {"verifiedLevels": []},
        {"resourceUri": None},
        {"resourceUri": "ghcr.io/acme/app@sha256:" + "9" * 64},
        {"verifier": {"id": "https://other.example"}},
        {"verifier": None},
        {"timeVerified": "yesterday"},
        {"timeVerified": "2026-11-25T12:00:00"},
        {"timeVerified": None},
        {"inputAttestations": []},
        {"inputAttestations": None},
        {"inputAttestations": [{"digest": {"sha256": "0"}}]},
    ],
)
def test_a_summary_that_says_less_is_refused(changed: dict[str, Any]) -> None:
    other = altered(of(GOOD, SUMMARY), **changed)
    told(judge(asking(), ASKED, [*without(GOOD, SUMMARY), other]))


def test_a_verdict_of_other_evidence_does_not_stand_in() -> None:
    other = altered(of(GOOD, VERDICT), bundle={"sha256": "0" * 64})
    assert "not attested" in told(judge(asking(), ASKED, [*without(GOOD, VERDICT), other]))


def test_what_is_no_statement_counts_for_nothing() -> None:
    junk = [
        Attachment(name="j", signed=signed(payload))
        for payload in (b"", b"{}", b"[]", b"\xff", b'{"_type":"x","subject":[]}', b"[" * 9999)
    ]
    other = Attachment(name="o", signed=signed(b"{}", payload_type="text/plain"))
    unverified = Attachment(name="u", signed=None, fault="not verified: forged")
    answer = judge(asking(), ASKED, [*junk, other, unverified, *GOOD])
    assert isinstance(answer, Verified)
    assert {one.name for one in answer.ignored} >= {"j", "o", "u"}


POOL: list[Attachment] = [
    *GOOD,
    *later(0, HIGH),
    *attached(judged(env="pr", bundle="sha256:" + "7" * 64), mark="pr-"),
    *attached(judged(bundle="sha256:" + "8" * 64),
              by=msgspec.structs.replace(BY, issuer="https://evil.example"), mark="evil-"),
    Attachment(name="forged", signed=None, fault="not verified"),
]  # fmt: skip


@given(st.lists(st.sampled_from(POOL), unique_by=lambda one: one.name), st.randoms())
def test_the_order_of_what_is_attached_changes_nothing(found: list[Attachment], dice: Any) -> None:
    shuffled = found[:]
    dice.shuffle(shuffled)
    assert judge(asking(), ASKED, shuffled) == judge(asking(), ASKED, found)


@given(
    st.lists(st.sampled_from(POOL), unique_by=lambda one: one.name),
    st.sampled_from([one for one in POOL if one.name.startswith(("evil-", "forged", "0-"))]),
)
def test_strangers_and_failures_never_make_an_image_good(
    found: list[Attachment], more: Attachment
) -> None:
    if isinstance(judge(asking(), ASKED, found), Refused):
        assert isinstance(judge(asking(), ASKED, [*found, more]), Refused)


@given(
    st.lists(st.sampled_from(POOL), unique_by=lambda one: one.name),
    st.sampled_from([one for one in POOL if one.name.startswith(("evil-", "forged"))]),
)
def test_strangers_never_make_an_image_bad(found: list[Attachment], more: Attachment) -> None:
    if isinstance(judge(asking(), ASKED, found), Verified):
        assert isinstance(judge(asking(), ASKED, [*found, more]), Verified)


def test_a_policy_that_the_change_could_have_written_is_refused() -> None:
    source = PolicySource(name="t", digest="sha256:0", source="working-tree:p", trusted=False)
    told(judge(asking(), ASKED, attached(judged(case={"source": source}))))


def test_an_unlocked_scanner_of_a_real_run_is_refused() -> None:
    stages = tuple(
        StageEvidence(stage=one.stage, outcome=one.outcome, feeds=(feed(),),
                      tools=(tool(locked=False),))
        for one in answers()
    )  # fmt: skip
    given_ = msgspec.structs.replace(judged(), stages=stages)
    assert "locked" in told(judge(asking(), ASKED, attached(given_)))


@pytest.mark.parametrize("first", [True, False])
def test_of_two_verdicts_on_the_same_evidence_both_have_to_be_good(*, first: bool) -> None:
    verdict = of(GOOD, VERDICT)
    assert verdict.signed is not None
    said = json.loads(verdict.signed.payload)["predicate"]["verdict"]
    bad = altered(verdict, verdict={**said, "verdict": "FAIL"})
    found = [bad, *GOOD] if first else [*GOOD, bad]
    assert told(judge(asking(), ASKED, found)) == "its verdict is FAIL"


@pytest.mark.parametrize("word", [["PASS"], {"PASS": 1}, None, 1])
def test_a_verdict_that_is_no_word_is_refused(word: object) -> None:
    verdict = of(GOOD, VERDICT)
    assert verdict.signed is not None
    said = json.loads(verdict.signed.payload)["predicate"]["verdict"]
    wrong = altered(verdict, verdict={**said, "verdict": word})
    assert "its verdict is" in told(judge(asking(), ASKED, [*without(GOOD, VERDICT), wrong]))


def test_a_verdict_whose_images_are_no_list_is_about_another_image() -> None:
    verdict = of(GOOD, VERDICT)
    assert verdict.signed is not None
    said = json.loads(verdict.signed.payload)["predicate"]["verdict"]
    wrong = altered(verdict, verdict={**said, "subject": {**said["subject"], "images": 1}})
    assert "another image" in told(judge(asking(), ASKED, [*without(GOOD, VERDICT), wrong]))
