"""The workflows stage with the real zizmor."""

from pathlib import Path

import pytest

from pipeline.model.artifact import UNKNOWN_VERSION, Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Answer, Canary, Completed
from pipeline.stages.base import Job
from pipeline.stages.workflows import stage as workflows
from tests.support import staging

pytestmark = pytest.mark.tools

CLEAN = """\
on: push
permissions: {}
jobs:
  a:
    name: a
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - run: make
"""
DIRTY = """\
on:
  pull_request_target:
permissions: {}
jobs:
  a:
    name: a
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""
ACTION = """\
name: x
description: x
inputs:
  words: {description: x, required: true}
runs:
  using: composite
  steps:
    - run: echo ${{ inputs.words }}
      shell: bash
"""
DEPENDABOT = """\
version: 2
updates:
  - package-ecosystem: pip
    directory: /
    schedule: {interval: daily}
"""


def made(place: Path, files: dict[str, str]) -> Job:
    root = staging.plant(place / "repository", files)
    inventory = staging.listed(root, tree=place / "tree")
    tools = staging.real_tools("zizmor")
    return staging.job("workflows", workflows, inventory, place=place, tools=tools)


def ask(asked: Job) -> tuple[Answer, Completed, dict[str, str]]:
    answer = staging.answer(workflows, asked)
    return answer, *staging.completed("workflows", asked, answer)


def found(answer: Answer) -> set[tuple[str, str, int]]:
    return {(one.rule, one.target, one.location.line) for one in answer.findings if one.location}


def test_workflows_actions_and_dependabot_are_read_wherever_they_lie(tmp_path: Path) -> None:
    files = {
        ".github/workflows/clean.yml": CLEAN,
        ".github/workflows/dirty.yaml": DIRTY,
        ".github/dependabot.yml": DEPENDABOT,
        ".github/actions/own/action.yml": ACTION,
        "deep/er/action.yaml": ACTION,
        ".gitignore": ".github/\n",
        ".pre-commit-config.yaml": "this: is no pre-commit file\n",
    }
    answer, done, fate = ask(made(tmp_path, files))
    assert answer.canary is Canary.FOUND
    assert done.gaps == ()
    assert set(fate) == {name for name in files if not name.startswith((".gitig", ".pre"))}
    assert {
        ("template-injection", ".github/workflows/dirty.yaml", 9),
        ("dangerous-triggers", ".github/workflows/dirty.yaml", 2),
        ("dependabot-cooldown", ".github/dependabot.yml", 3),
        ("template-injection", ".github/actions/own/action.yml", 8),
        ("template-injection", "deep/er/action.yaml", 8),
    } <= found(answer)
    assert not [one for one in answer.findings if "clean" in one.target]


def test_broken_files_are_gaps_and_cost_nothing_else(tmp_path: Path) -> None:
    files = {
        ".github/workflows/bad.yml": "on: [\n",
        ".github/workflows/empty.yml": "",
        ".github/workflows/schema.yml": "on: push\njobs:\n  a: {stepz: 1}\n",
        ".github/workflows/dirty.yml": DIRTY,
    }
    answer, done, fate = ask(made(tmp_path, files))
    assert {(gap.target, gap.reason) for gap in done.gaps} == {
        (f".github/workflows/{name}.yml", GapReason.PARSE_ERROR)
        for name in ("bad", "empty", "schema")
    }
    assert fate[".github/workflows/dirty.yml"] == "answered"
    assert ("template-injection", ".github/workflows/dirty.yml", 9) in found(answer)
    assert answer.canary is Canary.FOUND


def test_nothing_in_the_repository_silences_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = (
        "rules:\n  template-injection: {disable: true}\n  dangerous-triggers: {disable: true}\n"
    )
    silenced = DIRTY.replace('title }}"', 'title }}" # zizmor: ignore[template-injection]')
    files = {
        "zizmor.yml": hostile,
        ".github/zizmor.yml": hostile,
        ".github/workflows/dirty.yml": silenced,
    }
    settings = tmp_path / "settings.yml"
    settings.write_text(hostile)
    monkeypatch.setenv("ZIZMOR_CONFIG", str(settings))
    answer, done, _ = ask(made(tmp_path, files))
    assert done.gaps == ()
    assert {
        ("template-injection", ".github/workflows/dirty.yml", 9),
        ("dangerous-triggers", ".github/workflows/dirty.yml", 2),
    } <= found(answer)
    assert [one.rule for one in answer.findings if one.suppressed_inline] == ["template-injection"]


def test_odd_names_are_read_and_told_apart(tmp_path: Path) -> None:
    files = {
        f".github/workflows/{name}.yml": DIRTY
        for name in ("sp ace", "a@main", "-x", "x completed src", "line\nbreak", "\x1b[31m")
    }
    answer, done, _ = ask(made(tmp_path, files))
    assert done.gaps == ()
    assert done.answered == len(files)
    assert len({one.target for one in answer.findings}) == len(files)
    assert all(one.target.isprintable() for one in answer.findings)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 1\n", GapReason.TOOL_FAILED),
        ("exit 0\n", GapReason.TOOL_OUTPUT),
        ("echo '{}'; exit 14\n", GapReason.TOOL_OUTPUT),
    ],
    ids=["crash", "silence", "junk"],
)
def test_a_tool_that_misbehaves_is_a_failure_and_never_clean(
    tmp_path: Path, body: str, reason: GapReason
) -> None:
    bad = tmp_path / "bad"
    bad.write_text(f"#!/bin/sh\n{body}")
    bad.chmod(0o755)
    root = staging.plant(tmp_path / "repository", {".github/workflows/dirty.yml": DIRTY})
    inventory = staging.listed(root, tree=tmp_path / "tree")
    tool = Tool(name="zizmor", version="0", path=str(bad), sha256="0", locked=False)
    asked = staging.job("workflows", workflows, inventory, place=tmp_path, tools={"zizmor": tool})
    with pytest.raises(ToolError) as caught:
        ask(asked)
    assert caught.value.reason is reason


def test_a_tool_that_finds_nothing_and_says_nothing_misses_the_canary(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    deaf.write_text("#!/bin/sh\necho '[]'\n")
    deaf.chmod(0o755)
    root = staging.plant(tmp_path / "repository", {".github/workflows/dirty.yml": DIRTY})
    inventory = staging.listed(root, tree=tmp_path / "tree")
    tool = Tool(name="zizmor", version=UNKNOWN_VERSION, path=str(deaf), sha256="0", locked=False)
    asked = staging.job("workflows", workflows, inventory, place=tmp_path, tools={"zizmor": tool})
    answer, done, fate = ask(asked)
    assert answer.canary is Canary.MISSED
    assert fate == {".github/workflows/dirty.yml": "not_listed"}
    assert {gap.reason for gap in done.gaps} == {GapReason.CANARY_MISSED, GapReason.NOT_LISTED}
