"""Case 31: no text of an exception is taken for a reason, a command or markup."""

import json
import re
from pathlib import Path

import pytest

from pipeline.model.record import RunRecord
from pipeline.model.verdict import Decision, ExceptionStatus
from pipeline.report import FORMATS
from pipeline.report.base import Style
from tests.support import judging, records
from tests.support.excepted import SAID, Workshop

HOSTILE = (
    "\u202eevil", "a\u200bb", "\u2066x\u2069", "\x1b[2J", "\x9b31m", "\ufeff", "\u00ad", "\x07",
    "\u3164", "\u2028::error::",
)  # fmt: skip
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
REASON = judging.EXCEPTION["reason"]
MARKUP = "<img src=x onerror=alert(1)> [x](http://evil.example) `code` | @team ::error::x ##[error]"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("field", ["reason", "owner", "ticket"])
def test_what_cannot_be_seen_makes_the_file_invalid(field: str, text: str) -> None:
    fields = {field: f"{REASON if field == 'reason' else 'SEC-482'} {text}"}
    policy = judging.with_exceptions(judging.exception(**fields))
    judged = judging.verdict(policy, judging.package())
    (record,) = judged.exceptions
    assert (judged.verdict, record.status) == (Decision.FAIL, ExceptionStatus.INVALID)
    assert text not in record.reason
    assert record.reason.isprintable()


@pytest.mark.parametrize(
    "reason",
    [
        "asdf " * 20,
        "x" * 60,
        "because because because because because because",
        "." * 80,
        "blocked by the vendor, " * 4,
        "short",
        "word " * 100_000,
        "word " * 250_000,
        "n/a n/a n/a n/a n/a n/a n/a n/a n/a n/a n/a",
    ],
    ids=["asdf", "x", "because", "dots", "again and again", "short", "500 kB", "1.25 MB", "n/a"],
)
def test_what_is_no_reason_makes_the_file_invalid(reason: str) -> None:
    policy = judging.with_exceptions(judging.exception(reason=f"'{reason}'"))
    judged = judging.verdict(policy, judging.package())
    (record,) = judged.exceptions
    assert (judged.verdict, record.status) == (Decision.FAIL, ExceptionStatus.INVALID)
    assert len(record.reason) < 1000


def reported(text: str) -> RunRecord:
    """A run in which the exception's texts are hostile, past every check."""
    return records.record(hostile=text)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", [MARKUP, *HOSTILE], ids=ascii)
def test_no_report_lets_it_through(name: str, text: str) -> None:
    said = FORMATS[name].render(reported(f"{text}\nsecond line"), Style())
    if name in ("json", "sarif", "event"):
        json.loads(said)  # programs read it, and write no markup of it
        assert "\x1b" not in said
        return
    assert not UNSEEN.search(said)
    if name == "markdown":
        outside = CODE.sub("", said)
        assert "<img" not in outside
        assert "](http" not in outside
    else:
        assert not re.search(r"^(::error::x|##\[error\])", said, re.MULTILINE)


@pytest.mark.tools
@pytest.mark.parametrize("text", HOSTILE[:4], ids=ascii)
def test_the_command_writes_no_such_text(text: str, tmp_path: Path) -> None:
    shop = Workshop(tmp_path, people=())
    shop.bundle(judging.package(title=f"title {text}"))
    done = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "9", "--reason", REASON + text)
    assert (done.code, shop.exceptions()) == (2, [])
    assert "cannot be seen" in done.err
    made = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "9")
    assert made.code == 0, made.err
    file = next((shop.path / "policies/exceptions").iterdir())
    assert text not in file.read_text()
    assert text not in made.out
