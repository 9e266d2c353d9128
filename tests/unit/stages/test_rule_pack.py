"""What the rule pack promises about itself: a table, messages that help, and cases for each."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.model.severity import Severity
from pipeline.stages.semgrep.report import Extra, Metadata, Point, Result
from tests.support.staging import PACK

CASES = Path(__file__).parents[2] / "rules"
ROW = re.compile(r"^\| `(?P<id>[^`]+)` \| (?P<severity>\w+) \| (?P<confidence>\w+) \| (?P<cwe>\S+)")


def _rules() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(PACK.rglob("*.yml")):
        for rule in yaml.safe_load(path.read_text())["rules"]:
            yield path, rule


RULES = tuple(_rules())
every_rule = pytest.mark.parametrize(("path", "rule"), RULES, ids=[rule["id"] for _, rule in RULES])


def _severity(word: str) -> Severity:
    point = Point(line=1, offset=0)
    extra = Extra(message="", severity=word, metadata=Metadata())
    return Result(check_id="", path="", start=point, end=point, extra=extra).severity


@pytest.mark.parametrize(
    "page", [PACK / "README.md", Path(__file__).parents[3] / "docs/rules.md"], ids=["pack", "docs"]
)
def test_the_table_says_what_the_rules_say(page: Path) -> None:
    table = {
        match["id"]: (match["severity"], match["confidence"], match["cwe"])
        for line in page.read_text().splitlines()
        if (match := ROW.match(line))
    }
    assert table == {
        rule["id"]: (
            _severity(rule["severity"]).value,
            rule["metadata"]["confidence"].lower(),
            rule["metadata"]["cwe"][0].partition(":")[0],
        )
        for _, rule in RULES
    }


@every_rule
def test_a_rule_is_found_by_its_name(path: Path, rule: dict[str, Any]) -> None:
    assert rule["id"] == f"penstock.{path.parent.name}.{path.stem}"


@every_rule
def test_a_message_says_what_is_wrong_and_what_to_do(path: Path, rule: dict[str, Any]) -> None:
    del path
    first, *rest = re.split(r"(?<=[.:]) ", rule["message"])
    assert len(first) <= 120
    assert rest
    assert "$" not in rule["message"]  # a metavariable would quote the scanned code
    assert all(one.startswith("https://") for one in rule["metadata"]["references"])


@every_rule
def test_a_rule_has_cases_that_it_finds_and_cases_that_it_does_not(
    path: Path, rule: dict[str, Any]
) -> None:
    cases = list((CASES / path.parent.name).glob(f"{path.stem}.*"))
    text = "".join(case.read_text() for case in cases)
    assert f"ruleid: {rule['id']}\n" in text
    assert f"ok: {rule['id']}\n" in text


def test_no_case_speaks_of_a_rule_that_is_not_there() -> None:
    named = {
        name
        for path in CASES.rglob("*.*")
        for name in re.findall(r"(?:ruleid|ok): (\S+)", path.read_text())
    }
    assert named == {rule["id"] for _, rule in RULES}
