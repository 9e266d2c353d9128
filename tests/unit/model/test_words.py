"""The closed vocabularies, and identities that survive reformatting."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import identity
from pipeline.model.finding import Finding, Kind, Location
from pipeline.model.gap import GapClass, GapReason, class_of
from pipeline.model.severity import RANK, Severity, confidence_of, severity_of, worst
from pipeline.model.verdict import ExceptionStatus

REASONS = """no_targets not_read parse_error timeout rule_error ignored_by_tool excluded not_listed
unpinned unsupported no_packages third_party ambiguous_image remote_module link_outside submodule
lfs_pointer no_rules tool_missing tool_unlocked tool_denied tool_failed tool_output feed_missing
feed_stale feed_future feed_excerpt feed_broken canary_missed digest_mismatch policy_untrusted
base_missing clock interrupted limit"""


def test_the_words_are_the_published_ones() -> None:
    assert {one.value for one in GapReason} == set(REASONS.split())
    for words, published in (
        (Severity, "critical high medium low info unknown"),
        (Kind, "sast sca iac secret workflow dast coverage"),
        (
            ExceptionStatus,
            "active not_yet expired void unused over_matched unapproved invalid",
        ),
    ):
        assert {one.value for one in words} == set(published.split())
    assert {one.value for one in GapClass} == {"integrity", "evidence", "enrichment", "time"}


def test_what_could_be_somebody_s_doing_takes_integrity_away() -> None:
    for reason in ("digest_mismatch", "canary_missed", "policy_untrusted", "base_missing"):
        assert class_of(GapReason(reason)) is GapClass.INTEGRITY


@pytest.mark.parametrize(
    ("word", "severity"),
    [("MODERATE", "medium"), ("ERROR", "high"), ("WARNING", "medium"), ("INFO", "info"),
     (" High ", "high"), ("Informational", "info"), ("", "unknown"), (None, "unknown"),
     ("catastrophic", "unknown"), ("CRITICAL", "critical")],
)  # fmt: skip
def test_a_word_is_read_and_a_strange_one_is_unknown_and_never_low(
    word: str | None, severity: str
) -> None:
    assert severity_of(word) == severity


@given(st.lists(st.sampled_from(Severity), min_size=1))
def test_the_worst_word_is_no_better_than_any(words: list[Severity]) -> None:
    assert RANK[worst(words)] == max(RANK[one] for one in words)


def test_a_strange_confidence_is_unknown() -> None:
    assert confidence_of("HIGH") == "high"
    assert confidence_of("certain") == "unknown"


def made(line: int = 1, text: str = "a b", target: str = "app.py") -> Finding:
    return identity.new(
        kind=Kind.SAST,
        stage="semgrep",
        rule="r",
        target=target,
        fingerprint=identity.digest(identity.normalised(text), 0),
        title="t",
        message="m",
        severity=Severity.HIGH,
        location=Location(target, line, line),
    )


def test_an_identity_survives_a_moved_and_reformatted_line_and_no_other_change() -> None:
    assert made(1).id == made(99, "a   \n  b").id
    assert made().match_key == made(99).match_key
    assert made().id != made(target="other.py").id
    assert made().id != made(text="a c").id
    assert made().id != made().match_key


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_different_parts_have_different_digests(first: list[str], second: list[str]) -> None:
    assert (identity.digest(*first) == identity.digest(*second)) is (first == second)
    assert set(identity.digest(*first)) <= set(string.hexdigits.lower())


def test_people_read_the_cve_first() -> None:
    ids = {"PYSEC-2019-217", "GHSA-462w-v97r-4m45", "CVE-2019-10906", "OSV-1"}
    assert identity.display_id(ids) == "CVE-2019-10906"
    assert identity.display_id(ids - {"CVE-2019-10906"}) == "GHSA-462w-v97r-4m45"
    assert identity.display_id({"Z-1", "A-1"}) == "A-1"
