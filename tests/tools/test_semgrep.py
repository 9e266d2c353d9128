"""The stage `semgrep` with the real tool: what it skips in silence is a gap."""

from pathlib import Path

import pytest

from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Canary, Completed
from pipeline.stages import semgrep
from tests.support import staging

pytestmark = pytest.mark.tools

BAD = "import os\n\n\ndef show(name):\n    os.system('ls ' + name)\n"


def asked(
    place: Path, files: dict[str, str | bytes], *rules: Path
) -> tuple[Completed, dict[str, str], list[str]]:
    root = staging.plant(place / "root", files)
    inventory = staging.listed(root, tree=place / "tree")
    (place / "work").mkdir()
    job = staging.job(
        "semgrep", semgrep, inventory, place=place, tools=staging.real_tools("semgrep"),
        rules=(staging.PACK, *rules),
    )  # fmt: skip
    answer = staging.answer(semgrep, job)
    done, fate = staging.completed("semgrep", job, answer)
    return done, fate, [finding.target for finding in answer.findings]


def test_everything_is_scanned_wherever_it_lies_and_what_does_not_parse_is_a_gap(
    tmp_path: Path,
) -> None:
    done, fate, found = asked(
        tmp_path,
        {
            "app.py": BAD,
            "tests/test_app.py": BAD,
            "vendor/lib.py": BAD,
            "node_modules/x/index.js": "eval(name);\n",
            "static/app.min.js": "eval(name);\n",
            ".hidden/tool.py": BAD,
            "large.py": "x = 1\n" * 200_000 + BAD,
            "half.py": BAD + "\ndef broken(:\n    pass\n)))\n",
            ".semgrepignore": "*\n",
            "main.go": "package main\n",
        },
    )
    assert done.canary is Canary.FOUND
    gaps = {(gap.target, gap.reason) for gap in done.gaps}
    assert ("main.go", GapReason.NO_RULES) in gaps
    assert ("half.py", GapReason.PARSE_ERROR) in gaps
    assert {target for target, _ in gaps} == {"main.go", "half.py"}
    clean = {
        "app.py", "tests/test_app.py", "vendor/lib.py", "node_modules/x/index.js",
        "static/app.min.js", ".hidden/tool.py", "large.py",
    }  # fmt: skip
    assert {target for target, word in fate.items() if word == "answered"} == clean
    assert clean <= set(found)


@pytest.mark.parametrize(
    "pattern", ["patterm: f(...)", "pattern: '$X = = $Y'", "pattern-regex: '('"]
)
def test_a_rule_that_is_wrong_stops_the_stage_instead_of_being_a_rule_less(
    pattern: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "rules:\n  - id: own.bad\n    languages: [python]\n    severity: INFO\n"
        f"    message: x\n    {pattern}\n"
    )
    with pytest.raises(ToolError) as raised:
        asked(tmp_path, {"app.py": BAD}, bad)
    assert raised.value.reason in (GapReason.RULE_ERROR, GapReason.TOOL_FAILED)
