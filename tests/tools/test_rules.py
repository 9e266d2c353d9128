"""The rule pack against known-bad and known-good code: found exactly where a comment says so."""

import re
from pathlib import Path

import pytest

from pipeline.model.outcome import Answer, Canary
from pipeline.stages.semgrep import stage as semgrep
from tests.support import staging

pytestmark = pytest.mark.tools

CASES = Path(__file__).parents[1] / "rules"
COMMENT = re.compile(r"(?:#|//) (?P<word>ruleid|ok): (?P<rule>\S+)")


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    place = tmp_path_factory.mktemp("rules")
    inventory = staging.listed(CASES, tree=place / "tree")
    tools = staging.real_tools("semgrep")
    asked = staging.job("semgrep", semgrep, inventory, place=place, tools=tools)
    return staging.answer(semgrep, asked)


def written(word: str) -> set[tuple[str, int, str]]:
    """Return (path, line below the comment, rule) of every comment."""
    return {
        (path.relative_to(CASES).as_posix(), number, match["rule"])
        for path in CASES.rglob("*.*")
        for number, line in enumerate(path.read_text().splitlines(), 2)
        if (match := COMMENT.search(line)) and match["word"] == word
    }


def found(answer: Answer) -> set[tuple[str, int, str]]:
    return {
        (one.location.path, one.location.line, one.rule)
        for one in answer.findings
        if one.location is not None
    }


def test_every_rule_finds_what_it_must_and_nothing_else(answer: Answer) -> None:
    assert found(answer) == written("ruleid")


def test_the_known_good_code_is_scanned_and_clean(answer: Answer) -> None:
    good = written("ok")
    assert good
    assert {path for path, _, _ in good} <= answer.answered
    assert not good & found(answer)


def test_the_rules_run_without_an_error_and_the_canaries_are_found(answer: Answer) -> None:
    assert answer.gaps == ()
    assert answer.canary is Canary.FOUND
