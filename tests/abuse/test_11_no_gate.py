"""Abuse 11: the gate job is deleted, renamed, skipped, or made to count for nothing.

No tool can stop that from inside the job that was taken away: whoever deploys asks for the
verdict of the exact commit (docs/limits.md). What the files show, `penstock doctor` says.
"""

from pathlib import Path

import pytest

from pipeline.cli.doctor.repository import checks, owners_of
from pipeline.cli.doctor.view import State

ROOT = Path(__file__).parents[2]
PIN = "a" * 40
GATE = f"""name: gate
on: {{pull_request: {{types: [opened, synchronize, reopened, edited]}}, merge_group: }}
permissions: {{}}
jobs:
  penstock:
    runs-on: ubuntu-24.04
    permissions: {{contents: read}}
    steps:
      - id: penstock
        uses: example/penstock@{PIN}
"""
STEPS = "    steps:\n"
CACHED = f"""      - uses: actions/cache/restore@{PIN}
        with:
          key: k
          path: %s
"""
OWNERS = """*                      @org/all
/policies/             @org/security
/.github/CODEOWNERS    @org/security
/.github/workflows/    @org/security
"""


def laid(folder: Path, gate: str | None = GATE, owners: str | None = OWNERS) -> Path:
    for name, text in ((".github/workflows/gate.yml", gate), (".github/CODEOWNERS", owners)):
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return folder


def told(folder: Path) -> str:
    found = [one for one in checks(folder, "policies") if one.state is State.NOTE]
    return "\n".join(f"{one.value}; {one.hint}" for one in found if one.name != "branch rules")


def test_a_protected_repository_gives_no_note(tmp_path: Path) -> None:
    assert told(laid(tmp_path)) == ""


def test_what_cannot_be_seen_in_files_is_said_to_be_so(tmp_path: Path) -> None:
    assert "not visible here" in next(
        one.value for one in checks(laid(tmp_path), "policies") if one.name == "branch rules"
    )


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        (GATE, "name: gate\non: push\njobs: {}\n", "no workflow here runs Penstock"),
        (GATE, "not: [yaml", "no workflow here runs Penstock; not read: .github/workflows"),
        (f"@{PIN}", "@v1", "is not pinned"),
        ("    runs-on", "    continue-on-error: true\n    runs-on", "fails nothing"),
        ("      - id", "      - continue-on-error: ${{ true }}\n        id", "fails nothing"),
        (f"uses: example/penstock@{PIN}", "run: penstock run || true", "swallows"),
        ("    runs-on", "    if: github.actor != 'mallory'\n    runs-on", "skipped"),
        (", edited", "", "is not judged again"),
        ("on: {pull_request: {types: [opened, synchronize, reopened, edited]}, merge_group: }",
         "on: [push, pull_request]", "is not judged again"),
        ("    permissions: {contents: read}\n", "", ""),
        ("permissions: {contents: read}", "permissions: write-all", "more permissions"),
        ("contents: read", "id-token: write, contents: read", "who scans may sign"),
        ("permissions: {}", "permissions: {id-token: write}", ""),
        *((STEPS, STEPS + CACHED % path, note) for path, note in (
            ("~/.cache/penstock/tools", "restores ~/.cache/penstock/tools from a cache"),
            ("|\n            node_modules\n            ~/.cache", "restores ~/.cache from a cache"),
            ("${{ env.PENSTOCK_TOOLS }}", "from a cache"),
            ("~/.cache/pip", ""),
        )),
    ],
)  # fmt: skip
def test_a_gate_that_counts_for_nothing_is_noted(
    tmp_path: Path, before: str, after: str, note: str
) -> None:
    assert before in GATE
    found = told(laid(tmp_path, gate=GATE.replace(before, after)))
    assert note in found
    assert bool(found) == bool(note)


def test_a_permission_that_a_job_takes_from_its_workflow_counts(tmp_path: Path) -> None:
    gate = GATE.replace("    permissions: {contents: read}\n", "")
    gate = gate.replace("permissions: {}", "permissions: {id-token: write}")
    assert "who scans may sign" in told(laid(tmp_path, gate=gate))


def test_a_job_that_only_signs_is_no_gate(tmp_path: Path) -> None:
    job = f"""  sign:
    runs-on: ubuntu-24.04
    permissions: {{id-token: write}}
    steps:
      - id: penstock
        uses: example/penstock/sign@{PIN}
"""
    assert told(laid(tmp_path, gate=GATE + job)) == ""
    both = job.replace("    steps:\n", f"    steps:\n      - uses: example/penstock@{PIN}\n")
    assert "gate.yml: sign" in told(laid(tmp_path, gate=GATE + both))


@pytest.mark.parametrize(
    ("owners", "note"),
    [
        (None, "there is no CODEOWNERS"),
        ("/src/ @org/all\n", "no owner for policies/gate.yaml"),
        (f"{OWNERS}/policies/exceptions/\n", "no owner for policies/exceptions/new.yaml;"),
        (f"{OWNERS}/.github/workflows/gate.yml\n", "no owner for .github/workflows/gate.yml;"),
        (f"{OWNERS}CODEOWNERS\n", "no owner for .github/CODEOWNERS;"),
    ],
)
def test_paths_without_an_owner_are_noted(tmp_path: Path, owners: str | None, note: str) -> None:
    assert note in told(laid(tmp_path, owners=owners))


@pytest.mark.parametrize(
    ("pattern", "path", "owned"),
    [
        ("*", "a/b/c", True), ("*.yaml", "policies/gate.yaml", True),
        ("/policies", "policies/a/b", True), ("policies/", "x/policies/a", True),
        ("/policies/", "x/policies/a", False), ("/policies/*", "policies/a", True),
        ("/policies/*", "policies/a/b", False), ("/policies/**", "policies/a/b", True),
        ("docs/a", "docs/a/b", True), ("docs/a", "x/docs/a", False), ("/pol", "policies/a", False),
    ],
)  # fmt: skip
def test_patterns_mean_what_github_takes_them_for(pattern: str, path: str, *, owned: bool) -> None:
    assert bool(owners_of(f"{pattern} @org/x # why\n", path)) is owned


def test_only_the_first_file_of_owners_counts(tmp_path: Path) -> None:
    laid(tmp_path, owners="/src/ @org/all\n")
    (tmp_path / "CODEOWNERS").write_text(OWNERS)
    assert "no owner" in told(tmp_path)


def test_what_the_tool_cannot_stop_is_documented() -> None:
    text = (ROOT / "docs/limits.md").read_text()
    for words in ("required workflow", "skipped", "exact commit", "administrator"):
        assert words in text
