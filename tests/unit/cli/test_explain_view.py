"""How explanations are written."""

import msgspec
import pytest

from pipeline.cli import explain_view
from pipeline.model.finding import Finding, Kind
from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision
from pipeline.policy.explaining.actions import Approval, Blocked, Except, Plan, Upgrade
from pipeline.policy.explaining.explanation import (
    Explanation,
    PriorityGiven,
    RuleCount,
    RuleTried,
    VerdictExplanation,
)
from tests.support import records

PLAN = Plan(
    actions=(
        Upgrade(
            package="pkg:npm/lodash",
            versions=("4.17.20",),
            to="4.17.21",
            targets=("web/package-lock.json",),
            commands=("npm install lodash@4.17.21  (in web)",),
            findings=("1", "2"),
        ),
        Except(
            vulnerability="CVE-2026-1",
            purl="pkg:pypi/a@1",
            artifact=None,
            match_key=None,
            rules=("GATE-002",),
            findings=("3",),
            max_matches=1,
            days=30,
            priority="P1",
            approval=Approval(needed=2, roles=(("security", "ciso"),), holders=("a@x", "b@x")),
            supersedes="EX-1",
        ),
    ),
    blocked=(Blocked(finding="4", name="CVE-2026-2", place="pkg:pypi/b@1", why="R allows none"),),
    smallest=True,
    after=Decision.FAIL,
    passes=False,
    unanswered=(),
    budgets=(),
    report_only_until=None,
)


def rule(ident: str, *, roles: tuple[str, ...] = ("security",)) -> RuleTried:
    return RuleTried(
        id=ident,
        title="No high",
        place="policies/gate.yaml:9:5",
        controls=("PCI-6.3.3",),
        outcome="fail",
        certain=True,
        assumed=(),
        fields=(),
        grace=None,
        exceptions=(),
        exception_roles=roles,
    )


def explained(found: Finding, *rules: RuleTried) -> str:
    return explain_view.finding(
        Explanation(
            finding=found,
            disagreement=False,
            assumed=(),
            priority=PriorityGiven(priority="P1", title="High", place=""),
            rules=rules,
            exceptions=(),
            upgrade="",
        ),
        "text",
    )


def test_one_exception_has_to_name_every_failing_rule() -> None:
    shown = explained(records.sast(), rule("R-1", roles=("ciso",)), rule("R-2", roles=("a", "b")))
    assert "an exception from R-1, R-2, approved by ciso and by a or b" in shown


def test_no_exception_is_offered_where_one_of_the_rules_allows_none() -> None:
    shown = explained(records.sast(), rule("R-1"), rule("R-2", roles=()))
    assert "no exception is possible from R-2" in shown
    assert "or an exception" not in shown


def test_what_an_exception_has_to_name_is_shown() -> None:
    found = records.sast()
    assert f"match_key  {found.match_key}" in explained(found, rule("R-1"))


def test_the_controls_of_a_failing_rule_are_shown() -> None:
    assert "PCI-6.3.3" in explained(records.sast(), rule("R-1"))


def test_a_secret_is_to_be_revoked() -> None:
    found = msgspec.structs.replace(records.sast(), kind=Kind.SECRET)
    assert "revoke it" in explained(found, rule("R-1"))


@pytest.fixture
def whole() -> str:
    counts = [
        RuleCount(id=ident, title="T", place="p", breaches=n, warnings=0, grace=0, excepted=0)
        for ident, n in (("A", 1), ("LONGER-ID", 12))
    ]
    severities = dict.fromkeys((Severity.LOW, Severity.MEDIUM, Severity.CRITICAL), 1)
    return explain_view.verdict(
        VerdictExplanation(
            verdict=Decision.FAIL,
            policy="mine",
            digest="sha256:0",
            rules=tuple(counts),
            severities=severities,
            assumed={},
            uncertain=0,
            unanswered=(),
            tolerated=(),
            budgets=(),
            exceptions=(),
            plan=PLAN,
        ),
        "text",
    )


def test_the_worst_severity_is_named_first(whole: str) -> None:
    assert "1 critical, 1 medium, 1 low" in whole


def test_the_columns_of_the_rules_line_up(whole: str) -> None:
    places = [line.index("T  p") for line in whole.splitlines() if line.endswith("T  p")]
    assert len(places) == 2
    assert len(set(places)) == 1


def test_what_has_to_be_done_is_told_with_commands_and_people(whole: str) -> None:
    shown = whole.partition("TO PASS")[2]
    assert "upgrade npm/lodash 4.17.20 -> 4.17.21  removes 2 findings" in shown
    assert "npm install lodash@4.17.21  (in web)" in shown
    assert "except CVE-2026-1 in pkg:pypi/a@1 from GATE-002" in shown
    assert "at most 30 days (P1), renews EX-1" in shown
    assert "approved by 2 of security or ciso: a@x, b@x" in shown
    assert "cannot pass: CVE-2026-2 in pkg:pypi/b@1: R allows none" in shown
    assert shown.rstrip().endswith("after 2 actions: FAIL")
    assert max(map(len, shown.splitlines())) <= 80
