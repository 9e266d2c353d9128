"""The stage `workflows` with the real zizmor."""

from pathlib import Path

import pytest

from pipeline.model.outcome import Answer, Canary, Completed
from pipeline.stages import workflows
from tests.support import staging
from tests.support.small import WORKFLOW

pytestmark = pytest.mark.tools

BAD = WORKFLOW.replace("echo hello", "echo ${{ github.event.issue.title }}")


def asked(place: Path, files: dict[str, str | bytes]) -> tuple[Completed, dict[str, str], Answer]:
    root = staging.plant(place / "root", files)
    inventory = staging.listed(root, tree=place / "tree")
    (place / "work").mkdir()
    job = staging.job(
        "workflows", workflows, inventory, place=place, tools=staging.real_tools("zizmor")
    )
    answer = staging.answer(workflows, job)
    return *staging.completed("workflows", job, answer), answer


def test_a_bad_workflow_is_found_and_a_clean_one_is_answered(tmp_path: Path) -> None:
    done, fate, answer = asked(
        tmp_path, {".github/workflows/bad.yml": BAD, ".github/workflows/good.yml": WORKFLOW}
    )
    assert (done.gaps, done.canary) == ((), Canary.FOUND)
    assert set(fate.values()) == {"answered"}
    assert [(f.rule, f.target) for f in answer.findings if f.severity == "high"] == [
        ("template-injection", ".github/workflows/bad.yml")
    ]


def test_one_broken_file_is_exactly_that_gap_and_the_others_keep_their_findings(
    tmp_path: Path,
) -> None:
    done, fate, answer = asked(
        tmp_path,
        {
            ".github/workflows/bad.yml": BAD,
            ".github/workflows/broken.yml": "on: [push\njobs: }{\n",
            "zizmor.yml": "rules:\n  template-injection:\n    disable: true\n",
        },
    )
    assert [gap.target for gap in done.gaps] == [".github/workflows/broken.yml"]
    assert fate[".github/workflows/bad.yml"] == "answered"
    assert "template-injection" in {finding.rule for finding in answer.findings}


def test_a_comment_silences_nothing(tmp_path: Path) -> None:
    marked = BAD.replace("title }}", "title }} # zizmor: ignore[template-injection]")
    _, _, answer = asked(tmp_path, {".github/workflows/a.yml": marked})
    (finding,) = [one for one in answer.findings if one.rule == "template-injection"]
    assert finding.suppressed_inline
