"""The register says of every exception what it was and what became of it, day by day."""

from pathlib import Path

import msgspec

from pipeline.policy.loading.load import load
from pipeline.stages import STAGES
from tests.support.audited import (
    altered,
    exception,
    export,
    files,
    formatted,
    kinds,
    run,
    weeks,
)
from tests.support.judging import code, package

POLICY = files(exception(created="2026-11-01", expires="2026-11-20"))


def test_an_exception_is_listed_with_all_that_its_file_says(tmp_path: Path) -> None:
    weeks(tmp_path, package(), policy=POLICY)
    (row,) = export(tmp_path).exceptions
    assert (row.repository, row.id, row.type) == ("shop", "EX-1", "risk_acceptance")
    assert row.target == "CVE-2026-11111 pkg:pypi/jinja2@2.10"
    assert (row.owner, row.requester, row.ticket) == (
        "dave@example.com",
        "erin@example.com",
        "SEC-482",
    )
    assert (row.created, row.expires, row.rules) == ("2026-11-01", "2026-11-20", ("R-HIGH",))
    assert row.digest.startswith("sha256:")


def test_each_change_of_its_status_is_an_event_with_its_day_and_reason(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package(), policy=POLICY)
    run(tmp_path, "2026-11-11", package(), policy=POLICY)
    run(tmp_path, "2026-11-18", package(kev=True), policy=POLICY)
    run(tmp_path, "2026-11-25", package(), policy=POLICY)
    (row,) = export(tmp_path).exceptions
    assert [(one.day, one.status) for one in row.events] == [
        ("2026-11-04", "active"),
        ("2026-11-18", "void"),
        ("2026-11-25", "expired"),
    ]
    assert "exploited" in row.events[1].reason
    assert row.status == "expired"


def test_a_run_that_it_is_not_meant_for_says_nothing_of_it(tmp_path: Path) -> None:
    target = "{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10', environments: [weekly]}"
    policy = files(exception(created="2026-11-01", expires="2026-11-30", target=target))
    weeks(tmp_path, package(), policy=policy)
    run(tmp_path, "2026-11-26", package(), env="pr", policy=policy)
    (row,) = export(tmp_path).exceptions
    assert (row.status, len(row.events)) == ("active", 1)


def test_a_file_that_was_edited_is_a_row_of_its_own(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", policy=POLICY)
    run(tmp_path, "2026-11-11", policy=files(exception(created="2026-11-01", ticket="SEC-500")))
    assert sorted(one.ticket for one in export(tmp_path).exceptions) == ["SEC-482", "SEC-500"]


def test_an_exception_without_approval_is_something_to_answer(tmp_path: Path) -> None:
    policy = files(
        exception(created="2026-11-01", expires="2026-11-30"),
        exceptions="{approvals: {default: 1}}",
    )
    weeks(tmp_path, package(), policy=policy)
    audit = export(tmp_path)
    assert audit.exceptions[0].status == "unapproved"
    assert "exception_unapproved" in kinds(audit)


def test_a_file_that_cannot_be_used_is_named_once(tmp_path: Path) -> None:
    weeks(tmp_path, policy=files(exception(expires="never")))
    named = [one for one in export(tmp_path).problems if one.kind == "exception_invalid"]
    assert [(one.subject, one.day) for one in named] == [("EX-1", "2026-11-04")]


def test_an_exception_of_today_s_policy_that_no_run_judged_is_listed_as_such(
    tmp_path: Path,
) -> None:
    weeks(tmp_path)
    key = code().match_key
    text = exception("EX-9", target=f"{{match_key: {key}, paths: [app/db.py]}}")
    today = load(files(text), stages=tuple(STAGES), where="policies")
    (row,) = export(tmp_path, policy=today).exceptions
    assert (row.id, row.status) == ("EX-9", "not judged")
    assert row.target == f"match_key {key} paths app/db.py"


def test_a_policy_of_today_adds_no_second_row_for_what_runs_judged(tmp_path: Path) -> None:
    weeks(tmp_path, package(), policy=POLICY)
    today = load(POLICY, stages=tuple(STAGES), where="policies")
    assert len(export(tmp_path, policy=today).exceptions) == 1


def test_rows_are_plain_data(tmp_path: Path) -> None:
    weeks(tmp_path, package(), policy=POLICY)
    audit = export(tmp_path)
    assert msgspec.json.decode(msgspec.json.encode(audit), type=type(audit)) == audit


def test_a_break_glass_record_is_listed_beside_the_verdict_that_it_did_not_change(
    tmp_path: Path,
) -> None:
    weeks(tmp_path, package())
    record = {
        "id": "BG-1",
        "status": "accepted",
        "reason": "Checkout is down.",
        "commit": "c" * 40,
        "requester": "erin@example.com",
        "expires": "2026-11-26T09:00:00Z",
        "approved_by": ["carol@example.com"],
    }
    for day in ("2026-11-18", "2026-11-25"):
        altered(tmp_path / f"weekly-{day}", "verdict.json", break_glass=[record])
    audit = export(tmp_path)
    (row,) = audit.break_glass
    assert (row.day, row.verdict, row.approvers) == ("2026-11-18", "FAIL", ("carol@example.com",))
    (problem,) = [one for one in audit.problems if one.kind == "break_glass"]
    assert (
        problem.detail == "accepted beside FAIL, approved by carol@example.com: Checkout is down."
    )
    page = formatted("markdown", audit)["audit.md"].decode()
    assert "## Break-glass (1)" in page
    assert "Checkout is down." in page
