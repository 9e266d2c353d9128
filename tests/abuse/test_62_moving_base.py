"""Abuse 62: the branch of the base moves between scan and gate."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.cli import request
from pipeline.config.settings import Flags
from tests.support.attacked import WEAK, attacked
from tests.support.command import penstock

pytestmark = pytest.mark.tools


def test_the_policy_is_read_once_at_the_start_and_by_its_id(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    flags = Flags(target=made.path, base=base, base_ref="main")
    now = datetime.now(UTC)
    asked = request.read(flags, environment={}, now=now)
    made.git("checkout", "-q", "-B", "main", base)
    made.write("policies/gate.yaml", WEAK)
    made.commit("the branch moves on")
    assert request.read(flags, environment={}, now=now).policy.digest == asked.policy.digest
    assert asked.policy_files.source == f"base:{base}:policies"


def test_the_bundle_is_judged_again_by_the_policy_that_it_holds(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    done, bundle = made.run("--base", base, "--base-ref", "main")
    made.write("policies/gate.yaml", WEAK)
    moved = made.commit("the branch moves on")
    again = penstock("gate", bundle.path, extra={"CI": "true"})
    assert (done.code, again.code) == (1, 1)
    assert "holds another verdict" not in again.err
    other = penstock("gate", bundle.path, "--base", "main", cwd=made.path)
    assert other.code != 0, "a branch is no base here either"
    assert moved != base
