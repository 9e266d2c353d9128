"""Every change of a policy is told, with the way that it goes."""

import pytest

from pipeline.authoring.changes import changes
from tests.support.judging import exception, policy, with_exceptions

HIGH = "{id: R-HIGH, title: a, match: {severity: [critical, high]}, effect: fail}"
BUDGET = "[{id: B, title: few, count: exceptions_active, lt: 5, effect: fail}]"


def test_the_same_policy_has_no_changes() -> None:
    assert changes(with_exceptions(exception()), with_exceptions(exception())) == ()


@pytest.mark.parametrize(
    ("section", "strict", "weak", "subject"),
    [
        ("rules", f"[{HIGH}, {HIGH.replace('R-HIGH', 'R-2')}]", f"[{HIGH}]", "R-2"),
        ("rules", f"[{HIGH}]", f"[{HIGH.replace('effect: fail', 'effect: warn')}]", "R-HIGH"),
        ("rules", f"[{HIGH}]", f"[{HIGH.replace('critical, high', 'critical')}]", "R-HIGH"),
        ("rules", f"[{HIGH}]", f"[{HIGH.replace('match: {', 'match: {kind: [sca], ')}]", "R-HIGH"),
        ("rules", f"[{HIGH}]", f"[{HIGH[:-1]}, effect_in: {{pr: warn}}}}]", "R-HIGH"),
        (
            "rules",
            f"[{HIGH[:-1]}, exception_roles: []}}]",
            f"[{HIGH[:-1]}, exception_roles: [dev]}}]",
            "R-HIGH",
        ),
        ("budgets", BUDGET, "[]", "B"),
        ("budgets", BUDGET, BUDGET.replace("lt: 5", "lt: 6"), "B"),
        ("exceptions", "{approvals: {default: 2}}", "{approvals: {default: 1}}", "exceptions"),
        ("exceptions", "{max_days: {P0: 5}}", "{max_days: {P0: 6}}", "exceptions"),
        ("report_only_until", "{}", "{pr: 2027-01-31}", "report_only_until"),
        ("signing", "{max_age_hours: 12}", "{max_age_hours: 24}", "signing"),
        ("signing", "{rekor_down: wait}", "{rekor_down: key}", "signing"),
        ("unknowns", "{severity: critical}", "{severity: high}", "unknowns"),
        ("evidence", "{sandbox: required}", "{sandbox: preferred}", "evidence.sandbox"),
        ("evidence", "{sandbox: preferred}", "{sandbox: 'off'}", "evidence.sandbox"),
        (
            "evidence",
            "{stages: {semgrep: {required: always}}}",
            "{stages: {semgrep: {required: when_present}}}",
            "evidence.stages.semgrep",
        ),
    ],
)
def test_a_change_is_weaker_one_way_and_stricter_the_other(
    section: str, strict: str, weak: str, subject: str
) -> None:
    before, after = policy(**{section: strict}), policy(**{section: weak})
    there, back = changes(before, after), changes(after, before)
    assert there
    assert {one.subject for one in there} == {one.subject for one in back} == {subject}
    assert {one.way for one in there} == {"weaker"}
    assert {one.way for one in back} == {"stricter"}


def test_an_exception_more_is_weaker_and_an_edited_one_has_to_be_read() -> None:
    (added,) = changes(policy(), with_exceptions(exception()))
    assert (added.way, added.told) == ("weaker", "file + EX-1")
    (edited,) = changes(
        with_exceptions(exception()), with_exceptions(exception(expires="2026-12-09"))
    )
    assert (edited.way, edited.subject) == ("unclear", "EX-1")


def test_the_same_in_several_environments_is_told_once_and_another_way_apart() -> None:
    before = policy(evidence="{stages: {semgrep: {required: when_present}}}")
    after = policy(
        evidence="{stages: {semgrep: {required: always, required_in: {pr: no, weekly: no}}}}"
    )
    assert [(one.way, one.told) for one in changes(before, after)] == [
        ("weaker", "required in pr, weekly when_present -> no"),
        ("stricter", "required in main, release when_present -> always"),
    ]
