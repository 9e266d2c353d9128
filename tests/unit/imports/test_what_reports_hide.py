"""Ways in which a report could look clean, or better than it is; each is a gap, or the worse."""

import json
from typing import Any

import pytest

from pipeline.imports.base import NotReadError
from pipeline.model.finding import Kind
from tests.support.importing import WHOLE, read, reasons, result, sarif

RULES = [
    {"id": "R1", "defaultConfiguration": {"level": "note"}},
    {"id": "R1", "defaultConfiguration": {"level": "error"}},
]
END = {"executionSuccessful": True, "endTimeUtc": "2026-11-25T08:00:00Z"}
LOOKED: dict[str, Any] = {"location": {"uri": "app/a.py"}, "roles": ["analysisTarget"]}


def run(**more: Any) -> dict[str, Any]:
    return {**WHOLE, **more}


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (sarif({}, inlineExternalProperties=[{"results": [result()]}]), "not_read"),
        (sarif({"invocations": [{**END, "exitSignalNumber": 9}]}), "tool_failed"),
        (sarif({"invocations": [{**END, "processStartFailureMessage": "no"}]}), "tool_failed"),
        (sarif({"invocations": [{**END, "ruleConfigurationOverrides": [{}]}]}), "not_read"),
        (
            sarif({"versionControlProvenance": [
                {"repositoryUri": "https://x", "revisionId": "a"},
                {"repositoryUri": "https://x", "revisionId": "b"},
            ]}),
            "digest_mismatch",
        ),
    ],
)  # fmt: skip
def test_what_a_run_says_against_itself_is_a_gap(report: bytes, reason: str) -> None:
    word, found = read(report)
    assert (reasons(word), found) == ([reason], [])


def test_nothing_beside_the_runs_is_no_gap() -> None:
    nothing: tuple[list[str] | None, ...] = ([], None)
    for empty in nothing:
        assert reasons(read(sarif({}, inlineExternalProperties=empty))[0]) == []


@pytest.mark.parametrize(
    "place",
    [
        {**LOOKED, "roles": ["analysisTarget", "deleted"]},
        {**LOOKED, "location": {"uri": "app/a.py", "uriBaseId": "VENDOR"}},
        {**LOOKED, "location": {"uri": "file:///ws/app/a.py"}},
    ],
)
def test_what_is_no_file_of_the_tree_was_not_looked_at(place: dict[str, Any]) -> None:
    assert read(sarif({"artifacts": [place]}))[0].listed == frozenset()


def test_the_root_of_the_tree_may_be_named() -> None:
    for base in ("%SRCROOT%", "ROOTPATH"):
        place = {**LOOKED, "location": {"uri": "app/a.py", "uriBaseId": base}}
        assert read(sarif({"artifacts": [place]}))[0].listed == {"app/a.py"}


@pytest.mark.parametrize(
    ("tool", "one"),
    [
        ({"driver": {"name": "Look", "version": "1", "rules": RULES}}, {"ruleId": "R1"}),
        (
            {"driver": {"name": "Look", "version": "1", "rules": RULES[:1]},
             "extensions": [{"name": "more", "rules": RULES[1:]}]},
            {"ruleId": None, "rule": {"index": 0, "toolComponent": {"name": "more"}}},
        ),
        (
            {"driver": {"name": "Look", "version": "1", "rules": RULES[:1]},
             "extensions": [{"name": "more", "rules": RULES[1:]}]},
            {"rule": {"index": 0, "toolComponent": {"index": 0}}},
        ),
        (
            {"driver": {"name": "Look", "version": "1", "rules": RULES[:1]}},
            {"properties": {"security-severity": "8.1"}},
        ),
    ],
)  # fmt: skip
def test_of_all_that_may_be_meant_the_worst_counts(
    tool: dict[str, Any], one: dict[str, Any]
) -> None:
    _, found = read(sarif({"tool": tool, "results": [{**result(), **one}]}))
    assert [finding.severity.value for finding in found] == ["high"]


def test_the_order_of_members_changes_nothing() -> None:
    pointing = {**result(), "locations": [
        {"physicalLocation": {"artifactLocation": {"index": 0}, "region": {"startLine": 3}}}
    ]}  # fmt: skip
    parts = run(results=[pointing])
    first = {name: parts[name] for name in ("tool", "artifacts", "results", "invocations")}
    last = {name: parts[name] for name in ("tool", "results", "invocations", "artifacts")}
    found = [
        read(json.dumps({"version": "2.1.0", "runs": [one]}).encode())[1] for one in (first, last)
    ]
    assert found[0] == found[1]
    assert found[0][0].location is not None


def trivy(*results: dict[str, Any]) -> bytes:
    return json.dumps({"SchemaVersion": 2, "Trivy": {"Version": "0.74.0"},
                       "CreatedAt": "2026-11-25T08:00:00Z", "ArtifactName": ".",
                       "ArtifactType": "filesystem", "Results": results}).encode()  # fmt: skip


CHECK = {"ID": "DS-0002", "Title": "root", "Message": "root", "Severity": "HIGH"}


def test_one_scanner_of_trivy_answers_for_no_other() -> None:
    packed = {"Target": "req.txt", "Class": "lang-pkgs",
              "Packages": [{"Name": "a", "Version": "1"}]}  # fmt: skip
    for kind, listed in ((Kind.IAC, set()), (Kind.SECRET, set()), (Kind.SCA, {"req.txt"})):
        assert read(trivy(packed), stage="config", kind=kind)[0].listed == listed


def test_what_somebody_wants_to_be_passed_over_is_kept_and_marked() -> None:
    told = {"Target": "Dockerfile", "Class": "config", "Misconfigurations": [
        {**CHECK, "Status": "EXCEPTION"}, {**CHECK, "ID": "DS-1", "Status": "PASS"}]}  # fmt: skip
    _, found = read(trivy(told), stage="config", kind=Kind.IAC)
    assert [(one.rule, one.suppressed_inline) for one in found] == [("DS-0002", True)]


@pytest.mark.parametrize(
    "document",
    [
        {"errors": [{"reason": "syntax error"}], "metrics": {}, "results": []},
        {"version": "1.182.0", "results": [], "errors": [], "paths": {}},
    ],
)
def test_a_look_alike_is_no_report_of_osv_scanner(document: dict[str, Any]) -> None:
    with pytest.raises(NotReadError, match="none of the reports"):
        read(json.dumps(document).encode(), kind=Kind.SCA)


def test_a_report_of_osv_scanner_about_nothing_is_a_gap() -> None:
    assert reasons(read(b'{"results": []}', kind=Kind.SCA)[0]) == ["no_packages"]


def test_a_package_that_was_skipped_was_not_looked_at() -> None:
    skipped = {"name": "a", "version": "1", "vulns": [], "skip_reason": "not on the index"}
    word, _ = read(json.dumps({"dependencies": [skipped], "fixes": []}).encode(), kind=Kind.SCA)
    assert (word.listed, reasons(word)) == (frozenset(), ["unsupported"])


@pytest.mark.parametrize("said", ["incomplete", "unknown", "not_specified"])
def test_a_bill_of_materials_that_calls_itself_incomplete_is_a_gap(said: str) -> None:
    part = {"type": "library", "name": "a", "version": "1", "purl": "pkg:pypi/a@1"}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [part],
                "vulnerabilities": [], "compositions": [{"aggregate": said}]}  # fmt: skip
    assert reasons(read(json.dumps(document).encode(), kind=Kind.SCA)[0]) == ["not_listed"]
    document["compositions"] = [{"aggregate": "complete"}]
    assert reasons(read(json.dumps(document).encode(), kind=Kind.SCA)[0]) == []
