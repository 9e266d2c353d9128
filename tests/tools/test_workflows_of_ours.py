"""Our own workflows and actions, and those we show: what zizmor and GitHub's schemas say."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.cli.doctor.repository import checks
from pipeline.cli.doctor.view import State
from tests.support.installed import tool

pytestmark = pytest.mark.tools

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    "vendor.github-workflows": [
        *sorted((ROOT / ".github/workflows").glob("*.yml")),
        *sorted((ROOT / "docs/workflows").glob("*.yml")),
    ],
    "vendor.github-actions": [ROOT / "action.yml", ROOT / "sign/action.yml"],
    "vendor.dependabot": [ROOT / ".github/dependabot.yml"],
}
ALLOWED = {"self-repository"}
"""`uses: ./` is how every runner that is in use today names the action of its own checkout."""


EXAMPLE = ROOT / "docs/workflows/release.yml"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A repository with the example, pinned as its reader is told to."""
    text = EXAMPLE.read_text().replace("OWNER/", "acme/").replace("@COMMIT", f"@{'a' * 40}")
    workflows = tmp_path / ".github/workflows"
    workflows.mkdir(parents=True)
    (workflows / "release.yml").write_text(text)
    return tmp_path


def zizmor(folder: Path, *inputs: str) -> set[str]:
    said = subprocess.run(
        [tool("zizmor"), "--offline", "--no-progress", "--no-config", "--persona", "pedantic",
         "--collect=all", "--no-exit-codes", "--format", "json-v1", *inputs],
        cwd=folder, capture_output=True, check=True,
    )  # fmt: skip
    return {one["ident"] for one in json.loads(said.stdout)}


def test_zizmor_has_nothing_to_say_in_its_pedantic_persona() -> None:
    assert zizmor(ROOT, "action.yml", "sign/action.yml", ".github") <= ALLOWED


def test_zizmor_has_nothing_to_say_of_the_workflow_that_users_copy(copied: Path) -> None:
    assert zizmor(copied, ".github") == set()


def test_doctor_sees_a_gate_without_an_identity_in_the_workflow_that_users_copy(
    copied: Path,
) -> None:
    found = {one.name: one for one in checks(copied, "policies")}
    assert found["gate"].value == ".github/workflows/release.yml: gate"
    assert found["gate identity"].state is State.OK


def test_in_the_workflow_that_users_copy_only_what_signs_has_an_identity() -> None:
    jobs: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())["jobs"]
    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["sign"]
    assert not any("checkout" in step.get("uses", "") for step in jobs["sign"]["steps"])


def test_the_workflow_that_users_copy_gives_each_action_inputs_that_it_has() -> None:
    jobs: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())["jobs"]
    for uses, file in (("OWNER/penstock@COMMIT", "action.yml"),
                       ("OWNER/penstock/sign@COMMIT", "sign/action.yml")):  # fmt: skip
        action = yaml.safe_load((ROOT / file).read_text())
        (step,) = (s for job in jobs.values() for s in job["steps"] if s.get("uses") == uses)
        needed = {name for name, one in action["inputs"].items() if one.get("required")}
        assert needed <= step["with"].keys() <= action["inputs"].keys()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_official_schema_accepts_them(schema: str) -> None:
    assert SCHEMAS[schema]
    check: list[str | Path] = [
        Path(sys.executable).parent / "check-jsonschema",
        "--builtin-schema",
        schema,
    ]
    done = subprocess.run([*check, *SCHEMAS[schema]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
