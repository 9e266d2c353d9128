"""What is believed of a SARIF report, and what is not."""

from typing import Any

import pytest

from pipeline.enrich.aliases import is_advisory
from pipeline.enrich.exploited import join
from pipeline.imports.base import NotReadError
from pipeline.imports.text import MESSAGE
from pipeline.model.finding import Kind
from pipeline.model.imported import Lack
from pipeline.model.knowledge import Knowledge, Listing
from tests.support.importing import WHOLE, ids, read, reasons, result, sarif

DRIVER = WHOLE["tool"]["driver"]


def test_a_whole_run_says_which_tool_looked_at_what_and_when() -> None:
    word, found = read(sarif())
    assert (word.tool, word.version, word.made) == ("Look", "1.2", "2026-11-25T08:00:00Z")
    assert word.listed == {"app/a.py"}
    assert not word.gaps
    assert not word.lacks
    assert not found


def test_results_that_stand_before_their_rules_are_read_by_them() -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "error"}}]
    first = {"results": [result()], "tool": {"driver": {**DRIVER, "rules": rules}}}
    last = {"tool": first["tool"], "results": first["results"]}
    backwards = dict(reversed(last.items()))
    (one,) = read(sarif(first))[1]
    (other,) = read(sarif({**backwards}))[1]
    assert one == other
    assert one.severity == "high"


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ({"results": None}, "tool_failed"),
        ({"invocations": [{"executionSuccessful": False}]}, "tool_failed"),
        (
            {"invocations": [{"executionSuccessful": True, "exitSignalName": "SIGSEGV"}]},
            "tool_failed",
        ),
        (
            {
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [{"message": {"text": "x"}}],
                    }
                ]
            },
            "tool_failed",
        ),
        (
            {
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolConfigurationNotifications": [
                            {"message": {"text": "x"}, "level": "error"}
                        ],
                    }
                ]
            },
            "rule_error",
        ),
        ({"externalPropertyFileReferences": {"results": []}}, "not_read"),
    ],
)
def test_a_run_that_did_not_end_well_leaves_a_gap(run: dict[str, Any], reason: str) -> None:
    assert reasons(read(sarif(run))[0]) == [reason]


def test_what_a_tool_notes_is_no_gap_and_may_list_a_file() -> None:
    note = {
        "message": {"text": ""},
        "level": "none",
        "descriptor": {"id": "py/diagnostics/successfully-extracted-files"},
        "locations": result(path="app/b.py")["locations"],
    }
    said = [{"executionSuccessful": True, "toolExecutionNotifications": [note]}]
    word, _ = read(sarif({"invocations": said}))
    assert not word.gaps
    assert word.listed == {"app/a.py", "app/b.py"}


def test_a_file_that_only_has_a_result_is_not_listed() -> None:
    artifacts = [{"location": {"uri": "app/a.py"}, "roles": ["resultFile"]}]
    word, _ = read(sarif({"artifacts": artifacts, "results": [result()]}))
    assert not word.listed


@pytest.mark.parametrize(
    ("run", "lack"),
    [
        ({"invocations": []}, Lack.UNSAID_END),
        ({"tool": {"driver": {"name": "Look", "version": "1"}}}, Lack.UNSAID_CHECKS),
    ],
)
def test_what_a_run_does_not_say_is_a_lack(run: dict[str, Any], lack: Lack) -> None:
    assert read(sarif(run))[0].lacks == {lack}


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, "medium"),
        ({"level": "error"}, "high"),
        ({"level": "none"}, "unknown"),
        ({"kind": "review"}, "unknown"),
        ({"kind": "informational"}, "info"),
        ({"level": "error", "kind": "pass"}, "high"),
    ],
)
def test_levels_are_severities_and_what_has_none_is_unknown(
    more: dict[str, Any], severity: str
) -> None:
    (found,) = read(sarif({"results": [result(**more)]}))[1]
    assert found.severity == severity


@pytest.mark.parametrize("more", [{"kind": "pass"}, {"baselineState": "absent"}])
def test_what_passed_or_is_gone_is_no_finding(more: dict[str, Any]) -> None:
    assert not read(sarif({"results": [result(**more)]}))[1]


def test_the_worse_of_level_and_score_counts() -> None:
    bag = {"security-severity": "9.5", "tags": ["external/cwe/cwe-089"], "precision": "very-high"}
    rules = [{"id": "R1", "properties": bag, "shortDescription": {"text": "No  SQL"}}]
    run = {"tool": {"driver": {**DRIVER, "rules": rules}}, "results": [result(level="note")]}
    (found,) = read(sarif(run))[1]
    assert (found.severity, found.confidence, found.cwes) == ("critical", "high", ("CWE-89",))
    assert found.title == "No SQL"


def test_what_was_suppressed_stays_and_says_so() -> None:
    told = [result(suppressions=[{"kind": "inSource"}]), result(rule="R2", suppressions=[])]
    first, second = read(sarif({"results": told}))[1]
    assert first.suppressed_inline
    assert not second.suppressed_inline


def said_of(text: str, *arguments: str) -> str:
    one = {**result(), "message": {"text": text, "arguments": list(arguments)}}
    _, (found,) = read(sarif({"results": [one]}))
    return found.message


def test_arguments_stand_in_their_places_and_in_no_others() -> None:
    assert said_of("{1} calls {0}, {1}", "eval", "run") == "run calls eval, run"
    assert said_of("{0} and {7} and {x}", "a") == "a and {7} and {x}"
    assert said_of("{0} {1}", "{1}", "b") == "{1} b"


def test_a_message_may_be_named_in_place_of_written() -> None:
    rule = {"id": "R1", "messageStrings": {"m": {"text": "{0} is called"}}}
    one = {**result(), "message": {"id": "m", "arguments": ["eval"]}}
    tool = {"driver": {"name": "Look", "version": "1.2", "rules": [rule]}}
    _, (found,) = read(sarif({"tool": tool, "results": [one]}))
    assert found.message == "eval is called"


@pytest.mark.parametrize(
    ("region", "lines"),
    [
        ({"startLine": 3, "endLine": 5}, (3, 5)),
        ({"startLine": 3}, (3, 3)),
        ({"startLine": 3, "endLine": 1}, (3, 3)),
        ({"startLine": 0}, None),
        ({"startLine": -1}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_finding_is_at_its_lines_where_they_are_some(
    region: dict[str, int], lines: tuple[int, int] | None
) -> None:
    one = result()
    one["locations"][0]["physicalLocation"]["region"] = region
    _, (found,) = read(sarif({"results": [one]}))
    at = found.location
    assert (at and (at.line, at.end_line)) == lines


def test_arguments_that_name_each_other_fill_no_memory() -> None:
    """Twenty of them would be 10^20 characters."""
    grown = [f"{{{number}}}" * 10 for number in range(1, 21)]
    assert said_of("{0}", *grown, "x") == "{1}" * 10
    assert len(said_of("{0}" * 1000, "x" * 100_000)) == MESSAGE


def test_the_same_text_twice_in_a_file_is_two_findings_and_lines_do_not_matter() -> None:
    here = read(sarif({"results": [result(line=3), result(line=9)]}))[1]
    moved = read(sarif({"results": [result(line=4), result(line=10)]}))[1]
    assert len(set(ids(here))) == 2
    assert ids(here) == ids(moved)


@pytest.mark.parametrize(
    "uri", ["../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "a/../../b", "%2e%2e/x", ""]
)
def test_no_place_leads_out_of_the_tree(uri: str) -> None:
    (found,) = read(sarif({"results": [result(path=uri)]}))[1]
    assert found.location is None


def test_a_report_about_secrets_is_not_quoted() -> None:
    quoted = {"text": "AKIA0000 is a key"}
    (found,) = read(sarif({"results": [result(message=quoted)]}), kind=Kind.SECRET)[1]
    assert "AKIA" not in found.message


@pytest.mark.parametrize(
    "data",
    [
        sarif(version="2.0.0"),
        b'{"runs": []}',
        b'{"version": "2.1.0", "runs": []}',
        b'{"version": "2.1.0", "runs": null}',
        sarif({}, {"tool": {"driver": {"name": "Other"}}}),
        sarif({"results": [{}]}),
        sarif({"results": [1]}),
        sarif({"tool": {}}),
        sarif() + b"{}",
        sarif() + b"\n" + sarif(),
        sarif()[:-1],
        sarif().replace(b'"results"', b'"results": [], "results"'),
        b'{"version": "2.1.0", "runs": [], "runs": []}',
        b"\xef\xbb\xbf" + sarif(),
        sarif().decode().encode("utf-16"),
        b"\x1f\x8b\x08\x00",
        b"",
        b"   ",
        b"[]",
        b"{}",
        b"<html>",
        b"null",
        b'{"runs": ' + b"[" * 100_000,
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        sarif().replace(b'"2.1.0"', b"NaN"),
    ],
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(NotReadError):
        read(data)


@pytest.mark.parametrize("rule", ["CVE-2021-44228", "CVE-2021-44228-log4j-core", "cve-2021-44228"])
def test_an_advisory_about_packages_is_one_that_catalogues_of_exploits_know(rule: str) -> None:
    told = {"text": "Package: log4j\nInstalled Version: 2.14\nVulnerability CVE-2021-44228"}
    run = {"results": [result(rule=rule, message=told)]}
    (found,) = read(sarif(run), stage="image", kind=Kind.SCA)[1]
    assert found.purl == "pkg:generic/log4j@2.14"
    assert is_advisory(found)
    entry = Listing(added="2021-12-10", due="2021-12-24", ransomware=True)
    (listed,) = join([found], Knowledge(kev={"CVE-2021-44228": entry}))
    assert listed.kev
    (code,) = read(sarif(run))[1]
    assert code.purl is None


def test_an_advisory_that_names_no_package_is_one_all_the_same() -> None:
    run = {"results": [result(rule="GHSA-462w-v97r-4m45")]}
    (found,) = read(sarif(run), stage="image", kind=Kind.SCA)[1]
    assert is_advisory(found)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (sarif(version="2.0.0"), 'SARIF "2.0.0", and 2.1.0'),
        (b'{"runs": []}', "SARIF of no version, and 2.1.0"),
        (sarif() + b"{}", "can be read: JSON is malformed: trailing"),
    ],
)
def test_why_it_is_none_is_said_once_and_as_people_write(data: bytes, said: str) -> None:
    with pytest.raises(NotReadError, match=said):
        read(data)
