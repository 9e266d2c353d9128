"""A report of more findings than it lists says how many there are, and lists them where it must."""

import json

import msgspec
import pytest

from pipeline.bundle.lengthy import pretty
from pipeline.bundle.write import findings_lines
from pipeline.model.record import RunRecord, Sums
from pipeline.model.severity import Severity
from pipeline.report import FORMATS, json_v1, sarif
from pipeline.report.base import Style
from tests.support import records

FILE = Style()
SUMS = Sums(
    severities=((Severity.HIGH, 700_000), (Severity.LOW, 300_000)),
    breaches=(("R-HIGH", "Nothing high", 700_000),),
    warnings=(("R-LOW", "Low is told", 12_345),),
)


def long() -> RunRecord:
    return msgspec.structs.replace(records.record(), sums=SUMS)


@pytest.mark.parametrize("name", ["text", "markdown", "github", "event"])
def test_what_is_not_listed_is_counted(name: str) -> None:
    said = FORMATS[name].render(long(), FILE)
    assert "700000" in said
    if name in ("text", "markdown", "event"):
        assert "R" in said
        assert "12345" in said


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_a_reader_is_told_that_not_all_are_listed(name: str) -> None:
    said = FORMATS[name].render(long(), FILE)
    assert "of 1000000 findings the worst 2 are listed" in said.replace("\\", "")


def test_sarif_says_how_many_results_it_leaves_out() -> None:
    run = json.loads(sarif.render(long(), FILE))["runs"][0]
    assert run["properties"]["penstock/results"] == 1_000_000
    assert run["properties"]["penstock/resultsLeftOut"] == 1_000_000 - len(run["results"])


@pytest.mark.parametrize("count", [0, 1, 30])
def test_json_in_pieces_is_json_at_once(count: int) -> None:
    found = sorted((records.sast(n, title='"findings": []') for n in range(count)),
                   key=lambda one: one.id)  # fmt: skip
    record = msgspec.structs.replace(records.record(), findings=tuple(found))
    lines = findings_lines(record.findings).splitlines(keepends=True)
    verdict = pretty(record.verdict).splitlines(keepends=True)
    assert "".join(json_v1.pieces(long(), lines, verdict)) == json_v1.render(record, FILE)
