from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest

from pipeline.errors import UsageError
from pipeline.model.finding import Finding, State
from pipeline.model.gap import GapReason
from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision, Verdict
from pipeline.policy.judging.gate import judge
from tests.support.judging import (
    case,
    code,
    exception,
    gap,
    package,
    policy,
    rules_of,
    verdict,
    with_exceptions,
)

HIGH, MEDIUM, LOW = (
    package(f"p{word}", cve=f"CVE-{word}", severity=Severity(word))
    for word in ("high", "medium", "low")
)
CLOCK = (gap(None, GapReason.CLOCK),)


@pytest.mark.parametrize(
    ("findings", "gaps", "expected", "code_"),
    [
        ((), (), "PASS", 0),
        ((LOW,), (), "PASS", 0),
        ((MEDIUM,), (), "WARN", 0),
        ((MEDIUM,), CLOCK, "INCONCLUSIVE", 3),
        ((), CLOCK, "INCONCLUSIVE", 3),
        ((HIGH,), (), "FAIL", 1),
        ((HIGH, MEDIUM), CLOCK, "FAIL", 1),
    ],
)
def test_fail_wins_over_inconclusive_wins_over_warn_wins_over_pass(
    findings: tuple[Finding, ...], gaps: tuple[object, ...], expected: str, code_: int
) -> None:
    judged = verdict(None, *findings, gaps=gaps)
    assert (judged.verdict, judged.exit_code) == (expected, code_)


def test_an_effect_can_be_milder_or_harder_in_an_environment() -> None:
    judged_by = policy(
        rules="[{id: R, title: r, match: {kind: [sca]}, effect: fail, effect_in: {pr: warn}},"
        " {id: S, title: s, match: {kind: [sast]}, effect: warn, effect_in: {release: fail}}]"
    )
    assert verdict(judged_by, HIGH, env="pr").verdict == "WARN"
    assert verdict(judged_by, HIGH, env="main").verdict == "FAIL"
    assert verdict(judged_by, code(), env="main").verdict == "WARN"
    assert verdict(judged_by, code(), env="release").verdict == "FAIL"


def test_an_unscored_finding_counts_as_high_and_says_so() -> None:
    judged = judge(case(None, package(severity=Severity.UNKNOWN)))
    (found,) = judged.findings
    assert (found.severity, found.severity_assumed, found.priority) == ("high", True, "P1")
    (breach,) = judged.verdict.breaches
    assert (breach.assumed, breach.certain) == (("severity",), True)


GRACE = """
  - id: R
    title: r
    match: {kind: [sca], severity: [high, critical]}
    effect: fail
    effect_in: {weekly: warn}
    grace: {days: 7, from: advisory_published, only_if: {kev: false, severity: [high]}}
"""
FRESH: Final[dict[str, Any]] = {
    "advisory_published": "2026-11-20",
    "kev": False,
    "state": State.EXISTING,
}


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({}, "2026-11-27"),
        ({"advisory_published": "2026-11-19"}, "2026-11-26"),
        ({"advisory_published": "2026-11-18"}, None),
        ({"advisory_published": "2026-11-20T23:59:59Z"}, "2026-11-27"),
        ({"advisory_published": None}, None),
        ({"advisory_published": "2026-11-26"}, None),
        ({"advisory_published": "whenever"}, None),
        ({"kev": True}, None),
        ({"kev": None}, None),
        ({"state": State.NEW}, None),
        ({"state": State.UNKNOWN}, "2026-11-27"),
        ({"severity": Severity.CRITICAL}, None),
        ({"severity": Severity.UNKNOWN}, None),
    ],
)
def test_grace_is_given_only_on_known_values_and_for_its_days(
    fields: dict[str, Any], until: str | None
) -> None:
    judged = verdict(policy(rules=GRACE), package(**{**FRESH, **fields}))
    assert [one.until for one in judged.grace] == ([until] if until else [])
    assert judged.verdict == ("WARN" if until else "FAIL")


def test_grace_comes_before_an_exception_and_a_warning_needs_none() -> None:
    judged_by = with_exceptions(exception(rules="[R]"), rules=GRACE)
    judged = verdict(judged_by, package(**FRESH))
    assert len(judged.grace) == 1
    assert judged.excepted == ()
    assert [(one.status, one.matches) for one in judged.exceptions] == [("active", 1)]
    weekly = verdict(policy(rules=GRACE), package(**FRESH), env="weekly")
    assert weekly.grace == ()
    assert rules_of(weekly.warnings) == ["R"]


def test_report_only_turns_breaches_into_warnings_until_its_day_and_says_so() -> None:
    judged_by = policy(report_only_until="{pr: 2026-11-26}")
    judged = verdict(judged_by, HIGH)
    assert judged.verdict == "WARN"
    assert judged.breaches == ()
    assert rules_of(judged.warnings) == ["R-HIGH"]
    assert judged.report_only_until == "2026-11-26"
    assert verdict(judged_by, HIGH, env="main").verdict == "FAIL"
    assert verdict(judged_by, HIGH, gaps=CLOCK).verdict == "INCONCLUSIVE"
    assert verdict(judged_by).report_only_until is None
    over = verdict(policy(report_only_until="{pr: 2026-11-25}"), HIGH)
    assert (over.verdict, over.report_only_until) == ("FAIL", None)


BUDGETS = """
  - {id: B-EX, title: Few exceptions, count: exceptions_active, lt: 2, effect: fail}
  - {id: B-RE, title: No old ones, count: exceptions_renewed_gt_2, lt: 1, effect: warn}
  - {id: B-CR, title: No criticals, count: findings_critical_raw, lt: 1, effect: fail, in: [weekly]}
"""


def budgets(judged: Verdict) -> dict[str, tuple[int, bool]]:
    return {one.id: (one.value, one.breached) for one in judged.budgets}


def test_budgets_count_what_is_outstanding_and_must_stay_below_their_limit() -> None:
    one = with_exceptions(exception(), budgets=BUDGETS)
    judged = verdict(one, package())
    assert judged.verdict == "PASS"
    assert budgets(judged) == {"B-EX": (1, False), "B-RE": (0, False)}
    two = with_exceptions(exception(), exception("EX-2", ticket="''"), budgets=BUDGETS)
    judged = verdict(two, package())
    assert judged.verdict == "FAIL"
    assert budgets(judged)["B-EX"] == (2, True)
    (breach,) = judged.breaches
    assert (breach.rule, breach.finding) == ("B-EX", None)


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, 1),
        ({"target": "{vulnerability: CVE-0-0, purl: 'pkg:pypi/none@1'}"}, 1),
        ({"not_before": "2026-12-01"}, 1),
        ({"max_matches": "1"}, 1),
        ({"created": "2026-11-01", "expires": "2026-11-25"}, 0),
        ({"approved_at_severity": "low"}, 0),
        ({"ticket": "''"}, 1),
    ],
)
def test_all_but_expired_and_void_exceptions_are_outstanding(
    fields: dict[str, str], counts: int
) -> None:
    judged_by = with_exceptions(exception(**fields), budgets=BUDGETS)
    judged = verdict(judged_by, package(target="a"), package(target="b"))
    assert budgets(judged)["B-EX"][0] == counts


def test_a_voided_exception_mends_no_budget_while_its_finding_only_warns() -> None:
    rules = "[{id: R-HIGH, title: a, match: {severity: [high]}, effect: warn}]"
    judged_by = with_exceptions(
        exception(approved_at_severity="low"), exception("EX-2"), budgets=BUDGETS, rules=rules
    )
    assert verdict(judged_by).verdict == "FAIL"
    assert verdict(judged_by, package()).verdict == "FAIL"


def test_criticals_are_counted_before_exceptions_and_only_where_the_budget_looks() -> None:
    terms = "{approvals: {default: 0}, max_days: {P0: 30}}"
    text = exception(approved_at_severity="critical")
    judged_by = with_exceptions(text, budgets=BUDGETS, exceptions=terms)
    critical = package(severity=Severity.CRITICAL)
    assert verdict(judged_by, critical, env="main").verdict == "PASS"
    weekly = verdict(judged_by, critical, env="weekly")
    assert weekly.verdict == "FAIL"
    assert rules_of(weekly.breaches) == ["B-CR"]
    assert weekly.excepted


def test_an_exception_renewed_more_than_twice_is_counted() -> None:
    texts = [
        exception(f"EX-{n}", created=f"2026-11-2{n}", expires=f"2026-12-0{n}") for n in range(1, 5)
    ]
    judged = verdict(with_exceptions(*texts, budgets=BUDGETS), package())
    assert budgets(judged)["B-RE"] == (1, True)
    assert "B-RE" in rules_of(judged.warnings)


def test_every_list_is_sorted_and_the_instant_is_utc() -> None:
    many = [package(f"p{n}", cve=f"CVE-{n}") for n in range(30)]
    rules = (
        "[{id: B, title: b, match: {kind: [sca]}, effect: fail},"
        " {id: A, title: a, match: {kind: [sca]}, effect: fail}]"
    )
    judged = judge(case(policy(rules=rules), *many, now=datetime(2026, 11, 25, 12, tzinfo=UTC)))
    pairs = [(one.rule, one.finding or "") for one in judged.verdict.breaches]
    assert pairs == sorted(pairs)
    assert [one.id for one in judged.findings] == sorted(one.id for one in many)
    assert judged.verdict.now == "2026-11-25T12:00:00Z"


def test_a_verdict_survives_the_journey_through_its_file() -> None:
    judged_by = with_exceptions(exception(), exception("EX-2", ticket="''"), budgets=BUDGETS)
    judged = verdict(judged_by, package(), HIGH, MEDIUM, gaps=CLOCK)
    assert msgspec.json.decode(msgspec.json.encode(judged), type=Verdict) == judged


def test_the_required_table_is_told_with_the_verdict() -> None:
    assert dict(judge(case()).required) == policy().required("pr")


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(UsageError, match="environment"):
        verdict(env="production")


def test_pass_and_warn_are_the_only_verdicts_that_exit_with_nothing() -> None:
    assert {one for one in Decision if int(one.exit) == 0} == {Decision.PASS, Decision.WARN}


def test_what_was_withdrawn_warns_and_is_listed_unless_somebody_exploits_it() -> None:
    gone = package(withdrawn="2026-01-01", kev=False, severity=Severity.CRITICAL)
    judged = verdict(policy(), gone)
    assert (judged.verdict, rules_of(judged.warnings)) == ("WARN", ["R-HIGH"])
    assert "withdrawn on 2026-01-01" in judged.warnings[0].message
    assert verdict(policy(), msgspec.structs.replace(gone, kev=True)).verdict == "FAIL"
    budget = "[{id: B, title: b, count: findings_critical_raw, lt: 1, effect: fail}]"
    assert verdict(policy(budgets=budget), gone).verdict == "WARN"
