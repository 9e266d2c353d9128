"""Abuse 45: a run that finds less to look at is run again, so that the loss is the new normal."""

from pathlib import Path
from typing import Final

import pytest

from tests.abuse.test_45_less_to_look_at import CI, FEWER, GONE, Place, less
from tests.support.command import Bundle
from tests.support.keys import write_exception
from tests.support.small import WORKFLOW

pytestmark = pytest.mark.tools

OTHER: Final = ".github/workflows/deploy.yml"
LOSS: Final = {(FEWER, OTHER)}


class Branch(Place):
    """A protected branch with two workflows and a history."""

    def __init__(self, folder: Path) -> None:
        files = {CI: WORKFLOW, OTHER: WORKFLOW.replace("name: ci", "name: deploy")}
        super().__init__(folder, "workflows", files=files)
        self.store = folder / "s.sqlite"

    def judged(self, *arguments: str, environment: str = "main") -> Bundle:
        words = ("--env", environment, "--store", str(self.store), *arguments)
        return self.made.run(*words, ci=False)[1]

    def hide(self) -> None:
        self.made.git("mv", OTHER, "deploy.txt")
        self.made.commit("move it to where nobody looks")


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    made = Branch(tmp_path)
    assert made.judged().verdict["verdict"] == "PASS"
    made.hide()
    return made


def test_a_loss_stays_one_however_often_the_branch_is_judged(branch: Branch) -> None:
    for commit in ("", "another", "a third"):
        if commit:
            branch.made.commit(commit)
        bundle = branch.judged()
        assert (less(bundle), bundle.verdict["verdict"]) == (LOSS, "FAIL")
    branch.made.git("mv", "deploy.txt", OTHER)
    branch.made.commit("move it back")
    assert (less(bundle := branch.judged()), bundle.verdict["verdict"]) == (set(), "PASS")


@pytest.mark.slow
def test_an_exception_answers_for_a_loss_for_good(branch: Branch) -> None:
    (found,) = branch.judged().findings
    excepted = write_exception(branch.made, found["match_key"])
    branch.made.commit("answer for it")
    bundle = branch.judged()
    assert (less(bundle), bundle.verdict["verdict"]) == (LOSS, "PASS")
    excepted.unlink()
    branch.made.commit("it is answered for")
    assert (less(bundle := branch.judged()), bundle.verdict["verdict"]) == (set(), "PASS")


@pytest.mark.slow
def test_neither_another_branch_nor_another_environment_makes_a_loss_forgotten(
    branch: Branch,
) -> None:
    branch.made.git("checkout", "-q", "-b", "elsewhere", branch.base)
    branch.made.commit("another line")
    assert branch.judged("--record").verdict["verdict"] == "PASS"
    branch.made.git("checkout", "-q", "main")
    gate = branch.path / "policies/gate.yaml"
    asked = gate.read_text()
    gate.write_text(asked.replace("excerpts: accept", "excerpts: refuse"))  # weekly refuses them
    branch.made.commit("for the weekly run")
    assert less(branch.judged(environment="weekly")) == LOSS
    assert less(branch.judged()) == LOSS


@pytest.mark.slow
def test_a_loss_of_one_environment_is_one_of_each_that_asks_for_it(branch: Branch) -> None:
    gate = branch.path / "policies/gate.yaml"
    text = gate.read_text().replace("excerpts: accept", "excerpts: refuse")
    less_asked = "workflows: {required: always, required_in: {weekly: no}"
    text = text.replace("workflows: {required: always", less_asked)
    text = text.replace(
        "secrets: {required: no", "secrets: {required: no, required_in: {weekly: always}"
    )
    gate.write_text(text)
    branch.made.commit("of the weekly run nothing is asked")
    assert less(branch.judged()) == LOSS
    branch.judged(environment="weekly")
    for environment in ("release", "pr", "main"):
        bundle = branch.judged(environment=environment)
        assert (less(bundle), bundle.verdict["verdict"]) == (LOSS, "FAIL"), environment
    branch.made.git("mv", "deploy.txt", OTHER)
    branch.made.commit("move it back")
    for environment in ("release", "pr", "main", "release"):
        assert less(branch.judged(environment=environment)) == set()


@pytest.mark.slow
def test_whoever_asks_less_of_a_stage_makes_nothing_forgotten_for_those_who_ask_more(
    branch: Branch,
) -> None:
    gate = branch.path / "policies/gate.yaml"
    text = gate.read_text()
    for was, now in (
        ("excerpts: accept", "excerpts: refuse"),
        ("workflows: {required: always", "workflows: {required: always, required_in: {weekly: no}"),
        ("secrets: {required: no", "secrets: {required: no, required_in: {weekly: always}"),
    ):
        assert was in text
        text = text.replace(was, now)
    gate.write_text(text)
    branch.made.commit("of the weekly run nothing is asked")
    assert less(branch.judged(environment="weekly")) == set()
    branch.made.commit("and on")
    assert less(branch.judged()) == LOSS


@pytest.mark.slow
def test_an_older_commit_that_is_judged_again_leaves_the_newer_ones_in_force(
    branch: Branch,
) -> None:
    branch.made.git("mv", "deploy.txt", OTHER)
    third = ".github/workflows/third.yml"
    branch.made.write(third, WORKFLOW.replace("name: ci", "name: third"))
    newest = branch.made.commit("a third workflow")
    assert less(branch.judged()) == set()
    branch.made.git("reset", "-q", "--hard", branch.base)
    assert less(branch.judged()) == set()
    branch.made.git("reset", "-q", "--hard", newest)
    branch.made.git("mv", third, "third.txt")
    branch.made.commit("hide the third")
    assert less(branch.judged()) == {(FEWER, third)}


@pytest.mark.slow
def test_a_clone_without_what_was_judged_before_proves_nothing(
    branch: Branch, tmp_path: Path
) -> None:
    url = branch.path.as_uri()
    branch.made.path = tmp_path
    branch.made.git("clone", "-q", "--depth", "1", url, "shallow")
    branch.made.path = tmp_path / "shallow"
    bundle = branch.judged()
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["verdict"] == "INCONCLUSIVE"
    branch.made.git("fetch", "-q", "--unshallow")
    assert less(branch.judged()) == LOSS, "what could not be read stays in force"


def test_a_stage_that_is_gone_stays_gone(branch: Branch) -> None:
    branch.made.git("mv", CI, "ci.txt")
    branch.made.commit("and the other")
    branch.judged()
    assert less(branch.judged()) == {*LOSS, (FEWER, CI), (GONE, "workflows")}
