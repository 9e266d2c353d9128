"""Abuse 9: the policy is rolled back to an older, weaker one.

There is no signed manifest with a version yet: the base commit is the root of trust. What holds
instead: the change that rolls back is judged by the newer policy and reported, and a branch that
was cut before the policy became strict has to take the strict one in first.
"""

from pathlib import Path

import pytest

from tests.support.attacked import BAD, STRICT, WEAK, Repository
from tests.support.small import WORKFLOW

pytestmark = pytest.mark.tools


@pytest.fixture
def history(tmp_path: Path) -> tuple[Repository, str, str]:
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", WEAK)
    made.write(".github/workflows/ci.yml", WORKFLOW)
    weak = made.commit()
    made.write("policies/gate.yaml", STRICT)
    return made, weak, made.commit()


def test_the_change_that_rolls_back_is_judged_by_the_newer_policy(
    history: tuple[Repository, str, str],
) -> None:
    made, weak, strict = history
    made.git("checkout", "-q", weak, "--", "policies")
    made.write(".github/workflows/ci.yml", BAD)
    made.commit("rolled back")
    done, bundle = made.run("--base", strict)
    assert (done.code, bundle.verdict["policy"]["name"]) == (1, "small")
    assert "would stop failing" in done.err


def test_a_branch_from_before_the_strict_policy_is_not_judged_by_the_weak_one(
    history: tuple[Repository, str, str],
) -> None:
    made, weak, strict = history
    made.git("checkout", "-q", weak)
    made.write(".github/workflows/ci.yml", BAD)
    made.commit("on an old branch")
    done, bundle = made.run("--base", strict)
    assert done.code != 0
    assert (None, None, "base_missing") in bundle.unanswered()
    made.git("merge", "-q", "--no-edit", strict)
    done, bundle = made.run("--base", strict)
    assert (done.code, bundle.verdict["policy"]["name"]) == (1, "small")
