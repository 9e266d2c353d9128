"""Abuse 12: a pull request changes Penstock's own code, its lock file, or a plug-in in the tree."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from pipeline.policy.loading.yaml import read
from tests.support.attacked import attacked

pytestmark = pytest.mark.tools
ROOT = Path(__file__).parents[2]


def steps() -> list[Any]:
    document: Any = read((ROOT / "action.yml").read_bytes(), "action.yml").value
    found = document["runs"]["steps"]
    assert isinstance(found, list)
    return found


def test_the_action_installs_from_its_own_commit_and_runs_apart_from_the_checkout() -> None:
    runs = [step["run"] for step in steps() if "run" in step]
    assert len(runs) == 2
    for one in runs:
        assert " -I " in one
        assert "GITHUB_WORKSPACE" not in one
        assert '"$GITHUB_ACTION_PATH/' in one or one.startswith('"$RUNNER_TEMP/')
    for step in steps():
        if "uses" in step:
            assert len(step["uses"].partition("@")[2]) == 40


def test_what_it_installs_is_pinned_by_hash() -> None:
    assert "--require-hashes" in (ROOT / "tools/action_install.py").read_text()
    lines = (ROOT / "requirements/penstock.txt").read_text().splitlines()
    named = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert named
    assert all("==" in line for line in named)
    assert sum("--hash=sha256:" in line for line in lines) >= len(named)


def test_our_own_gate_is_built_from_the_base() -> None:
    gate: Any = read((ROOT / ".github/workflows/gate.yml").read_bytes(), "gate.yml").value
    first, subject, action, *_ = gate["jobs"]["gate"]["steps"]
    assert "pull_request.base.sha" in first["with"]["ref"]
    assert (subject["with"]["path"], action["with"]["target"]) == ("subject", "subject")
    assert action["uses"] == "./"


def test_code_locks_and_plug_ins_of_the_tree_change_nothing(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    for name in ("pipeline/stages/workflows/stage.py", "pipeline/__init__.py", "conftest.py"):
        made.write(name, trap)
    made.write("tools/tools.lock", "[[tool]]\n")
    made.write("penstock-0.0.0.dist-info/entry_points.txt", "[penstock.stages]\nevil = conftest\n")
    made.commit()
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert not (tmp_path / "ran").exists()
    assert not [group for group in entry_points().groups if group.startswith("penstock")]
