"""The starter pack, held by the real semgrep to its own examples, line by line."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from pipeline.model.outcome import Answer, Canary
from pipeline.stages import semgrep
from tests.support import staging

pytestmark = pytest.mark.tools

RULES: Final = Path(__file__).parents[1] / "rules"
PACK: Final = Path(__file__).parents[2] / "policies" / "semgrep"
COMMENT: Final = re.compile(r"^\s*(?:#|//) (ruleid|ok): (\S+)$")


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    place = tmp_path_factory.mktemp("rules")
    inventory = staging.listed(RULES, tree=place / "tree")
    asked = staging.job(
        "semgrep", semgrep, inventory, place=place, tools=staging.real_tools("semgrep")
    )
    (place / "work").mkdir()
    return staging.answer(semgrep, asked)


def expected(word: str) -> Counter[tuple[str, str, int]]:
    """Return (rule, file, line below the comment) of every such comment."""
    found: Counter[tuple[str, str, int]] = Counter()
    for path in sorted(RULES.rglob("*.*")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if (comment := COMMENT.match(line)) and comment[1] == word:
                found[comment[2], path.relative_to(RULES).as_posix(), number + 1] += 1
    return found


def test_every_line_marked_is_found_and_no_other(answered: Answer) -> None:
    found = {
        (one.rule, one.location.path, one.location.line)
        for one in answered.findings
        if one.location
    }
    assert set(expected("ruleid")) - found == set()
    assert found - set(expected("ruleid")) == set()
    assert not found & set(expected("ok"))


def test_every_file_is_answered_and_the_canaries_are_found(answered: Answer) -> None:
    assert answered.gaps == ()
    assert answered.canary is Canary.FOUND


def test_every_rule_has_bad_and_good_examples() -> None:
    ids = {
        found[1]
        for path in PACK.rglob("*.yml")
        for found in re.finditer(r"^  - id: (\S+)$", path.read_text(), re.MULTILINE)
    }
    assert len(ids) == 15
    assert {rule for rule, _, _ in expected("ruleid")} == ids
    assert {rule for rule, _, _ in expected("ok")} == ids
    table = (PACK / "README.md").read_text()
    assert {found[1] for found in re.finditer(r"^\| `(penstock\.\S+)`", table, re.MULTILINE)} == ids
