"""The semgrep stage with the real tool: everything is scanned, or is a gap with its reason."""

import json
import time
from pathlib import Path

import pytest

from pipeline.model.artifact import Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Answer, Canary, Completed
from pipeline.stages.base import Job
from pipeline.stages.semgrep import canary as semgrep_canary
from pipeline.stages.semgrep import stage as semgrep
from pipeline.toolchain.command import Report
from tests.support import staging

pytestmark = pytest.mark.tools

EVAL = "eval(input())\n"
SCANNED = (
    ".dot.py",
    ".hidden/h.py",
    ".venv/e.py",
    "build/b.py",
    "dist/d.py",
    "node_modules/x/y.js",
    "sub/a.jsx",
    "sub/a.min.js",
    "sub/a.pyi",
    "sub/a.ts",
    "sub/a.tsx",
    "sub/sp ace.py",
    "tests/test_a.py",
    "third_party/t.py",
    "vendor/v.py",
)
EVERYWHERE = {
    **dict.fromkeys(SCANNED, EVAL),
    "sub/script": f"#!/usr/bin/env python3\n{EVAL}",
    "sub/\x1b[31m\nname.py": EVAL,
    "sub/silenced.py": f"{EVAL.strip()}  # nosemgrep\n# nosem\n{EVAL}",
    "sub/big.py": EVAL + "# pad\n" * 400_000,
    "sub/empty.py": "",
    "sub/broken.py": "x = (1,\n\x01\x02 what is\n",
    "sub/Loud.PY": EVAL,
    "main.go": "package main\n\nfunc main() {}\n",
    "notes.txt": EVAL,
    ".semgrepignore": "*\n",
    "sub/.semgrepignore": "*\n",
    ".gitignore": "*.py\n",
    "semgrep.yml": "rules: []\n",
}


def made(place: Path, files: dict[str, str], rules: tuple[Path, ...] = (staging.PACK,)) -> Job:
    root = staging.plant(place / "repository", files)
    inventory = staging.listed(root, tree=place / "tree")
    tools = staging.real_tools("semgrep")
    return staging.job("semgrep", semgrep, inventory, place=place, tools=tools, rules=rules)


def ask(asked: Job) -> tuple[Answer, Completed, dict[str, str]]:
    answer = staging.answer(semgrep, asked)
    return answer, *staging.completed("semgrep", asked, answer)


@pytest.fixture(scope="module")
def everywhere(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Answer, Completed, dict[str, str]]:
    place = tmp_path_factory.mktemp("everywhere")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SEMGREP_RULES", "SEMGREP_TIMEOUT", "SEMGREP_BASELINE_COMMIT"):
            patch.setenv(name, "nonsense")
        root = place / "repository"
        root.mkdir()
        (root / "link.py").symlink_to("/etc/passwd")
        return ask(made(place, EVERYWHERE))


def test_every_file_in_every_folder_is_scanned(
    everywhere: tuple[Answer, Completed, dict[str, str]],
) -> None:
    answer, done, fate = everywhere
    assert answer.canary is Canary.FOUND
    found = {one.target for one in answer.findings}
    assert {*SCANNED, "sub/script", "sub/big.py", "sub/silenced.py"} <= found
    assert {fate[name] for name in (*SCANNED, "sub/script", "sub/big.py")} == {"answered"}
    assert fate["sub/empty.py"] == "answered"
    assert "notes.txt" not in fate
    assert len([name for name in found if name.endswith("name.py")]) == 1
    assert done.asked == len(fate)


def test_what_was_not_read_is_exactly_those_gaps(
    everywhere: tuple[Answer, Completed, dict[str, str]],
) -> None:
    _, done, _ = everywhere
    assert {(gap.target, gap.reason) for gap in done.gaps} == {
        ("link.py", GapReason.LINK_OUTSIDE),
        ("main.go", GapReason.NO_RULES),
        ("sub/Loud.PY", GapReason.NOT_LISTED),
        ("sub/broken.py", GapReason.PARSE_ERROR),
    }


def test_comments_silence_nothing_and_are_told(
    everywhere: tuple[Answer, Completed, dict[str, str]],
) -> None:
    answer, _, _ = everywhere
    marked = [one.target for one in answer.findings if one.suppressed_inline]
    assert marked == ["sub/silenced.py", "sub/silenced.py"]


def test_a_name_cannot_leave_its_line(
    everywhere: tuple[Answer, Completed, dict[str, str]],
) -> None:
    answer, _, _ = everywhere
    assert all(one.target.isprintable() for one in answer.findings)


def test_one_bad_pattern_among_good_rules_is_a_failure(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(
        "rules:\n  - {id: bad, languages: [python], severity: INFO, message: x,"
        ' pattern: "eval((("}\n'
    )
    with pytest.raises(ToolError, match="exit code 2") as caught:
        ask(made(tmp_path, {"a.py": EVAL}, (staging.PACK, own)))
    assert caught.value.reason is GapReason.TOOL_FAILED


LANGUAGES = sorted(semgrep_canary.PLANTS)


@pytest.mark.slow
def test_the_canary_of_every_language_is_found(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(
        "rules:\n"
        + "".join(
            f"  - {{id: own-{name}, languages: [{name}], severity: INFO, message: x,"
            " pattern: never_there}\n"
            for name in LANGUAGES
            if name not in {"dockerfile", "html", "terraform"}
        )
        + "  - {id: own-docker, languages: [dockerfile], severity: INFO, message: x,"
        " pattern: RUN never_there}\n"
        "  - {id: own-html, languages: [html], severity: INFO, message: x,"
        " pattern: <never>...</never>}\n"
        "  - {id: own-tf, languages: [hcl], severity: INFO, message: x,"
        ' pattern: \'resource "never" "x" { ... }\'}\n'
    )
    asked = made(tmp_path, {"a.py": "x = 1\n"}, (own,))
    (command,) = semgrep.commands(asked)
    assert len(command.inputs) == len(LANGUAGES) + 1
    answer, done, _ = ask(asked)
    assert answer.canary is Canary.FOUND
    assert done.gaps == ()


@pytest.mark.slow
def test_rules_for_any_text_find_in_any_text_and_cover_no_code(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(
        "rules:\n  - {id: marked, languages: [regex], severity: WARNING, message: x,"
        ' pattern-regex: "TOP SECRET"}\n'
        "  - {id: generic, languages: [generic], severity: WARNING, message: x,"
        " pattern: BOTTOM SECRET}\n"
    )
    files = {
        "a.py": "# TOP SECRET\n",
        "notes.txt": "BOTTOM SECRET\n",
        "main.go": "package main\n",
        "loud.PY": "x = 1\n",
    }
    answer, done, _ = ask(made(tmp_path, files, (staging.PACK, own)))
    assert answer.canary is Canary.FOUND
    assert {(one.rule, one.target) for one in answer.findings} == {
        ("marked", "a.py"),
        ("generic", "notes.txt"),
    }
    assert {(gap.target, gap.reason) for gap in done.gaps} == {
        ("main.go", GapReason.NO_RULES),
        ("loud.PY", GapReason.NOT_LISTED),
    }


@pytest.mark.slow
def test_a_rule_that_takes_too_long_on_a_file_is_that_gap(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    steps = "".join(f"      ${a} = ${b}\n      ...\n" for a, b in ("AB", "CD", "EF", "GB"))
    own.write_text(
        "rules:\n  - id: slow\n    languages: [python]\n    severity: INFO\n    message: x\n"
        f"    pattern: |\n{steps}      never($Z, $B, $D, $F)\n"
    )
    lines = "".join(f"    v{n} = w{n % 7}\n" for n in range(400))
    files = {"slow.py": f"def f():\n{lines}    never(1, 2, 3, 4)\n", "ok.py": "x = 1\n"}
    _, done, fate = ask(made(tmp_path, files, (own,)))
    assert [(gap.target, gap.reason) for gap in done.gaps] == [("slow.py", GapReason.TIMEOUT)]
    assert fate["ok.py"] == "answered"


@pytest.mark.slow
def test_a_file_with_a_great_many_literals_is_read_in_time(tmp_path: Path) -> None:
    pairs = "".join(f'    "key{n}": "value{n}",\n' for n in range(30_000))
    functions = "".join(
        f"def f{n}(a, b=1):\n    x = a.foo(b)\n    if x:\n        return g(x, k{n}=b)\n"
        for n in range(3000)
    )
    began = time.monotonic()
    _, done, _ = ask(made(tmp_path, {"big.py": f"D = {{\n{pairs}}}\n{functions}"}))
    assert done.gaps == ()
    assert time.monotonic() - began < 90


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 2\n", GapReason.TOOL_FAILED),
        ("exit 0\n", GapReason.TOOL_OUTPUT),
        ("echo '<html>'\n", GapReason.TOOL_OUTPUT),
        ('echo \'{"results": [], "errors": []}\'\n', GapReason.TOOL_OUTPUT),
    ],
    ids=["crash", "silence", "html", "another tool"],
)
def test_a_tool_that_misbehaves_is_a_failure_and_never_clean(
    tmp_path: Path, body: str, reason: GapReason
) -> None:
    bad = tmp_path / "bad"
    bad.write_text(f"#!/bin/sh\n{body}")
    bad.chmod(0o755)
    root = staging.plant(tmp_path / "repository", {"a.py": EVAL})
    inventory = staging.listed(root, tree=tmp_path / "tree")
    tool = Tool(name="semgrep", version="0", path=str(bad), sha256="0", locked=False)
    asked = staging.job("semgrep", semgrep, inventory, place=tmp_path, tools={"semgrep": tool})
    with pytest.raises(ToolError) as caught:
        ask(asked)
    assert caught.value.reason is reason


def test_an_empty_report_that_looks_real_misses_the_canary(tmp_path: Path) -> None:
    asked = made(tmp_path, {"a.py": EVAL})
    version = asked.tool("semgrep").version
    paths = {"scanned": ["src/a.py"], "skipped": []}
    forged = json.dumps({"version": version, "results": [], "errors": [], "paths": paths})
    report = Report(label="semgrep", data=forged.encode(), exit_code=0, stderr="")
    assert semgrep.parse(asked, {"semgrep": report}).canary is Canary.MISSED
