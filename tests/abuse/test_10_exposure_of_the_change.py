"""Abuse 10: a change states for itself that nobody can reach what it breaks."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.attacked import BAD, Repository
from tests.support.small import WORKFLOW, gate

pytestmark = pytest.mark.tools
REACHED = "severity: [high], exposure: [public]"
GATE = gate("workflows").replace("severity: [critical, high]", REACHED)
INTERNAL = """schema = "penstock/config@1"
[[exposure]]
exposure = "internal"
paths = ["**"]
"""
NOTHING = 'schema = "penstock/config@1"\n'


def changed(folder: Path, before: str, after: str) -> tuple[Repository, str]:
    """Make a change that brings a harmful workflow, and another configuration."""
    assert REACHED in GATE
    made = Repository(folder / "repository")
    made.write("policies/gate.yaml", GATE)
    made.write("penstock.toml", before)
    made.write(".github/workflows/ci.yml", WORKFLOW)
    base = made.commit()
    made.write("penstock.toml", after)
    made.write(".github/workflows/ci.yml", BAD)
    made.commit("harm")
    return made, base


def exposures(found: list[Any]) -> set[object]:
    return {one.get("exposure") for one in found if one["severity"] == "high"}


def test_a_change_cannot_call_internal_what_the_base_does_not(tmp_path: Path) -> None:
    made, base = changed(tmp_path, NOTHING, INTERNAL)
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert exposures(bundle.findings) == {None}


def test_what_the_base_calls_internal_is_so_whatever_the_change_says(tmp_path: Path) -> None:
    made, base = changed(tmp_path, INTERNAL, NOTHING)
    done, bundle = made.run("--base", base)
    assert (done.code, exposures(bundle.findings)) == (0, {"internal"})


def test_in_ci_without_a_base_such_a_file_is_no_evidence(tmp_path: Path) -> None:
    made, _ = changed(tmp_path, NOTHING, INTERNAL)
    done, bundle = made.run()
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "policy_untrusted") in bundle.unanswered()


def test_with_a_base_that_cannot_be_used_nobody_states_anything(tmp_path: Path) -> None:
    made, _ = changed(tmp_path, NOTHING, INTERNAL)
    done, bundle = made.run("--base", "f" * 40)
    assert done.code != 0
    assert exposures(bundle.findings) <= {None}
