"""What OSV records say of an advisory beyond its id."""

import json

import pytest

from pipeline.model.finding import SeverityClaim
from pipeline.model.severity import Severity
from pipeline.programs.osv_match import Json
from pipeline.stages import cvss_score
from pipeline.stages.osv_advisory import Advisory, Listed, advisories, claims
from tests.support.dependencies import record

V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


def made(identifier: str, *events: dict[str, str], **fields: object) -> Json:
    found: Json = json.loads(record(identifier, "demo", *events, **fields))
    return found


def joined(*records: Json, version: str = "1.0", listed: tuple[Listed, ...] = ()) -> list[Advisory]:
    about = {str(r["id"]): r for r in records}
    return list(
        advisories(name="demo", version=version, listed=listed, ids=about.keys(), about=about)
    )


@pytest.mark.parametrize(
    ("vector", "score", "word"),
    [
        (V3, 9.8, Severity.CRITICAL),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:N/A:N", 6.1, Severity.MEDIUM),
        (V4, 9.3, Severity.CRITICAL),
        (V4 + "/E:U", 9.3, Severity.CRITICAL),  # a vendor's threat metric does not lower it
        (V3 + "/E:U/RL:O", 9.8, Severity.CRITICAL),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5, Severity.HIGH),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, Severity.INFO),
    ],
)
def test_a_vector_is_scored_by_its_base_metrics(vector: str, score: float, word: Severity) -> None:
    assert cvss_score.claim("ghsa", vector) == SeverityClaim(
        source="ghsa", value=word, vector=vector, score=score
    )


@pytest.mark.parametrize(
    "vector", ["", "9.8", "CVSS:3.1/AV:N", "CVSS:4.0/", "cvss:3.1/AV:N", V3 + V3]
)
def test_a_vector_that_cannot_be_read_stays_visible_and_unknown(vector: str) -> None:
    claim = cvss_score.claim("ghsa", vector)
    assert (claim.value, claim.vector, claim.score) == (Severity.UNKNOWN, vector, None)


def test_every_version_of_cvss_speaks_for_a_record_and_the_second_where_no_newer_does() -> None:
    newer = [{"type": "CVSS_V3", "score": V3}, {"type": "CVSS_V4", "score": V4}]
    older = [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}]
    found = claims(made("GHSA-1", severity=[*older, *newer]))
    assert [claim.vector for claim in found] == [V4, V3]
    (old,) = claims(made("GHSA-1", severity=older))
    assert (old.score, old.value) == (10.0, Severity.CRITICAL)


def test_a_word_that_nobody_knows_stays_visible_and_says_nothing() -> None:
    for word in ("KRITISCH", "UNKNOWN", "10", "élevé"):
        (claim,) = claims(made("GHSA-1", database_specific={"severity": word}))
        assert claim.value is Severity.UNKNOWN
    unsaid: tuple[object, ...] = (None, "", " ", 9, ["HIGH"])
    for nothing in unsaid:
        assert claims(made("GHSA-1", database_specific={"severity": nothing})) == []


def test_an_unreadable_vector_leaves_the_word_to_an_older_one() -> None:
    both = [{"type": "CVSS_V3", "score": V3}, {"type": "CVSS_V4", "score": "junk"}]
    found = claims(made("GHSA-1", severity=both))
    assert [(claim.vector, claim.value) for claim in found] == [
        ("junk", Severity.UNKNOWN),
        (V3, Severity.CRITICAL),
    ]


def test_a_database_says_its_own_word_too() -> None:
    found = claims(made("GHSA-1", database_specific={"severity": "MODERATE"}))
    assert found == [SeverityClaim(source="ghsa", value=Severity.MEDIUM)]


def test_records_that_share_an_alias_are_one_advisory_by_any_chain() -> None:
    a = made("PYSEC-1", aliases=["CVE-1"])
    b = made("GHSA-1", aliases=["X-1"])
    c = made("OTHER-1", aliases=["X-1", "CVE-1"])
    (advisory,) = joined(a, b, c)
    assert advisory.ids == {"PYSEC-1", "GHSA-1", "OTHER-1", "CVE-1", "X-1"}


def test_what_the_tool_lists_and_no_record_explains_is_an_advisory_still() -> None:
    alone = Listed(id="CVE-9", fix_versions=("2.0",), aliases=(), description="Bad.")
    (advisory,) = joined(listed=(alone,))
    assert advisory.ids == {"CVE-9"}
    assert (advisory.title, advisory.fixes) == ("Bad.", ("2.0",))
    assert advisory.told


def test_fixes_are_later_versions_in_order_that_no_record_calls_affected() -> None:
    a = made(
        "PYSEC-1",
        {"introduced": "0"},
        {"fixed": "0.9"},
        {"introduced": "1.0"},
        {"fixed": "1.10"},
        {"introduced": "2.0"},
        {"fixed": "2.1"},
        aliases=["CVE-1"],
    )
    b = made("GHSA-1", {"introduced": "0"}, {"fixed": "1.9"}, aliases=["CVE-1"])
    (advisory,) = joined(a, b)
    assert advisory.fixes == ("1.10", "2.1")


def test_an_open_range_says_that_there_is_no_fix() -> None:
    (advisory,) = joined(made("PYSEC-1", {"introduced": "0"}))
    assert advisory.fixes == ()


def test_a_last_affected_version_says_that_nobody_knows_the_fix() -> None:
    (advisory,) = joined(made("PYSEC-1", {"introduced": "0"}, {"last_affected": "1.4"}))
    assert advisory.fixes is None


def test_the_earliest_date_and_the_title_for_people_are_taken() -> None:
    a = made("PYSEC-1", aliases=["CVE-1"], published="2023-02-01T00:00:00Z", details="Long\ntext.")
    b = made("GHSA-1", aliases=["CVE-1"], published="2023-03-01T00:00:00Z", summary="Short")
    (advisory,) = joined(a, b)
    assert (advisory.published, advisory.title, advisory.message) == (
        "2023-02-01",
        "Short",
        "Long\ntext.",
    )


def test_a_title_is_one_short_line() -> None:
    (advisory,) = joined(made("PYSEC-1", details="word \n" * 100))
    assert "\n" not in advisory.title
    assert len(advisory.title) <= 120
