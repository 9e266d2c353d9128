"""Abuse 56: an advisory is withdrawn overnight, or loses the alias that made it known as exploited.

The real pip-audit beside our server, over snapshots that differ by one record.
"""

import shutil
from pathlib import Path

import pytest

from tests.support.command import Bundle, penstock
from tests.support.dependencies import record, snapshot
from tests.support.enriching import kev_feed
from tests.support.small import gate, repository

pytestmark = pytest.mark.tools

HIGH = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}]
LOW = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}]
RULE = "  - {id: R-KEV, title: Nothing exploited, match: {kev: true}, effect: fail}\n"
CONFIG = 'schema = "penstock/config@1"\n[feeds]\nosv = "feeds/osv"\nkev = "feeds/kev"\n'


class Days:
    """One repository, judged day after day by what is known that day."""

    def __init__(self, folder: Path) -> None:
        text = gate("pip-audit").replace("exceptions:\n", f"{RULE}exceptions:\n")
        enrichment = "  enrichment: {kev: {required: true, max_age_hours: 96}}\n"
        text = text.replace("evidence:\n", f"evidence:\n{enrichment}")
        files = [
            ("policies/gate.yaml", text),
            ("penstock.toml", CONFIG),
            ("requirements.txt", "demo==1.0\n"),
        ]
        self.folder = folder
        self.path = repository(folder / "repository", files=files)
        kev_feed(self.path / "feeds/kev", "CVE-2026-1111", excerpt=True)

    def judged(self, *records: bytes) -> Bundle:
        shutil.rmtree(self.path / "feeds/osv", ignore_errors=True)
        snapshot(self.path / "feeds/osv", records, excerpt=True)
        done = penstock("run", self.path, "--out", self.folder / "out")
        bundle = Bundle(self.folder / "out")
        assert done.code == bundle.verdict["exit_code"], done.out
        return bundle


def test_a_withdrawn_advisory_stays_as_a_warning(tmp_path: Path) -> None:
    days = Days(tmp_path)
    other = record("PYSEC-2026-9", "other")
    stands = days.judged(record("PYSEC-2026-1", "demo", severity=HIGH), other)
    assert stands.verdict["verdict"] == "FAIL"
    (before,) = stands.findings
    taken = {"severity": HIGH, "withdrawn": "2026-11-24T00:00:00Z"}
    gone = days.judged(record("PYSEC-2026-1", "demo", **taken), other)
    (after,) = gone.findings
    assert gone.verdict["verdict"] == "WARN"
    assert [one["finding"] for one in gone.verdict["warnings"] if one["rule"] == "R-1"] == [
        after["id"]
    ]
    assert (after["id"], after["withdrawn"], after["severity"]) == (
        before["id"], "2026-11-24", "high",
    )  # fmt: skip


def test_an_advisory_that_somebody_else_stands_by_is_not_withdrawn(tmp_path: Path) -> None:
    days = Days(tmp_path)
    taken = {"aliases": ["CVE-2026-2222"], "withdrawn": "2026-11-24T00:00:00Z"}
    standing = record("GHSA-aaaa-aaaa-aaaa", "demo", severity=HIGH, aliases=["CVE-2026-2222"])
    bundle = days.judged(standing, record("PYSEC-2026-1", "demo", **taken))
    (one,) = bundle.findings
    assert (bundle.verdict["verdict"], one["withdrawn"]) == ("FAIL", None)


def test_an_alias_that_is_taken_away_is_no_silent_pass(tmp_path: Path) -> None:
    days = Days(tmp_path)
    name = "GHSA-aaaa-aaaa-aaaa"
    known = days.judged(record(name, "demo", severity=LOW, aliases=["CVE-2026-1111"]))
    (before,) = known.findings
    assert (before["kev"], before["kev_due"]) == (True, "2026-11-22")
    assert known.verdict["breaches"][0]["certain"]
    alone = days.judged(record(name, "demo", severity=LOW))
    (after,) = alone.findings
    assert after["kev"] is None
    assert alone.verdict["verdict"] == "FAIL"
    assert [one["certain"] for one in alone.verdict["breaches"]] == [False]
    assert after["id"] != before["id"]
