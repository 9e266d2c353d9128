"""The packages stage over a recorded report."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.model.finding import Finding, SeverityClaim
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Canary
from pipeline.model.severity import Severity
from pipeline.stages.packages import stage as packages
from pipeline.stages.trivy import advisories as trivy_advisories
from pipeline.stages.trivy import report as trivy_report
from pipeline.toolchain.command import Report
from tests.support.trivy import Asked, job, replay


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return replay("packages", tmp_path)


def changed(asked: Asked, change: Any) -> Asked:
    report = asked.reports["source"]
    assert isinstance(report, Report)
    document = json.loads(report.data)
    change(document)
    data = json.dumps(document).encode()
    return Asked(asked.job, {"source": msgspec.structs.replace(report, data=data)})


def one(asked: Asked, rule: str) -> Finding:
    (found,) = [finding for finding in asked.answer.findings if finding.rule == rule]
    return found


def test_findings_carry_all_that_the_report_knows(asked: Asked) -> None:
    found = one(asked, "CVE-2019-10906")
    assert (found.target, found.purl) == ("requirements.txt", "pkg:pypi/jinja2@2.10")
    assert found.aliases == ("CVE-2019-10906", "GHSA-462w-v97r-4m45")
    assert found.fix_versions == ("2.10.1",)
    assert found.cwes == ("CWE-693",)
    assert found.advisory_published == "2019-04-10"
    assert found.severity is Severity.HIGH
    assert found.severities == (
        SeverityClaim(
            source="ghsa",
            value=Severity.HIGH,
            vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N",
            score=8.6,
        ),
        SeverityClaim(source="nvd", value=Severity.MEDIUM),
        SeverityClaim(source="trivy", value=Severity.HIGH),
    )


def test_development_dependencies_count(asked: Asked) -> None:
    assert one(asked, "CVE-2020-7598").target == "web/package-lock.json"


def test_an_advisory_without_detail_is_of_unknown_severity(asked: Asked) -> None:
    assert one(asked, "CVE-2022-41723").severity is Severity.UNKNOWN


def test_each_manifest_is_answered_or_says_why_not(asked: Asked) -> None:
    done, fate = asked.done
    assert fate == {
        "broken/package-lock.json": "parse_error",
        "empty/package-lock.json": "answered",
        "loose/package.json": "unpinned",
        "rust/Cargo.lock": "unsupported",
        "tool/go.mod": "answered",
        "web/package-lock.json": "answered",
    }
    (rust,) = [gap for gap in done.gaps if gap.target == "rust/Cargo.lock"]
    assert "crates.io" in rust.detail


def test_python_s_manifests_are_a_second_opinion(asked: Asked) -> None:
    assert "requirements.txt" not in asked.job.scope.asked


def test_a_manifest_that_leaves_the_report_is_exactly_one_gap(asked: Asked) -> None:
    def drop(document: Any) -> None:
        document["Results"] = [r for r in document["Results"] if r["Target"] != "src/tool/go.mod"]

    before, _ = asked.done
    after, fate = changed(asked, drop).done
    assert fate["tool/go.mod"] == "not_listed"
    assert {gap.target for gap in set(after.gaps) - set(before.gaps)} == {"tool/go.mod"}


def test_a_manifest_without_packages_in_the_report_is_not_answered(asked: Asked) -> None:
    def empty(document: Any) -> None:
        for result in document["Results"]:
            result.pop("Packages", None)

    assert changed(asked, empty).done[1]["web/package-lock.json"] == "not_listed"


def test_a_database_that_knows_nothing_is_a_missed_canary(asked: Asked) -> None:
    def forget(document: Any) -> None:
        for result in document["Results"]:
            result.pop("Vulnerabilities", None)

    answer = changed(asked, forget).answer
    assert answer.canary is Canary.MISSED
    assert asked.answer.canary is Canary.FOUND


def test_canaries_stay_out_of_the_answer(asked: Asked) -> None:
    assert not [found for found in asked.answer.findings if "canary" in found.target]


_CONDA = "dependencies:\n  - python=3.11\n"
LOOSE = {"a/package.json": '{"dependencies": {"x": "1"}}'}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (LOOSE, {"a/package.json": "unpinned"}),
        (LOOSE | {"package-lock.json": "{}"}, {}),
        (LOOSE | {"b/yarn.lock": ""}, {"a/package.json": "unpinned"}),
        ({"pom.xml": "<project/>"}, {"pom.xml": "unpinned"}),
        ({"bun.lockb": "x"}, {"bun.lockb": "unsupported"}),
        ({"web/pixi.lock": "x"}, {"web/pixi.lock": "unsupported"}),
        (
            {"environment.yml": _CONDA, "environment-dev.yml": _CONDA, "pixi.toml": ""},
            {"environment-dev.yml": "unsupported", "pixi.toml": "unsupported"},
        ),
        ({"a.gemspec": "add_dependency", "Gemfile.lock": ""}, {}),
        ({"a.gemspec": "add_dependency"}, {"a.gemspec": "unpinned"}),
        (
            {"bower.json": "{}", "x.cabal": "build-depends: a", "package-lock.json": "{}"},
            {"bower.json": "unsupported", "x.cabal": "unsupported"},
        ),
        ({"Project.toml": "[deps]\n", "Manifest.toml": ""}, {}),
        ({"b/deps.gradle": "dependencies {}"}, {"b/deps.gradle": "unpinned"}),
        ({"go.mod": "module x\n", "go.sum": ""}, {}),
        ({"Cargo.toml": "[package]\n", "Cargo.lock": ""}, {}),
    ],
)
def test_a_manifest_without_a_lock_is_a_gap(
    tmp_path: Path, files: dict[str, str], expected: dict[str, str]
) -> None:
    scope = job("packages", tmp_path, files=files).scope
    assert {gap.target: gap.reason.value for gap in scope.gaps} == expected
    assert "go.sum" not in scope.asked


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"null", b"<html>502</html>", b"[" * 99999])
def test_junk_is_no_report(asked: Asked, junk: bytes) -> None:
    report = Report(label="source", data=junk, exit_code=0, stderr="")
    with pytest.raises(ToolError) as caught:
        packages.parse(asked.job, {"source": report})
    assert caught.value.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize(("key", "value"), [("SchemaVersion", 3), ("ArtifactType", "cyclonedx")])
def test_a_report_of_something_else_is_refused(asked: Asked, key: str, value: object) -> None:
    with pytest.raises(ToolError) as caught:
        _ = changed(asked, lambda document: document.update({key: value})).answer
    assert caught.value.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:pypi/Foo_Bar.baz@1.0?x=y", "pkg:pypi/foo-bar-baz@1.0"),
        ("pkg:npm/%40a/b@1", "pkg:npm/%40a/b@1"),
        ("", ""),
    ],
)
def test_purls_of_python_are_written_one_way(purl: str, expected: str) -> None:
    assert trivy_advisories.normalised(purl) == expected


def vulnerability(**fields: Any) -> trivy_report.Vulnerability:
    record = {"VulnerabilityID": "CVE-1", "PkgName": "x", "Severity": "LOW", **fields}
    return msgspec.convert(record, trivy_report.Vulnerability)


def made(**fields: Any) -> Finding:
    record = vulnerability(**fields)
    result = trivy_report.Result(target="t", class_="lang-pkgs", vulnerabilities=(record,))
    (found,) = trivy_advisories.findings("packages", "t", [result, result])
    return found


def test_an_advisory_of_several_defects_is_no_alias() -> None:
    assert made(VendorIDs=["DSA-5532-1", "GHSA-x", "RHSA-1"]).aliases == ("CVE-1", "GHSA-x")


@pytest.mark.parametrize(
    ("status", "fixed", "expected"),
    [
        ("fixed", "1.2, 2.0", ("1.2", "2.0")),
        ("will_not_fix", "", ()),
        ("affected", "", ()),
        ("under_investigation", "", None),
    ],
)
def test_it_is_told_whether_there_is_a_fix(
    status: str, fixed: str, expected: tuple[str, ...] | None
) -> None:
    assert made(Status=status, FixedVersion=fixed).fix_versions == expected


def test_the_worst_word_counts_and_a_foreign_number_is_unknown() -> None:
    assert made(VendorSeverity={"nvd": 4, "debian": 1}).severity is Severity.CRITICAL
    assert made(Severity="UNKNOWN", VendorSeverity={"x": 9}).severity is Severity.UNKNOWN
