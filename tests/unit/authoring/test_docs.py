"""docs/policy-tools.md is held to the code it describes."""

import re
from pathlib import Path
from typing import Final

import pytest

from pipeline.authoring.case_document import CaseTable, ExpectTable
from tests.support.authoring import suites

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "policy-tools.md").read_text(encoding="utf-8")
LINT: Final = sorted((ROOT / "pipeline" / "authoring").glob("lint_*.py"))


@pytest.mark.parametrize("key", sorted(ExpectTable.model_fields))
def test_every_key_of_expect_is_told(key: str) -> None:
    table = PAGE.partition("| Key of `expect` |")[2].partition("\n\n")[0]
    assert f"`{key}`" in table


@pytest.mark.parametrize("key", ["exceptions", "signed_by", "gaps", "absent"])
def test_every_key_of_a_case_that_needs_words_is_told(key: str) -> None:
    assert key in CaseTable.model_fields
    assert f"`{key}" in PAGE


def test_every_code_of_lint_has_its_row_at_its_level() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in LINT)
    for level in ("error", "warning"):
        table = PAGE.partition(f"| {level.capitalize()} | Means |")[2].partition("\n\n")[0]
        listed = {word for row in re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
                  for word in re.findall(r"`([a-z-]+)`", row)}  # fmt: skip
        used = set(re.findall(rf'{level}\(\s*"([a-z-]+)"', text))
        used |= {"rule-duplicate", "rule-subsumed"} if level == "error" else set()
        assert listed == used


def test_the_example_of_a_test_is_one() -> None:
    (sample,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (read,) = suites({"tests/a_test.yaml": sample.encode()})
    assert len(read.cases) == 1
