"""One escaping for each destination: nothing hostile survives, and what was said can be read."""

import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.audit.tables import cell
from pipeline.report import escape

MARKS = "\\`*_{}[]()#+-=.!|~<>@$&:/;\"'^%0123aghwx \t\r\n\x1b\x9b\x00\u202e\u200b\u2028\ufeff\ud800"
TEXT = st.text(alphabet=st.sampled_from(MARKS), max_size=60) | st.text(max_size=60)
COMMANDS = (
    "::error::x",
    " ::set-env name=a::b",
    "##[error]x",
    "a ##[add-mask]x",
    "###[group]x",
    "a ##vso[task.setvariable variable=a]b",
    "##teamcity[x]",
)
GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
MARKUP = (
    "<img src=x onerror=alert(1)>",
    "[x](https://evil.example)",
    "![x](https://evil.example/a.png)",
    "https://evil.example www.evil.example",
    "<https://evil.example>",
    "@org/team someone@example.com #1 GH-1 acme/app#1",
    "`code` **bold** ~~gone~~ [^1]",
    "$x$ $$y$$",
    "| a | b |",
    "- item",
    "1. item",
    "# heading",
    "===",
    "---",
    "```",
    "> quote",
    "&lt;script&gt;",
    "[x]: https://evil.example",
)


@given(TEXT | st.sampled_from(COMMANDS))
def test_a_terminal_gets_one_line_in_which_all_can_be_seen(text: str) -> None:
    said = escape.terminal(text)
    assert not {unicodedata.category(c) for c in said} & UNSEEN
    assert not re.search(r"##\w*\[", said)
    assert escape.terminal(said) == said
    said.encode("utf-8")


@given(TEXT | st.sampled_from(COMMANDS))
def test_a_runner_reads_no_second_command(text: str) -> None:
    for line in (
        f"::error title={escape.workflow_property(text)}::{escape.workflow_data(text)}",
        f"      {escape.terminal(text)}",
    ):
        assert len(line.splitlines()) == 1
        assert "##[" not in line
    found = re.fullmatch(r"::error title=([^:,]*)::(.*)", "".join((
        "::error title=", escape.workflow_property(text), "::", escape.workflow_data(text),
    )))  # fmt: skip
    assert found
    undone = found[2].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert undone == escape.terminal(text, keep_lines=True)


@given(TEXT | st.sampled_from(MARKUP))
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    wanted = escape.terminal(text)
    for before in ("", "- ", "said: "):
        said = GFM.parse(before + escape.markdown(text))
        kinds = [one for token in said for one in token.children or ()]
        assert {one.type for one in kinds} <= {"text", "text_special", "softbreak"}
        shown = "".join(one.content for one in kinds).replace("\u2060", "")
        assert shown.split() == (before.removeprefix("- ") + wanted).split()
        assert {token.type for token in said} <= {
            "paragraph_open", "paragraph_close", "inline", "bullet_list_open",
            "bullet_list_close", "list_item_open", "list_item_close",
        }  # fmt: skip


@pytest.mark.parametrize("text", MARKUP)
def test_github_finds_no_second_meaning_in_what_was_parsed(text: str) -> None:
    said = escape.markdown(text)
    assert "://" not in said
    assert not re.search(r"(?i)www\.|@\w|#\d(?!\d;)|gh-\d", said)
    assert "$" not in said


@given(TEXT)
def test_a_cell_of_a_table_stays_one(text: str) -> None:
    row = f"| {escape.markdown(text)} | {escape.code(text)} |"
    said = GFM.parse(f"| a | b |\n|---|---|\n{row}\n")
    assert sum(token.type == "td_open" for token in said) == 2
    kinds = {one.type for token in said for one in token.children or ()}
    assert kinds <= {"text", "text_special", "code_inline"}


@given(TEXT)
def test_xml_gives_the_text_back(text: str) -> None:
    attribute, content = escape.xml(text), escape.xml(text, keep_lines=True)
    read = ET.fromstring(f'<a b="{attribute}">{content}</a>')
    assert read.get("b") == escape.terminal(text)
    assert (read.text or "") == escape.terminal(text, keep_lines=True)
    assert not list(read)


@given(TEXT | st.sampled_from(("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n-1")))
def test_a_spreadsheet_runs_no_cell(text: str) -> None:
    said = cell(text)
    line = io.StringIO(newline="")
    csv.writer(line).writerow(["first", said])
    (row,) = csv.reader(io.StringIO(line.getvalue(), newline=""))
    assert row == ["first", said]
    assert not said.lstrip(" \t\r\n").startswith(("=", "+", "-", "@"))
    whole = text.replace("\0", "\ufffd")
    assert said in (whole, f"'{whole}")


@given(
    st.recursive(
        TEXT | st.sampled_from(COMMANDS),
        lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    )
)
def test_json_means_the_same_and_gives_no_orders(value: object) -> None:
    written = json.dumps(value, ensure_ascii=False)

    said = escape.json_text(written)

    assert json.loads(said) == value
    assert not re.search(r"##\w*\[", said)
    assert not {c for c in said if unicodedata.category(c) == "Cc"}


def test_json_holds_no_letters_that_are_not_seen() -> None:
    """Tags beyond the first 65536 characters are two escapes, as JSON wants them."""
    unseen = "\u00ad\u180e\u200b\u2060\u206a\ufff9\U000e0041"

    said = escape.json_text(json.dumps(unseen, ensure_ascii=False))

    assert json.loads(said) == unseen
    assert said.isascii()
    assert r"\udb40\udc41" in said


@pytest.mark.parametrize(
    ("text", "obeyed"),
    [
        ("::set-output name=a::b", True),
        ("word::add-mask::b", True),
        ("x ::STOP-commands::b", True),
        ("::error file=a::b", True),
        ("std::error::Error", False),
        ("std::vector<int>", False),
        ("fe80::1", False),
    ],
)
def test_a_command_is_none_wherever_a_line_is_folded(text: str, *, obeyed: bool) -> None:
    assert (escape.terminal(text) != text) is obeyed
    assert (r"\x3a:" in escape.terminal(text)) is obeyed
