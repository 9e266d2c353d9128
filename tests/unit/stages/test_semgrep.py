import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Inventory, Suppression, Unread
from pipeline.model.outcome import Answer, Canary, account
from pipeline.model.severity import Confidence, Severity
from pipeline.stages.base import Job, Options
from pipeline.stages.semgrep import stage as semgrep
from pipeline.stages.semgrep.canary import PLANTS, for_code
from pipeline.stages.semgrep.examples import EXAMPLES
from pipeline.stages.semgrep.rules import RESERVED, load
from tests.conftest import DATA
from tests.support import staging
from tests.support.staging import source

REPORTS = DATA / "semgrep"
OPTIONS = Options(rules=(staging.PACK,))
VIEWS = (
    "import os\nimport yaml\n\n\ndef show(name):\n"
    '    os.system("ls " + name)\n    os.system("ls " + name)\n'
    "    return yaml.load(name)  # nosxmgrep\n"
)
TREE = {
    "app/views.py": VIEWS,
    "app/clean.py": "x = 1\n",
    "web/shop.js": "const f = (x) => eval(x);\n",
    "tests/test_app.py": "def test():\n    assert True\n",
    "main.go": "package main\n\nfunc main() {}\n",
}
FILES = (
    source("app/clean.py", "python"),
    source("app/views.py", "python"),
    source("main.go", "go"),
    source("tests/test_app.py", "python"),
    source("web/shop.js", "javascript"),
)
LISTED = staging.bare(
    files=FILES,
    suppressions=(Suppression(path="app/views.py", line=8, marker="nosemgrep"),),
)


def recorded(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((REPORTS / f"{name}.json").read_bytes())
    return document


def made(
    place: Path, inventory: Inventory = LISTED, *, rules: tuple[Path, ...] = (staging.PACK,)
) -> Job:
    staging.plant(place / "tree" / "src", TREE)
    return staging.job(
        "semgrep",
        semgrep,
        inventory,
        place=place,
        tools=staging.fake_tools("semgrep"),
        rules=rules,
    )


def log(*rules: str) -> str:
    listed = "".join(f"- {one}\n" for one in rules)
    return f"running {len(rules)} rules from 2 configs\nRules:\n{listed}   \n"


def honest(asked: Job) -> str:
    """Say what semgrep logs when it runs every rule for a language that it was given."""
    rules = load(asked.options.rules)
    own = {rule for rule, _ in for_code(rules, "word").expected if rule.startswith(RESERVED)}
    return log(*sorted(rules.code_ids | own))


def parsed(asked: Job, document: Mapping[str, Any], *, stderr: str | None = None) -> Answer:
    data = json.dumps(document).encode()
    said = honest(asked) if stderr is None else stderr
    return semgrep.parse(asked, {"semgrep": staging.report("semgrep", data, stderr=said)})


def rule_file(place: Path, *rules: str, name: str = "own.yml") -> Path:
    path = place / name
    path.write_text("rules:\n" + "".join(rules))
    return path


def rule(name: str, language: str = "python", pattern: str = "pattern: f(...)") -> str:
    return (
        f"  - id: {name}\n    languages: [{language}]\n    severity: INFO\n"
        f"    message: x\n    {pattern}\n"
    )


# Scope


def test_files_in_a_language_with_rules_are_asked_and_other_code_is_a_gap_by_name() -> None:
    inventory = staging.bare(
        files=(
            source("a.py", "python"),
            source("b.ts", "typescript"),
            source("c.go", "go"),
            source("d.json", "json"),
            source("e.txt"),
            source("f.yaml", "yaml"),
        )
    )
    scope = semgrep.scope(inventory, OPTIONS)
    assert scope.asked == ("a.py", "b.ts", "c.go")
    assert [(gap.target, gap.reason) for gap in scope.gaps] == [("c.go", GapReason.NO_RULES)]


def test_what_could_not_be_copied_is_asked_with_its_reason() -> None:
    inventory = staging.bare(
        unread=(
            Unread(path="big.py", reason=GapReason.NOT_READ, detail="too large", language="python"),
            Unread(path="link", reason=GapReason.LINK_OUTSIDE),
            Unread(path="sub.rb", reason=GapReason.LFS_POINTER, language="ruby"),
            Unread(path="third/lib", reason=GapReason.SUBMODULE),
        )
    )
    scope = semgrep.scope(inventory, OPTIONS)
    assert [(gap.target, gap.reason) for gap in scope.gaps] == [
        ("big.py", GapReason.NOT_READ),
        ("sub.rb", GapReason.LFS_POINTER),
        ("third/lib", GapReason.SUBMODULE),
    ]
    assert scope.asked == ("big.py", "sub.rb", "third/lib")


def test_compiled_code_is_code_that_no_rule_reads() -> None:
    inventory = staging.bare(files=(source("a.pyc", "compiled", binary=True),))
    scope = semgrep.scope(inventory, OPTIONS)
    assert [(gap.target, gap.reason) for gap in scope.gaps] == [("a.pyc", GapReason.NO_RULES)]


def test_a_binary_file_with_a_code_name_is_not_read() -> None:
    inventory = staging.bare(files=(source("a.py", "python", binary=True),))
    scope = semgrep.scope(inventory, OPTIONS)
    assert [(gap.target, gap.reason) for gap in scope.gaps] == [("a.py", GapReason.NOT_READ)]


def test_rules_that_cannot_be_read_are_no_reason_to_ask_for_less(tmp_path: Path) -> None:
    options = Options(rules=(tmp_path / "nowhere.yml",))
    scope = semgrep.scope(LISTED, options)
    assert scope.asked == tuple(file.path for file in FILES)


def test_a_rule_for_data_makes_the_data_asked(tmp_path: Path) -> None:
    own = rule_file(tmp_path, rule("a", "yaml"))
    inventory = staging.bare(files=(source("a.yml", "yaml"), source("b.json", "json")))
    assert semgrep.scope(inventory, Options(rules=(own,))).asked == ("a.yml",)


def test_a_rule_for_any_text_asks_for_every_text_and_covers_no_language(tmp_path: Path) -> None:
    own = rule_file(tmp_path, rule("a", "generic"))
    inventory = staging.bare(
        files=(source("a.go", "go"), source("b.txt"), source("c.bin", binary=True))
    )
    scope = semgrep.scope(inventory, Options(rules=(own,)))
    assert scope.asked == ("a.go", "b.txt")
    assert [(gap.target, gap.reason) for gap in scope.gaps] == [("a.go", GapReason.NO_RULES)]


# Commands


def test_every_rule_file_is_named_and_nothing_comes_from_the_surroundings(tmp_path: Path) -> None:
    (command,) = semgrep.commands(made(tmp_path))
    configs = {
        command.argv[place + 1] for place, word in enumerate(command.argv) if word == "--config"
    }
    assert {str(path) for path in staging.PACK.rglob("*.yml")} < configs
    assert command.argv[-2:] == ("src", "canary/semgrep")
    assert command.cwd == tmp_path / "tree"
    assert command.answers == {0}
    for flag in ("--novcs", "--x-ignore-semgrepignore-files", "--disable-nosem", "--verbose"):
        assert flag in command.argv
    assert dict(command.env)["SEMGREP_SEND_METRICS"] == "off"


def test_the_core_finds_its_libraries_without_proc(tmp_path: Path) -> None:
    core = tmp_path / "venv/lib/python3.12/site-packages/semgrep/bin"
    core.mkdir(parents=True)
    asked = made(tmp_path)
    tool = replace(asked.tool("semgrep"), path=str(tmp_path / "venv/bin/semgrep"))
    (command,) = semgrep.commands(replace(asked, tools={"semgrep": tool}))
    assert dict(command.env)["LD_ORIGIN_PATH"] == str(core)


def test_rules_for_any_text_run_as_a_process_of_their_own(tmp_path: Path) -> None:
    own = rule_file(tmp_path, rule("a", "regex", "pattern-regex: x"))
    code, text = semgrep.commands(made(tmp_path, rules=(staging.PACK, own)))
    assert str(own) not in code.argv
    assert str(own) in text.argv
    assert not any(str(staging.PACK) in word for word in text.argv)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("rules: []\n", "has no rules"),
        ("", "is no rule file"),
        ("[]\n", "is no rule file"),
        ("rules:\n  - languages: [python]\n", "is no rule file"),
        ("rules:\n  - id: a\n", "is no rule file"),
        ("rules:\n  - {id: a, languages: []}\n", "without an id or without languages"),
        ("rules:\n  - {id: ' ', languages: [go]}\n", "without an id or without languages"),
        ("rules: [\n", "is not YAML"),
        ("a: " + "[" * 40_000, "is not YAML"),
        ("- " * 300 + "a", "nested more than 200 deep"),
        ("rules:\n" + rule("a") + rule("a"), "again"),
        ("rules:\n" + rule("penstock.python.sql-injection"), "again"),
        ("rules:\n" + rule("penstock.canary.python"), "reserved"),
        ("rules:\n" + rule("a", "generic") + rule("b"), "files of their own"),
        ("rules:\n" + rule("a", "python, regex"), "files of their own"),
    ],
)
def test_a_rule_file_that_semgrep_would_read_in_silence_stops_the_stage(
    tmp_path: Path, content: str, said: str
) -> None:
    own = tmp_path / "own.yml"
    own.write_text(content)
    with pytest.raises(ToolError) as caught:
        semgrep.commands(made(tmp_path, rules=(staging.PACK, own)))
    assert caught.value.reason is GapReason.RULE_ERROR
    assert said in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("rules", [(), ("empty",), ("nowhere.yml",)])
def test_no_rules_at_all_stop_the_stage(tmp_path: Path, rules: tuple[str, ...]) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ToolError) as caught:
        semgrep.commands(made(tmp_path, rules=tuple(tmp_path / name for name in rules)))
    assert caught.value.reason is GapReason.RULE_ERROR


def test_a_tool_that_is_not_there_says_so(tmp_path: Path) -> None:
    asked = staging.job("semgrep", semgrep, LISTED, place=tmp_path, tools={})
    with pytest.raises(ToolError) as caught:
        semgrep.commands(asked)
    assert caught.value.reason is GapReason.TOOL_MISSING


# Reports


def test_a_real_report_gives_its_findings_and_answers_every_file(tmp_path: Path) -> None:
    asked = made(tmp_path)
    answer = parsed(asked, recorded("findings"))
    found = [(one.rule, one.location) for one in answer.findings]
    assert [(name, place.path, place.line) for name, place in found if place] == [
        ("penstock.python.command-injection", "app/views.py", 6),
        ("penstock.python.command-injection", "app/views.py", 7),
        ("penstock.python.unsafe-yaml-load", "app/views.py", 8),
        ("penstock.javascript.code-execution", "web/shop.js", 1),
    ]
    assert answer.canary is Canary.FOUND
    done, fate = account("semgrep", asked.scope, answer)
    assert fate.pop("main.go") == "no_rules"
    assert set(fate.values()) == {"answered"}
    assert [gap.target for gap in done.gaps] == ["main.go"]


def test_a_finding_says_what_the_rule_knows(tmp_path: Path) -> None:
    first = parsed(made(tmp_path), recorded("findings")).findings[0]
    assert first.severity is Severity.HIGH
    assert first.confidence is Confidence.HIGH
    assert first.cwes == ("CWE-78",)
    assert first.title == "A shell runs a command that is no literal"
    assert first.target == "app/views.py"
    assert first.purl is None


def test_equal_lines_are_two_findings_and_moving_them_changes_no_identity(tmp_path: Path) -> None:
    first = parsed(made(tmp_path / "a"), recorded("findings"))
    ids = [one.id for one in first.findings]
    assert len(set(ids)) == len(ids)
    moved = recorded("findings")
    for result in moved["results"]:
        if result["path"] == "src/app/views.py":
            for end in ("start", "end"):
                result[end]["line"] += 3
                result[end]["offset"] += 3
    asked = made(tmp_path / "b")
    staging.plant(tmp_path / "b/tree/src", {"app/views.py": "\n\n\n" + VIEWS})
    assert [one.id for one in parsed(asked, moved).findings] == ids


def test_two_readings_of_one_report_are_equal_whatever_its_order(tmp_path: Path) -> None:
    document = recorded("findings")
    asked = made(tmp_path)
    first = parsed(asked, document)
    document["results"].reverse()
    document["paths"]["scanned"].reverse()
    assert parsed(asked, document) == first


def test_what_a_comment_would_have_silenced_is_found_and_marked(tmp_path: Path) -> None:
    answer = parsed(made(tmp_path), recorded("findings"))
    assert [one.rule for one in answer.findings if one.suppressed_inline] == [
        "penstock.python.unsafe-yaml-load"
    ]


def test_a_comment_on_the_line_before_marks_it_too(tmp_path: Path) -> None:
    inventory = staging.bare(
        files=FILES, suppressions=(Suppression(path="app/views.py", line=5, marker="nosem"),)
    )
    answer = parsed(made(tmp_path, inventory), recorded("findings"))
    marked = [one.location for one in answer.findings if one.suppressed_inline]
    assert [place.line for place in marked if place] == [6]


def test_a_file_that_is_not_listed_as_scanned_is_exactly_that_gap(tmp_path: Path) -> None:
    document = recorded("findings")
    document["paths"]["scanned"].remove("src/app/clean.py")
    asked = made(tmp_path)
    done, fate = account("semgrep", asked.scope, parsed(asked, document))
    assert fate["app/clean.py"] == "not_listed"
    assert [gap.target for gap in done.gaps] == ["app/clean.py", "main.go"]


def test_a_file_that_does_not_parse_is_a_gap_and_its_text_is_not_quoted(tmp_path: Path) -> None:
    inventory = staging.bare(
        files=(
            source("app/broken.py", "python"),
            source("app/clean.py", "python"),
            source("app/half.js", "javascript"),
        )
    )
    asked = made(tmp_path, inventory)
    done, fate = account("semgrep", asked.scope, parsed(asked, recorded("broken")))
    assert fate["app/broken.py"] == "parse_error"
    assert fate["app/clean.py"] == "answered"
    assert [gap.detail for gap in done.gaps] == ["semgrep: PartialParsing"]


def test_a_rule_that_ran_out_of_time_is_a_gap_of_its_file(tmp_path: Path) -> None:
    inventory = staging.bare(files=(source("ok.py", "python"), source("slow.py", "python")))
    own = rule_file(tmp_path, rule("slow"))
    asked = made(tmp_path, inventory, rules=(own,))
    done, fate = account("semgrep", asked.scope, parsed(asked, recorded("timeout")))
    assert fate == {"ok.py": "answered", "slow.py": "timeout"}
    assert [gap.detail for gap in done.gaps] == ["semgrep: Timeout: slow"]


def test_a_rule_that_did_not_run_is_a_gap_of_the_whole_stage(tmp_path: Path) -> None:
    inventory = staging.bare(files=(source("ok.py", "python"),))
    own = rule_file(tmp_path, rule("from-the-future"))
    asked = made(tmp_path, inventory, rules=(staging.PACK, own))
    said = (REPORTS / "future-rule.stderr").read_text()
    answer = parsed(asked, recorded("future-rule"), stderr=said)
    assert [(gap.target, gap.reason, gap.detail) for gap in answer.gaps] == [
        (None, GapReason.RULE_ERROR, "semgrep: IncompatibleRule: from-the-future")
    ]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("semgrepignore_patterns_match", GapReason.IGNORED_BY_TOOL),
        ("exceeded_size_limit", GapReason.NOT_READ),
        ("analysis_failed_parser_or_internal_error", GapReason.PARSE_ERROR),
        ("a_reason_of_tomorrow", GapReason.NOT_LISTED),
    ],
)
def test_a_skipped_file_keeps_its_reason(tmp_path: Path, word: str, reason: GapReason) -> None:
    document = recorded("findings")
    document["paths"]["scanned"].remove("src/app/clean.py")
    document["paths"]["skipped"] = [{"path": "src/app/clean.py", "reason": word}]
    answer = parsed(made(tmp_path), document)
    assert [(gap.target, gap.reason) for gap in answer.gaps] == [("app/clean.py", reason)]


def test_an_error_that_nobody_told_us_about_is_a_gap_all_the_same(tmp_path: Path) -> None:
    document = recorded("findings")
    document["errors"] = [
        {"code": 1, "level": "info", "type": "Something new", "message": "x"},
        {"code": 1, "level": "info", "type": [], "message": "x", "path": "src/app/clean.py"},
    ]
    answer = parsed(made(tmp_path), document)
    assert {(gap.target, gap.reason) for gap in answer.gaps} == {
        (None, GapReason.TOOL_FAILED),
        ("app/clean.py", GapReason.TOOL_FAILED),
    }


PLANTED = [
    ("penstock.canary.python", "canary/semgrep/canary.py"),
    *((rule, f"canary/semgrep/{PLANTS[name][0]}") for name, of in EXAMPLES.items() for rule in of),
]


@pytest.mark.parametrize("pair", PLANTED, ids=str)
def test_what_one_rule_did_not_find_of_what_was_planted_is_missed_by_its_name(
    tmp_path: Path, pair: tuple[str, str]
) -> None:
    document = recorded("findings")
    document["results"] = [
        one for one in document["results"] if (one["check_id"], one["path"]) != pair
    ]
    answer = parsed(made(tmp_path), document)
    assert answer.canary is Canary.MISSED
    (gap,) = answer.gaps
    assert gap.reason is GapReason.CANARY_MISSED
    assert f"not found by {pair[0]}" in gap.detail
    assert gap.detail.endswith("an id of its own") is not pair[0].startswith(RESERVED)


def test_every_rule_of_the_shipped_pack_has_an_example_planted_for_it() -> None:
    planted = {rule for examples in EXAMPLES.values() for rule in examples}
    assert planted == load((staging.PACK,)).ids


def test_the_canaries_are_no_findings(tmp_path: Path) -> None:
    answer = parsed(made(tmp_path), recorded("findings"))
    assert not [one for one in answer.findings if "canary" in f"{one.rule} {one.target}"]


@pytest.mark.parametrize(
    "change",
    [
        {"check_id": "somebody.elses"},
        {"path": "src/never/listed.py"},
        {"path": "src/../../outside.py"},
        {"path": "elsewhere.py"},
        {"start": {"line": 0, "col": 1, "offset": 0}},
        {"end": {"line": 1, "col": 1, "offset": 0}},
        {"start": None},
    ],
)
def test_a_result_about_something_else_makes_it_no_report(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    document = recorded("findings")
    (first, *_) = (one for one in document["results"] if one["path"] == "src/app/views.py")
    first.update(change)
    with pytest.raises(ToolError, match="semgrep") as caught:
        parsed(made(tmp_path), document)
    assert caught.value.reason is GapReason.TOOL_OUTPUT


def test_a_report_nested_without_end_is_no_report(tmp_path: Path) -> None:
    deep = "[" * 100_000
    data = f'{{"version": "1", "results": [], "errors": [{{"level": "warn", "type": {deep}'
    with pytest.raises(ToolError) as caught:
        semgrep.parse(made(tmp_path), {"semgrep": staging.report("semgrep", data.encode())})
    assert caught.value.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize("missing", ["version", "results", "errors", "paths"])
def test_a_report_without_one_of_its_parts_is_no_report(tmp_path: Path, missing: str) -> None:
    document = recorded("findings")
    del document[missing]
    with pytest.raises(ToolError) as caught:
        parsed(made(tmp_path), document)
    assert caught.value.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html>502</html>",
        b"\xff\xfe",
        b'{"results": [], "errors": []}',
        b'{"version": "1", "results": [], "errors": [], "paths": {"scanned": []}}',
        (DATA / "workflows/findings.json").read_bytes(),
        (DATA / "sbom/source.json").read_bytes(),
    ],
)
def test_junk_is_an_error_and_never_an_empty_answer(tmp_path: Path, junk: bytes) -> None:
    with pytest.raises(ToolError, match="semgrep") as caught:
        semgrep.parse(made(tmp_path), {"semgrep": staging.report("semgrep", junk)})
    assert caught.value.reason is GapReason.TOOL_OUTPUT


def test_a_process_that_failed_is_the_stages_failure(tmp_path: Path) -> None:
    error = ToolError(GapReason.TIMEOUT, "too slow")
    with pytest.raises(ToolError, match="too slow"):
        semgrep.parse(made(tmp_path), {"semgrep": error})


def test_rules_for_any_text_must_have_seen_the_file_as_well(tmp_path: Path) -> None:
    own = rule_file(tmp_path, rule("a", "generic"))
    asked = made(tmp_path, rules=(staging.PACK, own))
    code = recorded("findings")
    text = recorded("findings")
    text["results"] = [
        {**code["results"][0], "check_id": f"penstock.canary.{kind}",
         "path": "canary/semgrep/canary.txt"}
        for kind in ("generic", "regex")
    ]  # fmt: skip
    text["paths"]["scanned"].remove("src/app/clean.py")
    answer = semgrep.parse(
        asked,
        {
            "semgrep": staging.report("semgrep", json.dumps(code).encode(), stderr=honest(asked)),
            "semgrep-text": staging.report(
                "semgrep-text",
                json.dumps(text).encode(),
                stderr=log("a", "penstock.canary.generic", "penstock.canary.regex"),
            ),
        },
    )
    assert answer.canary is Canary.FOUND
    assert "app/views.py" in answer.answered
    assert "app/clean.py" not in answer.answered


def test_the_bundle_gets_no_line_of_code_from_a_message() -> None:
    report = (REPORTS / "broken.json").read_bytes()
    assert b"x = (1," in report
    kept = semgrep.redact(report)
    assert b"x = (1," not in kept
    assert json.loads(kept)["paths"] == json.loads(report)["paths"]


@pytest.mark.parametrize("junk", [b"", b"[]", b"\xff", b'{"errors": 3}', b'{"errors": [1]}'])
def test_redacting_junk_never_raises(junk: bytes) -> None:
    assert isinstance(semgrep.redact(junk), bytes)
