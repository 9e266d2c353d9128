"""docs/policy.md is held to the code it describes."""

import re
from pathlib import Path
from typing import Final, get_args

import pytest

from pipeline.model.verdict import Decision, ExceptionStatus
from pipeline.policy.demand import DEFAULT_REQUIRED
from pipeline.policy.judging.fields import FIELDS
from pipeline.policy.loading import document, evidence_document
from pipeline.policy.loading.load import load
from pipeline.policy.model import BudgetCount
from tests.support.judging import STAGES

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """Return the first cells of the table below a heading that has this first cell."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [line.split("|")[1].strip().strip("`") for line in table.splitlines()[2:]]


def test_every_match_field_has_its_row_in_order() -> None:
    assert rows("Field") == list(FIELDS)


def test_every_status_verdict_and_count_has_its_row() -> None:
    assert set(rows("Status")) == {status.value for status in ExceptionStatus}
    assert rows("Verdict") == ["FAIL", "INCONCLUSIVE", "WARN", "PASS"]
    assert set(rows("Verdict")) == {decision.value for decision in Decision}
    assert set(rows("Count")) == set(get_args(BudgetCount))


@pytest.mark.parametrize("key", sorted(evidence_document.EvidenceTable.model_fields))
def test_every_key_of_evidence_is_told(key: str) -> None:
    told = PAGE.partition("### `evidence`")[2].partition("### ")[0]
    assert f"`{key}" in told


@pytest.mark.parametrize("key", sorted(document.GateDocument.model_fields))
def test_every_section_is_told(key: str) -> None:
    assert f"`{key}`" in PAGE or key in ("apiVersion", "kind", "metadata")


def test_the_example_of_an_exception_is_one() -> None:
    (sample,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    gate = (ROOT / "policies" / "gate.yaml").read_bytes()
    files = {"gate.yaml": gate, "exceptions/EX-2026-0007.yaml": sample.encode()}
    loaded = load(files, stages=STAGES, where="")
    assert [one.id for one in loaded.exceptions] == ["EX-2026-0007"]


def test_the_defaults_of_the_stages_are_told() -> None:
    told = PAGE.partition("owes its default: `always` for ")[2].partition(",\n")[0]
    names = re.findall(r"[\w-]+", told.partition(", `when_present`")[0])
    assert set(names) - {"and"} == set(DEFAULT_REQUIRED)
