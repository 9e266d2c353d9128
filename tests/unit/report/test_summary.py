"""The words that several formats share."""

import msgspec
import pytest

from pipeline.model.gap import GapReason
from pipeline.model.outcome import Failed, Skipped, SkipReason
from pipeline.model.verdict import BudgetRecord, ExceptionRecord, ExceptionStatus, Grace
from pipeline.model.walls import Level
from pipeline.report import summary
from tests.support import records


@pytest.mark.parametrize(
    ("purl", "fixes", "said"),
    [
        ("pkg:pypi/urllib3@1.26.15", ("2.0.6", "1.26.17"), "pypi/urllib3@1.26.15 → 1.26.17"),
        ("pkg:pypi/urllib3@2.0.1", ("1.26.17", "2.0.6"), "pypi/urllib3@2.0.1 → 2.0.6"),
        ("pkg:pypi/urllib3@2.0.1", (), "pypi/urllib3@2.0.1"),
        ("pkg:pypi/urllib3@2.0.1", None, "pypi/urllib3@2.0.1"),
        ("pkg:deb/debian/libc6@2.36-9%2Bdeb12u3?arch=amd64", ("2.36-9+deb12u4",),
         "deb/debian/libc6@2.36-9+deb12u3 → 2.36-9+deb12u4"),
    ],
)  # fmt: skip
def test_a_package_is_named_with_the_lowest_version_that_mends_it(
    purl: str, fixes: tuple[str, ...] | None, said: str
) -> None:
    finding = msgspec.structs.replace(records.sca(), purl=purl, fix_versions=fixes)
    assert summary.what(finding) == said


@pytest.mark.parametrize(
    ("count", "word", "said"),
    [(1, "breach", "1 breach"), (2, "breach", "2 breaches"), (2, "policy", "2 policies"),
     (0, "gap", "0 gaps"), (18, "day", "18 days"), (2, "required answer", "2 required answers")],
)  # fmt: skip
def test_counts_have_their_noun(count: int, word: str, said: str) -> None:
    assert summary.plural(count, word) == said


def test_a_stage_without_an_answer_never_shows_zero_gaps() -> None:
    failed = Failed(asked=3, reason=GapReason.TOOL_MISSING, message="it is not there")
    skipped = Skipped(why=SkipReason.DESELECTED, asked=3, inventory="")
    assert summary.gaps(failed) == "all"
    assert summary.gaps(skipped) == "-"


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("2026-12-10", "18 days left"),
        ("2026-11-23", "1 day left"),
        ("2026-11-22", "ended today"),
        ("2026-11-20", "ended 2 days ago"),
        (None, "-"),
    ],
)
def test_an_exception_says_how_long_it_holds(expires: str | None, said: str) -> None:
    one = ExceptionRecord(id="E", status=ExceptionStatus.ACTIVE, matches=1, expires=expires)
    assert summary.left(one, "2026-11-22T23:59:59Z") == said


@pytest.mark.parametrize(
    ("count", "value", "limit", "environment", "said"),
    [
        ("findings_critical_raw", 0, 1, "weekly", "criticals in weekly scan: 0"),
        ("findings_critical_raw", 3, 1, "weekly", "criticals in weekly scan: 3 (must be 0)"),
        ("findings_critical_raw", 1, 3, "pr", "criticals in this scan: 1 < 3"),
        ("exceptions_active", 4, 5, "pr", "exceptions outstanding: 4 < 5"),
        ("exceptions_active", 5, 5, "pr", "exceptions outstanding: 5 >= 5"),
        ("", 5, 6, "pr", "BUD: 5 < 6"),
    ],
)
def test_a_promise_is_said_as_people_ask_for_it(
    count: str, value: int, limit: int, environment: str, said: str
) -> None:
    one = BudgetRecord(id="BUD", value=value, limit=limit, breached=value >= limit, count=count)
    assert summary.promise(one, environment) == said


def test_what_is_in_grace_is_counted_by_rule_the_first_to_end_first() -> None:
    graces = [("R-2", "2026-12-01"), ("R-1", "2026-11-30"), ("R-1", "2026-12-02")]
    verdict = msgspec.structs.replace(
        records.record().verdict,
        grace=tuple(Grace(rule=r, finding=f"{n}", until=u) for n, (r, u) in enumerate(graces)),
    )
    assert summary.in_grace(verdict) == [
        ("R-1", "until 2026-11-30 to 2026-12-02", 2),
        ("R-2", "until 2026-12-01", 1),
    ]


def test_an_excepted_finding_names_its_exception_unless_it_fails_all_the_same() -> None:
    record = records.record()
    last = record.verdict.excepted[0].finding
    assert "excepted" not in summary.fates(record).get(last, "")
    free = msgspec.structs.replace(record.verdict, breaches=())
    fates = summary.fates(msgspec.structs.replace(record, verdict=free))
    assert fates[last] == "excepted by EX-2026-0007"


def test_the_next_command_can_be_copied_into_a_shell() -> None:
    record = msgspec.structs.replace(records.record(), bundle="my evidence")
    assert summary.next_step(record) == "penstock explain 'my evidence' --verdict"


@pytest.mark.parametrize("level", [None, *Level])
def test_scanners_without_walls_are_told_of(level: Level | None) -> None:
    run = records.record()
    first, *rest = run.results
    evidence = msgspec.structs.replace(first.evidence, sandbox=level)
    walled = msgspec.structs.replace(first, evidence=evidence)
    said = summary.notes(msgspec.structs.replace(run, results=(walled, *rest)))
    free = level in (Level.NONE, Level.OFF)
    assert any("no walls around the scanners of semgrep" in one for one in said) is free
