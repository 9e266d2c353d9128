"""Abuse 37: a severity that is missing, empty, foreign or new is mapped or assumed, never lost."""

import json

import pytest

from pipeline.enrich.run import enrich
from pipeline.model.finding import Finding
from pipeline.model.gap import ToolError
from pipeline.model.knowledge import Knowledge
from pipeline.model.severity import worst
from pipeline.stages.osv_advisory import claims
from tests.support.dependencies import record
from tests.support.enriching import reported_by_trivy
from tests.support.judging import package, verdict

READ = {
    "MODERATE": "medium",
    "Moderate": "medium",
    "moderate": "medium",
    " HIGH ": "high",
    "low": "low",
    "Critical": "critical",
}
UNREAD = ["UNKNOWN", "", "KRITISCH", "élevée", "高", "CATASTROPHIC", "P0", "9.8"]


def of_osv(word: object) -> Finding:
    document = json.loads(record("GHSA-1", "demo", database_specific={"severity": word}))
    said = tuple(claims(document))
    return package(severity=worst(one.value for one in said), severities=said)


def of_trivy(word: object) -> Finding:
    vulnerability = {
        "VulnerabilityID": "CVE-2026-11111", "PkgName": "demo", "Severity": word,
        "PkgIdentifier": {"PURL": "pkg:pypi/demo@1.0"}, "InstalledVersion": "1.0",
    }  # fmt: skip
    return reported_by_trivy(vulnerability)


@pytest.mark.parametrize(("word", "severity"), READ.items())
def test_a_word_is_read_whatever_its_case(word: str, severity: str) -> None:
    for one in (of_osv(word), of_trivy(word)):
        (found,) = enrich([one], Knowledge())
        assert (found.severity.value, found.severity_assumed) == (severity, False)


@pytest.mark.parametrize("word", UNREAD)
def test_what_nobody_knows_counts_as_high_and_says_that_it_is_assumed(word: str) -> None:
    for one in (of_osv(word), of_trivy(word), of_osv(None)):
        said = verdict(None, *enrich([one], Knowledge()))
        assert said.verdict == "FAIL"
        assert [breach.assumed for breach in said.breaches] == [("severity",)]


def test_a_report_with_null_for_a_word_is_no_report() -> None:
    with pytest.raises(ToolError, match=r"Expected `str`, got `null`.*Severity"):
        of_trivy(None)
