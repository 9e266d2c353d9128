"""`penstock policy diff` finds a policy in a revision of this repository, by any of its names."""

import subprocess
from pathlib import Path

import pytest

from tests.support.command import penstock
from tests.support.judging import gate

pytestmark = pytest.mark.tools
SOFT = "[{id: R-HIGH, title: a, match: {severity: [high]}, effect: warn}]"


def git(folder: Path, *words: str) -> str:
    own = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *own, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "policies").mkdir()
    for text in (gate(), gate(rules=SOFT)):
        (tmp_path / "policies/gate.yaml").write_bytes(text)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "a policy")
    git(tmp_path, "tag", "soft")
    return tmp_path


@pytest.mark.parametrize("base", ["HEAD~1", "main~1:policies", "the whole id"])
@pytest.mark.parametrize("head", ["HEAD", "main", "soft", "policies"])
def test_branches_tags_and_ids_are_names_of_a_policy(
    base: str, head: str, repository: Path
) -> None:
    base = git(repository, "rev-parse", "HEAD~1") if " " in base else base
    done = penstock("policy", "diff", base, head, cwd=repository)
    assert done.code == 1
    assert "R-HIGH  effect fail -> warn" in done.out


@pytest.mark.parametrize("name", ["nowhere", "HEAD:nowhere", "HEAD~9", "--all", ":policies", ""])
def test_what_is_neither_a_folder_nor_a_revision_is_refused(name: str, repository: Path) -> None:
    done = penstock("policy", "diff", "--", name, "HEAD", cwd=repository)
    assert (done.code, done.out) == (2, "")
    assert "help:" in done.err
