"""Which rules were run, which they were, and by which version: without that a report is none."""

import hashlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.model.artifact import UNKNOWN_VERSION, Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.stages.base import Options
from pipeline.stages.semgrep import stage as semgrep
from tests.support import staging
from tests.unit.stages.test_semgrep import REPORTS, made, parsed, recorded, rule, rule_file


def test_a_rule_that_the_log_does_not_list_did_not_run(tmp_path: Path) -> None:
    own = rule_file(tmp_path, rule("own"))
    asked = made(tmp_path, rules=(staging.PACK, own))
    said = (REPORTS / "findings.stderr").read_text()
    (gap,) = parsed(asked, recorded("findings"), stderr=said).gaps
    assert (gap.target, gap.reason) == (None, GapReason.RULE_ERROR)
    assert gap.detail == "semgrep: it did not run own"
    assert parsed(made(tmp_path), recorded("findings"), stderr=said).gaps == ()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("running 18 rules from 16 configs\nRules:\n<SKIPPED DATA>\n", ""),
        ("running 17 rules from 16 configs\nRules:\n<SKIPPED DATA>\n", "ran 17 rules, and 18"),
        ("running 19 rules from 16 configs\nRules:\n<SKIPPED DATA>\n", "ran 19 rules, and 18"),
        ("", "does not say"),
        (f"running {'9' * 5000} rules from 16 configs\n", "does not say"),
    ],
)
def test_where_the_log_lists_no_rules_their_number_counts(
    tmp_path: Path, said: str, word: str
) -> None:
    gaps = parsed(made(tmp_path), recorded("findings"), stderr=said).gaps
    assert [gap.reason for gap in gaps] == ([GapReason.RULE_ERROR] if word else [])
    assert all(word in gap.detail for gap in gaps)


@pytest.mark.parametrize("change", ["altered", "emptied", "added", "removed"])
def test_rules_that_are_not_those_of_the_scope_any_more_answer_nothing(
    tmp_path: Path, change: str
) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    for name in ("a", "b"):
        rule_file(pack, rule(name), rule(f"{name}-2"), name=f"{name}.yml")
    asked = made(tmp_path, rules=(pack,))
    assert semgrep.commands(asked)
    match change:
        case "altered":
            rule_file(pack, rule("a", pattern="pattern: g(...)"), rule("a-2"), name="a.yml")
        case "emptied":
            rule_file(pack, rule("a"), name="a.yml")
        case "added":
            rule_file(pack, rule("c"), name="c.yml")
        case _:
            (pack / "a.yml").unlink()
    for step in (lambda: semgrep.commands(asked), lambda: parsed(asked, recorded("findings"))):
        with pytest.raises(ToolError, match="rules were changed") as caught:
            step()
        assert caught.value.reason is GapReason.DIGEST_MISMATCH


def test_the_digest_of_rules_is_what_sha256sum_says(tmp_path: Path) -> None:
    first, second = rule_file(tmp_path, rule("a")), rule_file(tmp_path, rule("b"), name="b.yml")
    scope = semgrep.scope(staging.bare(), Options(rules=(first, second)))
    lines = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in (first, second)
    )
    assert scope.rules == f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


@pytest.mark.parametrize("said", ["1.181.0", "1.182.0.post1", ""])
def test_a_report_of_another_version_than_was_started_is_no_report(
    tmp_path: Path, said: str
) -> None:
    document = recorded("findings") | {"version": said}
    with pytest.raises(ToolError, match=r"version 1\.182\.0 was started") as caught:
        parsed(made(tmp_path), document)
    assert caught.value.reason is GapReason.TOOL_OUTPUT
    assert said in caught.value.message


def test_of_a_tool_that_the_user_brought_nobody_knows_the_version(tmp_path: Path) -> None:
    brought = staging.fake_tools("semgrep")["semgrep"]
    assert isinstance(brought, Tool)
    unknown = {"semgrep": replace(brought, version=UNKNOWN_VERSION, locked=False)}
    asked = replace(made(tmp_path), tools=unknown)
    assert parsed(asked, recorded("findings") | {"version": "9"}).findings


@pytest.mark.parametrize("rule", ["penstock.canary.python", "penstock.python.code-execution"])
def test_a_missed_example_of_a_shipped_rule_says_what_to_do(tmp_path: Path, rule: str) -> None:
    document = recorded("findings")
    document["results"] = [one for one in document["results"] if one["check_id"] != rule]
    assert len(document["results"]) < len(recorded("findings")["results"])
    (gap,) = parsed(made(tmp_path), document).gaps
    assert gap.reason is GapReason.CANARY_MISSED
    assert rule in gap.detail
    assert ("needs an id of its own" in gap.detail) == ("canary" not in rule)
