"""What has to be done, action by action, proven by the gate."""

from typing import Final

from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision
from pipeline.policy.explaining.actions import Except, Mend, Remove, Upgrade
from pipeline.policy.explaining.to_pass import plan
from tests.support.judging import answers, case, code, exception, package, policy, with_exceptions

RULES: Final = """
  - {id: R-HIGH, title: a, match: {severity: [critical, high]}, effect: fail}
  - {id: R-CLOSED, title: b, match: {severity: [critical]}, effect: fail, exception_roles: []}
"""
BUDGETS: Final = "[{id: B, title: few, count: exceptions_active, lt: 2, effect: fail}]"
TERMS: Final = "{approvals: {default: 0}, max_days: {P0: 30}}"


def test_an_exception_that_holds_again_after_an_upgrade_is_not_written_anew() -> None:
    judged_by = with_exceptions(exception())
    exploited = package(target="two.txt", fix_versions=("3",), kev=True)
    told = plan(case(judged_by, package(target="one.txt"), exploited))
    (upgrade,) = told.actions
    assert isinstance(upgrade, Upgrade)
    assert (told.passes, told.blocked) == (True, ())


def test_what_passes_needs_nothing() -> None:
    told = plan(case(policy()))
    assert (told.actions, told.blocked, told.after) == ((), (), Decision.PASS)


def test_one_upgrade_mends_several_findings_in_several_places() -> None:
    many = [
        package("jinja2", "2.10", cve=cve, target=target, fix_versions=fixes)
        for cve, fixes in (("CVE-1", ("2.11.3", "3.1.3")), ("CVE-2", ("3.1.6",)))
        for target in ("requirements.txt", "web/poetry.lock")
    ]
    told = plan(case(policy(), *many))
    (upgrade,) = told.actions
    assert isinstance(upgrade, Upgrade)
    assert upgrade.commands == (
        "edit requirements.txt: jinja2==3.1.6",
        "poetry add jinja2==3.1.6  (in web)",
    )
    assert told.passes


def test_answers_that_are_missing_stay_missing() -> None:
    told = plan(case(policy(), package(fix_versions=("3",)), stages=answers()[1:]))
    assert (told.after, told.passes) == (Decision.INCONCLUSIVE, True)
    assert [one.stage for one in told.unanswered] == ["semgrep"]


def test_what_has_no_fix_and_allows_no_exception_cannot_pass() -> None:
    closed = policy(rules=RULES)
    told = plan(case(closed, package(severity=Severity.CRITICAL, fix_versions=())))
    assert not told.passes
    assert [one.why for one in told.blocked] == ["R-CLOSED allows no exception"]


def test_a_full_budget_leaves_no_room() -> None:
    full = with_exceptions(exception(), budgets=BUDGETS.replace("lt: 2", "lt: 2"), exceptions=TERMS)
    second = package("other", "1", cve="CVE-2", fix_versions=())
    told = plan(case(full, package(fix_versions=()), second))
    assert not told.passes
    assert [one.name for one in told.blocked] == ["B"]


def test_an_idle_exception_makes_room() -> None:
    idle = with_exceptions(exception(), budgets=BUDGETS, exceptions=TERMS)
    told = plan(case(idle, package("other", "1", cve="CVE-2", fix_versions=())))
    assert [type(one) for one in told.actions] == [Except, Remove]
    assert told.passes


def test_nobody_may_approve_without_roles() -> None:
    told = plan(case(policy(exceptions="{approvals: {default: 1}}"), package(fix_versions=())))
    assert [one.why for one in told.blocked] == [
        "1 person of security must approve, and there is no roles.yaml"
    ]


def test_a_day_of_report_only_is_looked_behind() -> None:
    told = plan(case(policy(report_only_until="{pr: 2027-01-31}"), code()))
    assert told.report_only_until == "2027-01-31"
    assert [type(one) for one in told.actions] == [Mend]
