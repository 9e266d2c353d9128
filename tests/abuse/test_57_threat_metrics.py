"""Abuse 57: threat and temporal metrics of a third party would lower a severity."""

import json

import pytest

from pipeline.enrich.run import enrich
from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge
from pipeline.model.severity import Severity, worst
from pipeline.stages.osv_advisory import claims
from tests.support.dependencies import record
from tests.support.enriching import reported_by_trivy
from tests.support.judging import package, verdict

V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V2 = "AV:N/AC:L/Au:N/C:C/I:C/A:C"
LOWERED = [
    (V4, "CVSS_V4", "/E:U", 9.3),
    (V4, "CVSS_V4", "/E:P", 9.3),
    (V4, "CVSS_V4", "/MAV:L/MVC:N/MVI:N/MVA:N", 9.3),
    (V4, "CVSS_V4", "/CR:L/IR:L/AR:L", 9.3),
    (V3, "CVSS_V3", "/E:U/RL:O/RC:U", 9.8),
    (V3, "CVSS_V3", "/MAV:P/MC:N/MI:N/MA:N", 9.8),
    (V2, "CVSS_V2", "/E:U/RL:OF/RC:UC", 10.0),
]


def of_osv(kind: str, vector: str) -> Finding:
    document = json.loads(record("GHSA-1", "demo", severity=[{"type": kind, "score": vector}]))
    said = tuple(claims(document))
    return package(severity=worst(one.value for one in said), severities=said)


def of_trivy(field: str, vector: str, number: float) -> Finding:
    """Let Trivy repeat a vendor who calls it high, and gives the lowered number."""
    score = {f"{field}Vector": vector, f"{field}Score": number}
    vulnerability = {
        "VulnerabilityID": "CVE-2026-11111", "PkgName": "demo", "Severity": "HIGH",
        "PkgIdentifier": {"PURL": "pkg:pypi/demo@1.0"}, "InstalledVersion": "1.0",
        "VendorSeverity": {"ghsa": 3}, "CVSS": {"ghsa": score},
    }  # fmt: skip
    return reported_by_trivy(vulnerability)


@pytest.mark.parametrize(("base", "kind", "threat", "score"), LOWERED)
def test_an_advisory_is_as_bad_as_its_base_metrics(
    base: str, kind: str, threat: str, score: float
) -> None:
    field = {"CVSS_V4": "V40", "CVSS_V3": "V3", "CVSS_V2": "V2"}[kind]
    for one in (of_osv(kind, base + threat), of_trivy(field, base + threat, 8.1)):
        (found,) = enrich([one], Knowledge())
        assert found.severity is Severity.CRITICAL
        assert score in {claim.score for claim in found.severities}
        assert base + threat in {claim.vector for claim in found.severities}
        assert verdict(None, found).verdict == "FAIL"


def test_one_source_that_scores_lower_does_not_outvote_another() -> None:
    low = of_osv("CVSS_V3", "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N")
    (found,) = enrich([low, of_osv("CVSS_V4", V4 + "/E:U")], Knowledge())
    assert found.severity is Severity.CRITICAL
