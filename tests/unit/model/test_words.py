"""The closed vocabularies, and identities that survive reformatting."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Exit, PenstockError, UsageError
from pipeline.model import identity
from pipeline.model.finding import Finding, Kind, Location, State, unversioned
from pipeline.model.gap import GapClass, GapReason, class_of
from pipeline.model.outcome import Canary, SkipReason
from pipeline.model.record import readable
from pipeline.model.severity import RANK, Confidence, Severity, confidence_of, severity_of, worst
from pipeline.model.verdict import Decision, ExceptionStatus

REASONS = """no_targets not_read parse_error timeout rule_error ignored_by_tool excluded not_listed
unpinned unsupported no_packages third_party ambiguous_image remote_module link_outside submodule
lfs_pointer no_rules tool_missing tool_unlocked tool_denied tool_failed tool_output feed_missing
feed_stale feed_future feed_excerpt feed_broken canary_missed digest_mismatch policy_untrusted
base_missing clock interrupted limit"""


def test_the_words_are_the_published_ones() -> None:
    assert {one.value for one in GapReason} == set(REASONS.split())
    for words, published in (
        (Severity, "critical high medium low info unknown"),
        (Confidence, "high medium low unknown"),
        (Kind, "sast sca iac secret workflow dast coverage"),
        (State, "new existing unknown"),
        (Canary, "found missed none"),
        (SkipReason, "not_applicable deselected not_required"),
        (Decision, "PASS WARN FAIL INCONCLUSIVE"),
        (
            ExceptionStatus,
            "active not_yet expired void unused over_matched unapproved invalid",
        ),
    ):
        assert {one.value for one in words} == set(published.split())
    assert {one.value for one in GapClass} == {"integrity", "evidence", "enrichment", "time"}


def test_exit_codes_are_the_documented_ones() -> None:
    text = (Path(__file__).parents[3] / "docs/exit-codes.md").read_text()
    table = dict(re.findall(r"^\| (\d+) \| ([A-Z, a-z]+) \|", text, re.MULTILINE))
    assert {int(code) for code in table} == {int(one) for one in Exit}
    for decision in Decision:
        assert decision in table[str(int(decision.exit))].split(", ")
    raised = (PenstockError("x"), UsageError("x"))
    assert [int(one.exit) for one in raised] == [3, 2]
    assert int(Exit.INTERRUPTED) == 130


def test_only_what_is_no_evidence_can_be_tolerated() -> None:
    integrity = (
        "ambiguous_image tool_unlocked tool_denied feed_broken canary_missed digest_mismatch "
        "policy_untrusted base_missing"
    )
    times = "feed_stale feed_future clock"
    classes = {one.value: class_of(one) for one in GapReason}
    assert {n for n, c in classes.items() if c is GapClass.INTEGRITY} == set(integrity.split())
    assert {n for n, c in classes.items() if c is GapClass.TIME} == set(times.split())


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


@given(st.lists(st.sampled_from(["CVE-2", "CVE-1", "GHSA-a", "PYSEC-1", "MAL-1", "X"]), min_size=1))
def test_the_id_that_people_read_does_not_depend_on_an_order(ids: list[str]) -> None:
    chosen = identity.display_id(ids)
    assert chosen in ids
    assert chosen == identity.display_id(reversed(ids))
    assert chosen == identity.display_id(sorted(ids))


def test_joined_parts_are_no_other_parts() -> None:
    told = [("a", "bc"), ("ab", "c"), ("abc",), ("a", "b", "c"), (("a", "b"), "c"), ('a","b', "c")]
    assert len({identity.digest(*parts) for parts in told}) == len(told)
    assert identity.digest(1) != identity.digest("1")
    assert identity.digest(None) != identity.digest("None")


def test_an_identity_is_the_same_on_every_machine() -> None:
    assert identity.digest("sast", "r", "app.py") == "78cf2ebf2163e1873bdab5bd73eca039"


@pytest.mark.parametrize(
    ("purl", "package"),
    [
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2"),
        ("pkg:pypi/jinja2", "pkg:pypi/jinja2"),
        ("pkg:npm/%40angular/core@1.0.0", "pkg:npm/%40angular/core"),
        ("pkg:npm/@angular/core@1.0.0", "pkg:npm/@angular/core"),
        ("pkg:npm/@angular/core", "pkg:npm/@angular/core"),
        ("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie", "pkg:deb/debian/curl"),
        ("pkg:deb/debian/curl?repository_url=https://u@example.com", "pkg:deb/debian/curl"),
        ("pkg:golang/example.com/a@v1.0.0#cmd/x@y", "pkg:golang/example.com/a"),
    ],
)
def test_a_package_is_its_purl_without_version_qualifiers_and_subpath(
    purl: str, package: str
) -> None:
    assert unversioned(purl) == package


def sca(purl: str) -> Finding:
    return identity.new(
        kind=Kind.SCA, stage="s", rule="CVE-1", target="t", purl=purl, title="", message="",
        severity=Severity.HIGH,
    )  # fmt: skip


def test_a_track_follows_a_package_over_its_versions_and_no_other_package() -> None:
    one, two = sca("pkg:pypi/a@1?x=u@v"), sca("pkg:pypi/a@2?x=u@v")
    assert one.id != two.id
    assert one.track_ids == two.track_ids
    assert sca("pkg:pypi/a").track_ids == one.track_ids
    assert sca("pkg:pypi/b").track_ids != one.track_ids


@given(st.binary(max_size=12))
def test_any_name_becomes_text_that_a_file_can_hold(name: bytes) -> None:
    real = name.decode("utf-8", "surrogateescape")
    readable(real).encode("utf-8")
    if all(ord(c) < 0xD800 for c in real):
        assert readable(real) == real
