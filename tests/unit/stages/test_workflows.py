import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Inventory, Suppression, Unread
from pipeline.model.outcome import Answer, Canary, account
from pipeline.model.severity import Confidence, Severity
from pipeline.stages.base import Job, Options
from pipeline.stages.workflows import stage as workflows
from pipeline.toolchain.command import Report
from tests.conftest import DATA
from tests.support import staging

REPORTS = DATA / "workflows"
CI = ".github/workflows/ci.yml"
LISTED = staging.bare(
    workflows=(".github/dependabot.yml", CI, ".github/workflows/clean.yml", "action.yml"),
    suppressions=(Suppression(path=CI, line=8, marker="zizmor: ignore"),),
)
WITH_BROKEN = staging.bare(
    workflows=(
        ".github/dependabot.yml",
        ".github/workflows/bad.yml",
        CI,
        ".github/workflows/clean.yml",
        ".github/workflows/schema.yml",
        "action.yml",
    )
)
PLACELESS = (
    b'[{"ident": "x", "desc": "", "url": "", "ignored": false, "locations": [],'
    b' "determinations": {"confidence": "High", "severity": "High"}}]'
)
FAILED = ToolError(GapReason.TOOL_FAILED, "zizmor ended with exit code 1")


def log(name: str) -> str:
    return (REPORTS / f"{name}.stderr").read_text()


def items(name: str) -> list[dict[str, Any]]:
    document: list[dict[str, Any]] = json.loads((REPORTS / f"{name}.json").read_bytes())
    return document


def report(label: str, name: str) -> Report:
    data = (REPORTS / f"{name}.json").read_bytes()
    return staging.report(label, data, stderr=log(name), exit_code=14)


def made(place: Path, inventory: Inventory = LISTED) -> Job:
    tools = staging.fake_tools("zizmor")
    return staging.job("workflows", workflows, inventory, place=place, tools=tools)


def read(asked: Job, findings: object, stderr: str) -> Answer:
    data = json.dumps(findings).encode()
    strict = staging.report("workflows", data, stderr=stderr, exit_code=14)
    return workflows.parse(asked, {"workflows": strict, "workflows-lenient": FAILED})


def test_every_workflow_is_asked_and_named_to_the_tool(tmp_path: Path) -> None:
    asked = made(tmp_path)
    assert asked.scope.asked == LISTED.workflows
    strict, lenient = workflows.commands(asked)
    targets = tuple(f"src/{path}" for path in LISTED.workflows)
    for command in (strict, lenient):
        assert command.argv[-5:] == (*targets, "canary/workflows/canary.yml")
        assert command.answers == {0, 11, 12, 13, 14}
        for flag in ("--offline", "--no-config", "--no-ignores", "--collect=all"):
            assert flag in command.argv
    assert "--strict-collection" in strict.argv
    assert "--strict-collection" not in lenient.argv


def test_what_could_not_be_copied_is_asked_with_its_reason_and_not_named(tmp_path: Path) -> None:
    inventory = staging.bare(
        workflows=(CI,),
        unread=(
            Unread(path=CI, reason=GapReason.NOT_READ, detail="cannot be read"),
            Unread(path="x.bin", reason=GapReason.NOT_READ),
        ),
    )
    asked = made(tmp_path, inventory)
    assert [(gap.target, gap.reason) for gap in asked.scope.gaps] == [(CI, GapReason.NOT_READ)]
    assert f"src/{CI}" not in workflows.commands(asked)[0].argv


def test_nothing_to_look_at_is_nothing_asked() -> None:
    assert workflows.scope(staging.bare(), Options()).asked == ()


def test_a_real_report_gives_its_findings_and_answers_every_file(tmp_path: Path) -> None:
    asked = made(tmp_path)
    answer = read(asked, items("findings"), log("findings"))
    assert answer.canary is Canary.FOUND
    done, fate = account("workflows", asked.scope, answer)
    assert done.gaps == ()
    assert set(fate.values()) == {"answered"}
    places = {
        (one.rule, one.location.line)
        for one in answer.findings
        if one.location and one.target == CI
    }
    assert {
        ("dangerous-triggers", 2),
        ("template-injection", 9),
        ("template-injection", 10),
        ("unpinned-uses", 8),
    } <= places
    assert {one.target for one in answer.findings} == {CI, ".github/dependabot.yml"}


def test_a_finding_says_what_the_tool_knows(tmp_path: Path) -> None:
    answer = read(made(tmp_path), items("findings"), log("findings"))
    first = next(one for one in answer.findings if one.rule == "template-injection")
    assert first.severity is Severity.HIGH
    assert first.confidence is Confidence.HIGH
    assert first.cwes == ("CWE-94",)
    assert first.title == "code injection via template expansion"
    assert "https://docs.zizmor.sh/" in first.message


def test_a_finding_is_found_again_by_its_text_and_by_the_path_of_its_key(tmp_path: Path) -> None:
    found = read(made(tmp_path), items("findings"), log("findings")).findings
    for one in found:
        kinds = [name.partition(":")[0] for name in one.track_ids]
        assert kinds in (["workflow/exact/1"], ["workflow/exact/1", "workflow/address/1"])
    names = [name for one in found for name in one.track_ids]
    assert len(set(names)) == len(names)
    assert any(len(one.track_ids) == 2 for one in found)
    edited = items("findings")
    for item in edited:
        for place in item["locations"]:
            place["concrete"]["feature"] += " # edited"
    again = read(made(tmp_path / "again"), edited, log("findings")).findings
    kept = {name for one in again for name in one.track_ids} & set(names)
    assert kept == {name for name in names if "/address/" in name}


def test_equal_steps_are_two_findings_and_moving_them_changes_no_identity(tmp_path: Path) -> None:
    document = items("findings")
    first = read(made(tmp_path), document, log("findings"))
    ids = [one.id for one in first.findings]
    assert len(set(ids)) == len(ids)
    for item in document:
        for place in item["locations"]:
            for end in ("start_point", "end_point"):
                place["concrete"]["location"][end]["row"] += 7
    moved = read(made(tmp_path), document, log("findings"))
    assert [one.id for one in moved.findings] == ids
    assert moved.findings != first.findings


def test_two_readings_of_one_report_are_equal_whatever_its_order(tmp_path: Path) -> None:
    document = items("findings")
    first = read(made(tmp_path), document, log("findings"))
    document.reverse()
    assert read(made(tmp_path), document, log("findings")) == first


def test_what_a_comment_would_have_silenced_is_found_and_marked(tmp_path: Path) -> None:
    answer = read(made(tmp_path), items("findings"), log("findings"))
    marked = [one for one in answer.findings if one.suppressed_inline]
    assert [one.rule for one in marked] == ["unpinned-uses"]


def test_a_comment_that_the_inventory_knows_nothing_of_marks_nothing(tmp_path: Path) -> None:
    inventory = staging.bare(workflows=LISTED.workflows)
    answer = read(made(tmp_path, inventory), items("findings"), log("findings"))
    assert not [one for one in answer.findings if one.suppressed_inline]


def test_what_the_tool_calls_ignored_is_marked(tmp_path: Path) -> None:
    document = items("findings")
    for item in document:
        item["ignored"] = True
    answer = read(made(tmp_path), document, log("findings"))
    assert all(one.suppressed_inline for one in answer.findings)


def test_broken_files_cost_only_themselves(tmp_path: Path) -> None:
    asked = made(tmp_path, WITH_BROKEN)
    answer = workflows.parse(
        asked, {"workflows": FAILED, "workflows-lenient": report("workflows-lenient", "lenient")}
    )
    done, fate = account("workflows", asked.scope, answer)
    assert [(gap.target, gap.reason) for gap in done.gaps] == [
        (".github/workflows/bad.yml", GapReason.PARSE_ERROR),
        (".github/workflows/schema.yml", GapReason.PARSE_ERROR),
    ]
    assert "does not match" in done.gaps[1].detail
    assert fate[CI] == "answered"
    assert answer.findings


def test_a_file_that_the_log_does_not_call_completed_is_exactly_that_gap(tmp_path: Path) -> None:
    stderr = log("findings").replace(" INFO audit: zizmor: 🌈 completed src/action.yml\n", "")
    asked = made(tmp_path)
    done, fate = account("workflows", asked.scope, read(asked, items("findings"), stderr))
    assert [(gap.target, gap.reason) for gap in done.gaps] == [("action.yml", GapReason.NOT_LISTED)]
    assert fate["action.yml"] == "not_listed"


@pytest.mark.parametrize(
    "line",
    [
        " WARN audit: zizmor: 🌈 completed src/action.yml",
        "INFO audit: zizmor: 🌈 completed src/action.yml",
        " INFO audit: zizmor: 🌈 completed src/action.yml.bak",
        " WARN x:  INFO audit: zizmor: 🌈 completed src/action.yml",
    ],
)
def test_a_line_that_only_looks_like_it_completes_nothing(tmp_path: Path, line: str) -> None:
    stderr = log("findings").replace(" INFO audit: zizmor: 🌈 completed src/action.yml", line)
    assert "action.yml" not in read(made(tmp_path), items("findings"), stderr).answered


def test_a_strict_failure_without_a_broken_file_is_a_gap_of_the_stage(tmp_path: Path) -> None:
    lenient = report("workflows-lenient", "findings")
    answer = workflows.parse(made(tmp_path), {"workflows": FAILED, "workflows-lenient": lenient})
    assert [(gap.target, gap.reason) for gap in answer.gaps] == [(None, GapReason.TOOL_FAILED)]


def test_two_failures_are_the_stages_failure(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="exit code 1"):
        workflows.parse(made(tmp_path), {"workflows": FAILED, "workflows-lenient": FAILED})


def test_a_canary_that_was_not_found_is_missed_and_one_that_was_is_no_finding(
    tmp_path: Path,
) -> None:
    document = items("findings")
    answer = read(made(tmp_path), document, log("findings"))
    assert not [one for one in answer.findings if "canary" in one.target]
    without = [item for item in document if "canary" not in json.dumps(item["locations"])]
    assert read(made(tmp_path), without, log("findings")).canary is Canary.MISSED


def test_an_empty_report_misses_the_canary(tmp_path: Path) -> None:
    assert read(made(tmp_path), [], log("findings")).canary is Canary.MISSED


def test_a_finding_in_a_file_that_was_not_given_makes_it_no_report(tmp_path: Path) -> None:
    document = items("findings")
    for place in document[0]["locations"]:
        place["symbolic"]["key"]["Local"]["verbatim_path"] = "src/other.yml"
    with pytest.raises(ToolError, match="zizmor") as caught:
        read(made(tmp_path), document, log("findings"))
    assert caught.value.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"{}",
        b"[{}]",
        b"null",
        b"<html>502</html>",
        b"\xff",
        PLACELESS,
        (DATA / "semgrep/findings.json").read_bytes(),
    ],
)
def test_junk_is_an_error_and_never_an_empty_answer(tmp_path: Path, junk: bytes) -> None:
    strict = staging.report("workflows", junk, stderr=log("findings"))
    with pytest.raises(ToolError, match="zizmor") as caught:
        workflows.parse(made(tmp_path), {"workflows": strict, "workflows-lenient": strict})
    assert caught.value.reason is GapReason.TOOL_OUTPUT


def test_the_bundle_gets_no_line_of_a_workflow() -> None:
    data = (REPORTS / "findings.json").read_bytes()
    assert b"pull_request.title" in data
    assert b"echo" not in workflows.redact(data)
