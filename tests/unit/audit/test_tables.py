"""Tables for spreadsheets, a document for programs, a page for people: none of them runs."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import resources
from pipeline.audit.files import FORMATS
from pipeline.audit.model import Audit
from pipeline.audit.tables import cell
from tests.support.audited import exception, export, files, formatted, weeks
from tests.support.judging import package
from tests.support.records import HOSTILE

EVIL: Final = "=cmd|' /C calc'!A0"


def audited(root: Path, **fields: Any) -> Audit:
    policy = files(exception(created="2026-11-01", expires="2026-11-30", **fields))
    weeks(root, package(title=HOSTILE), policy=policy)
    return export(root)


def read(audit: Audit, name: str) -> list[dict[str, str]]:
    text = formatted("csv", audit)[name].decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0=", "\uff1d"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(start: str) -> None:
    assert cell(f"{start}1+1").startswith("'")


@given(st.text())
def test_a_cell_survives_reading_whatever_is_in_it(text: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([cell(text)])
    (row,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert row == ([cell(text)] if text or row else [])
    assert not (row and row[0].lstrip().startswith(("=", "+", "-", "@")))


def test_numbers_and_truths_are_words_of_their_own() -> None:
    assert [cell(value) for value in (3, True, False, None, ("a", "b"), ())] == [
        "3", "yes", "no", "", "a; b", "",
    ]  # fmt: skip


def test_every_table_has_its_header_even_without_rows(tmp_path: Path) -> None:
    made = formatted("csv", export(tmp_path))
    assert len(made) == 11
    for name, text in made.items():
        assert text.endswith(b"\r\n"), name
        assert b"," in text.splitlines()[0], name


def test_what_an_exception_says_cannot_run_in_a_spreadsheet(tmp_path: Path) -> None:
    audit = audited(tmp_path, owner=json.dumps(EVIL))
    (row,) = read(audit, "exceptions.csv")
    assert row["owner"] == f"'{EVIL}"
    assert row["rules"] == "R-HIGH"
    assert [one["status"] for one in read(audit, "exception_events.csv")] == ["active"]


def test_a_control_without_evidence_has_a_line_too(tmp_path: Path) -> None:
    lines = read(audited(tmp_path), "controls.csv")
    (own,) = [one for one in lines if one["control"] == "ACME-7"]
    assert (own["confirmed"], own["evidence"], own["count"]) == ("no", "", "0")
    cc71 = {one["evidence"] for one in lines if one["control"] == "SOC2-CC7.1"}
    assert len(cc71) == 4


def test_the_same_bundles_give_the_same_bytes(tmp_path: Path) -> None:
    first = audited(tmp_path)
    again = export(tmp_path)
    for form in FORMATS:
        assert formatted(form, first) == formatted(form, again)


def test_the_document_meets_its_published_schema(tmp_path: Path) -> None:
    audit = audited(tmp_path)
    data = formatted("json", audit)["audit.json"]
    schema = json.loads((resources.schemas() / "audit-v1.schema.json").read_bytes())
    document = json.loads(data)
    jsonschema_rs.validator_for(schema).validate(document)
    assert document["schema"] == "penstock/audit@1"
    assert [one["rule"] for one in document["sla"]] == [one.rule for one in audit.sla]
    (tmp_path / "none").mkdir()
    nothing = json.loads(formatted("json", export(tmp_path / "none"))["audit.json"])
    assert nothing["sla"] == []
    jsonschema_rs.validator_for(schema).validate(nothing)


def test_the_page_says_promises_problems_and_marks_what_was_not_checked(tmp_path: Path) -> None:
    page = formatted("markdown", audited(tmp_path))["audit.md"].decode()
    assert "criticals in weekly scan: 0 < 1" in page
    assert "exceptions outstanding: 1 < 2" in page
    assert "have your auditor confirm" in page
    assert page.index("## Promises") < page.index("## Needs an answer") < page.index("## Controls")


def test_nothing_hostile_comes_through_to_the_page(tmp_path: Path) -> None:
    evil = audited(tmp_path, owner=json.dumps("<script>|`a`\u200b@x"))
    page = formatted("markdown", evil)["audit.md"].decode()
    assert "<script>" not in page
    assert "\u200b" not in page
