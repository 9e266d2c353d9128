"""What every report format owes."""

import json
import re
import unicodedata

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision, Excepted
from pipeline.report import FORMATS, github, markdown, sarif
from pipeline.report.base import Format, Style
from pipeline.report.files import bundle_reports
from tests.conftest import DATA
from tests.support import records

every_format = pytest.mark.parametrize(("name", "fmt"), FORMATS.items(), ids=list(FORMATS))
FILE = Style()


@every_format
def test_the_verdict_is_named(name: str, fmt: Format) -> None:
    for decision in Decision:
        assert decision.value in fmt.render(records.record(decision=decision), FILE)


@pytest.mark.parametrize("name", ["text", "json", "markdown"])
def test_every_breach_exception_gap_and_budget_is_shown(name: str) -> None:
    text = FORMATS[name].render(records.record(), FILE)
    words = ("GATE-002", "BUD-001", "EX-2026-0007", "BG-2026-0001", "2026-11-29", "timeout")
    for word in (*words, "base_missing", "GATE-090"):
        assert word in text or (name == "markdown" and word == "GATE-090"), word


@pytest.mark.parametrize("name", ["text", "json", "markdown"])
def test_what_the_policy_lets_go_unanswered_is_shown_with_who_and_until_when(name: str) -> None:
    text = FORMATS[name].render(records.record(), FILE)
    for word in ("vendor/**", "2027-01-01", "dave@example.com", "excluded"):
        assert word in text.replace("\\", "").replace("\u2060", ""), word


@every_format
def test_equal_records_give_equal_bytes(name: str, fmt: Format) -> None:
    assert fmt.render(records.record(), FILE) == fmt.render(records.record(), FILE)


@every_format
def test_no_text_of_a_tool_moves_the_cursor(name: str, fmt: Format) -> None:
    text = fmt.render(records.record(hostile=records.HOSTILE), FILE)
    bad = {c for c in text if unicodedata.category(c) in {"Cc", "Cf"}} - {"\n", "\u2060"}
    if name in ("json", "sarif", "event"):
        bad -= {"\u202e"}  # JSON is for programs: only its own escapes matter
    assert not bad


@every_format
@given(text=st.text(max_size=60))
def test_no_text_of_a_tool_starts_a_workflow_command(name: str, fmt: Format, text: str) -> None:
    hostile = f"{text}\n::error::pwned\n##[error]pwned\n::set-output name=x::y"
    for line in fmt.render(records.record(hostile=hostile), FILE).splitlines():
        if name == "github":
            assert re.match(r"::(error|warning|notice) [^:]*::", line), line
        assert not line.lstrip().startswith(("::set-output", "##[")), line
        if name != "github":
            assert not line.lstrip().startswith("::"), line


def test_github_shows_ten_of_each_and_counts_the_rest() -> None:
    many = records.record(*(records.sast(n) for n in range(1, 40)))
    lines = github.render(many, FILE).splitlines()
    assert sum(line.startswith("::error ") for line in lines) == 10
    assert sum(line.startswith("::warning ") for line in lines) <= 10
    assert lines[0].startswith("::error title=Penstock::FAIL")
    assert "more in the summary" in lines[-1]


def test_github_says_of_a_missing_answer_whose_it_is_and_leaves_no_hole_for_a_target() -> None:
    text = github.render(records.record(decision=Decision.INCONCLUSIVE), FILE)
    assert "title=base_missing::run: no answer in time" in text
    assert "title=timeout::semgrep: app/big.py: no answer in time" in text


def test_markdown_stays_below_what_github_takes_and_keeps_the_verdict() -> None:
    long = "x" * 5000
    many = records.record(*(records.sast(n, title=long) for n in range(1, 400)))
    text = markdown.render(many, FILE)
    assert len(text.encode()) <= markdown.LIMIT
    assert text.startswith("## ❌ Penstock: FAIL")
    assert "more lines are in the evidence bundle" in text


def test_markdown_says_of_a_finding_that_blocks_nothing_what_lets_it_pass() -> None:
    excepted = Excepted(exception="EX-2026-0007", finding=records.sca().id, rules=("GATE-002",))
    run = records.record()
    judged = msgspec.structs.replace(run.verdict, breaches=run.verdict.breaches[-1:], grace=(),
                                     excepted=(excepted,))  # fmt: skip
    text = markdown.render(msgspec.structs.replace(run, verdict=judged), FILE)
    assert "2 other findings" in text
    (row,) = [line for line in text.splitlines() if "CVE-2019-10906" in line]
    assert row.replace("\\", "").endswith("; excepted by EX-2026-0007 |")
    assert "SQL is built from text |" in text


def test_markdown_makes_links_mentions_and_html_inert() -> None:
    text = markdown.render(records.record(hostile=records.HOSTILE), FILE)
    outside_code = re.sub(r"(`+).+?\1", "", text)
    assert "<script" not in outside_code
    assert "](http" not in outside_code
    assert not re.search(r"(?<!\\)@org", outside_code)


def test_sarif_is_valid_and_says_what_it_left_out() -> None:
    schema = json.loads((DATA / "schemas/sarif-schema-2.1.0.json").read_text())
    _mend_patterns(schema)
    many = records.record(
        records.sast(1, severity=Severity.CRITICAL),
        *(records.sast(n, severity=Severity.LOW) for n in range(2, sarif.LIMIT + 10)),
        records.sca(),
    )
    document = json.loads(sarif.render(many, FILE))
    jsonschema_rs.validator_for(schema).validate(document)
    run = document["runs"][0]
    assert len(run["results"]) == sarif.LIMIT
    assert run["properties"]["penstock/resultsLeftOut"] == 9
    assert any(r["properties"]["penstock/severity"] == "critical" for r in run["results"])
    ids = [one["automationDetails"]["id"] for one in document["runs"]]
    assert len(ids) == len(set(ids))
    assert not run["invocations"][0]["executionSuccessful"]


def test_sarif_marks_an_excepted_finding_as_suppressed_and_still_lists_it() -> None:
    document = json.loads(sarif.render(records.record(), FILE))
    results = document["runs"][1]["results"]
    assert results[0]["suppressions"][0]["kind"] == "external"


def _mend_patterns(schema: object) -> None:
    """The published schema has a pattern with a bracket too many, which strict engines refuse."""
    if isinstance(schema, dict):
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            schema["pattern"] = pattern.replace("{2}]?$", "{2})?$")
        for value in schema.values():
            _mend_patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            _mend_patterns(value)


def test_text_without_unicode_is_ascii() -> None:
    text = FORMATS["text"].render(records.record(hostile="é→"), Style(unicode=False))
    assert text.isascii()


def test_text_colours_only_when_asked() -> None:
    plain = FORMATS["text"].render(records.record(), Style())
    coloured = FORMATS["text"].render(records.record(), Style(color=True))
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_event_is_one_line_without_text_of_tools() -> None:
    text = FORMATS["event"].render(records.record(hostile="pwned"), FILE)
    assert text.count("\n") == 1
    assert "pwned" not in text
    assert msgspec.json.decode(text)["schema"] == "penstock/event@1"


def test_a_bundle_holds_the_reports_that_have_file_names() -> None:
    assert set(bundle_reports(records.record())) == {"report.sarif", "summary.md"}


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_people_read_who_approved_what_is_left_and_what_was_promised(name: str) -> None:
    text = FORMATS[name].render(records.record(), FILE)
    text = text.replace("\\", "").replace("\u2060", "").replace("&gt;", ">")
    for words in (
        "alice@example.com",
        "carol@example.com",
        "18 days left",
        "exceptions outstanding: 6 >= 5",
        "break-glass is accepted",
    ):
        assert words in text, words


def test_a_finding_says_by_when_it_must_be_gone_or_what_lets_it_pass() -> None:
    record = records.record()
    due = {one.id: "2026-11-20" for one in record.findings}
    late = msgspec.structs.replace(record, due=due)
    page = FORMATS["text"].render(late, FILE)
    assert "2 days overdue" in page
    assert "in grace until 2026-11-29" in page
    assert "2 findings past the day" in page


@pytest.mark.parametrize("width", [80, 120])
def test_every_line_fits_the_terminal(width: int) -> None:
    lines = FORMATS["text"].render(records.record(), Style(width=width)).splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.startswith("FAIL") for line in lines)


@given(words=st.text(st.sampled_from(": #[]error"), max_size=300))
def test_a_wrapped_line_never_begins_with_words_of_others(words: str) -> None:
    page = FORMATS["text"].render(records.record(hostile=f"x {words}"), Style(width=60))
    shown = page.splitlines()
    assert not [line for line in shown if line.lstrip().startswith(("::", "##["))]
