"""A finding is open until a run that looked everywhere does not find it."""

from datetime import date
from pathlib import Path

from pipeline.audit.model import SlaRow
from pipeline.audit.reading import Window
from pipeline.model.gap import GapReason
from pipeline.model.outcome import Failed, Skipped, SkipReason
from pipeline.model.severity import Severity
from tests.support.audited import export, files, kinds, run
from tests.support.judging import done, gap, package

LATE = Window(since=date(2026, 11, 2), until=date(2026, 12, 20))


def rows(root: Path, window: Window = LATE) -> list[SlaRow]:
    return list(export(root, window).sla)


def test_a_finding_that_is_gone_in_time_names_the_run_that_proves_it(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package(first_seen="2026-11-03"))
    run(tmp_path, "2026-11-11")
    (row,) = rows(tmp_path)
    assert (row.first_seen, row.due, row.closed) == ("2026-11-03", "2026-11-17", "2026-11-11")
    assert (row.state, row.days_over, row.proof) == ("in_time", 0, "weekly-2026-11-11")


def test_a_finding_that_went_too_late_says_by_how_much(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package())
    run(tmp_path, "2026-11-25")
    (row,) = rows(tmp_path)
    assert (row.due, row.state, row.days_over) == ("2026-11-18", "late", 7)


def test_a_finding_that_stays_is_overdue_at_the_end_of_the_window(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package())
    audit = export(tmp_path, LATE)
    assert (audit.sla[0].state, audit.sla[0].days_over) == ("overdue", 32)
    assert "overdue" in kinds(audit)
    high = next(one for one in audit.sla_summary if one.priority == "P1")
    assert (high.total, high.overdue) == (1, 1)


def test_a_finding_that_is_not_due_yet_is_open(tmp_path: Path) -> None:
    run(tmp_path, "2026-12-15", package())
    assert [one.state for one in rows(tmp_path)] == ["open"]


def test_a_run_with_a_gap_closes_nothing(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package())
    blind = done(3, gap("pip-audit", GapReason.TIMEOUT, "requirements.txt"))
    run(tmp_path, "2026-11-11", outcomes={"pip_audit": blind})
    assert [one.closed for one in rows(tmp_path)] == [""]


def test_a_stage_that_failed_closes_nothing_and_one_without_targets_does(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package())
    failed = Failed(asked=3, reason=GapReason.TOOL_FAILED, message="")
    run(tmp_path, "2026-11-11", outcomes={"pip_audit": failed})
    assert [one.closed for one in rows(tmp_path)] == [""]
    left_out = Skipped(why=SkipReason.DESELECTED, asked=3, inventory="sha256:0")
    run(tmp_path, "2026-11-12", outcomes={"pip_audit": left_out})
    assert [one.closed for one in rows(tmp_path)] == [""]
    nothing = Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="sha256:0")
    run(tmp_path, "2026-11-18", outcomes={"pip_audit": nothing})
    assert [one.closed for one in rows(tmp_path)] == ["2026-11-18"]


def test_a_pull_request_opens_and_closes_nothing(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package())
    run(tmp_path, "2026-11-05", env="pr")
    run(tmp_path, "2026-11-06", package("flask", cve="CVE-2026-2"), env="pr")
    assert [(one.rule, one.closed) for one in rows(tmp_path)] == [("CVE-2026-11111", "")]


def test_a_finding_is_open_while_one_environment_still_has_it(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package(), env="release")
    run(tmp_path, "2026-11-04", package(), env="main")
    run(tmp_path, "2026-11-05", env="main")
    assert [one.closed for one in rows(tmp_path)] == [""]
    run(tmp_path, "2026-11-06", env="release")
    assert [one.closed for one in rows(tmp_path)] == ["2026-11-06"]


def test_a_finding_that_comes_back_is_open_again_and_no_younger(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package())
    run(tmp_path, "2026-11-11")
    run(tmp_path, "2026-11-12", package())
    (row,) = rows(tmp_path)
    assert (row.closed, row.first_seen) == ("", "2026-11-04")


def test_a_package_that_went_to_another_bad_version_keeps_its_age(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package())
    run(tmp_path, "2026-11-11", package(version="2.11"))
    (row,) = rows(tmp_path)
    assert (row.first_seen, row.purl, row.closed) == ("2026-11-04", "pkg:pypi/jinja2@2.11", "")


def test_the_day_on_which_an_exploit_was_known_is_kept(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-04", package())
    run(tmp_path, "2026-11-11", package(kev=True))
    run(tmp_path, "2026-11-18", package(kev=True))
    assert [one.kev_since for one in rows(tmp_path)] == ["2026-11-11"]


def test_without_clocks_nothing_is_called_in_time(tmp_path: Path) -> None:
    policy = {"gate.yaml": files()["gate.yaml"].partition(b"sla:")[0]}
    run(tmp_path, "2026-11-04", package(severity=Severity.HIGH), policy=policy)
    run(tmp_path, "2026-11-11", policy=policy)
    assert [(one.state, one.due) for one in rows(tmp_path)] == [("no_clock", "")]
