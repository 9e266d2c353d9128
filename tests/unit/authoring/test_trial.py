"""Policy tests are judged as a run would be, and say what differs and why."""

import pytest

from pipeline.authoring.trial import STATUSES, run
from pipeline.errors import UsageError
from pipeline.model.verdict import ExceptionStatus
from tests.support.authoring import HEAD, suite, told, trials
from tests.support.judging import exception, policy, with_exceptions

PACKAGE = "kind: sca, aliases: [CVE-2026-11111], purl: 'pkg:pypi/jinja2@2.10'"
SAMPLE = f"""{HEAD}exceptions:
  - id: EX-1
    rules: [R-HIGH]
    target: {{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10'}}
    owner: dave@example.com
    requester: erin@example.com
    ticket: SEC-482
    reason: Only operators write these templates, and the upgrade waits for the next release.
    created: 2026-11-20
    expires: 2026-12-10
"""


def one(finding: str, expect: str, *, more: str = "") -> str:
    return f"  - {{name: a, env: pr, findings: [{{{finding}}}], {more}expect: {{{expect}}}}}\n"


@pytest.mark.parametrize(
    "case",
    [
        one(f"{PACKAGE}, severity: high", "verdict: fail, rules: [R-HIGH], priority: P1"),
        one(f"{PACKAGE}, severity: medium", "verdict: warn, rules: [], warnings: [R-MEDIUM]"),
        one(f"{PACKAGE}, severity: low", "verdict: pass, rules: [], warnings: []"),
        one(f"{PACKAGE}", "verdict: fail, rules: [R-HIGH], assumed: [severity]"),
        "  - {name: a, env: pr, expect: {verdict: pass, unanswered: []}}\n",
        (
            "  - {name: a, env: pr, gaps: [{stage: semgrep, target: a.py, reason: timeout}],"
            " expect: {verdict: inconclusive, unanswered: [semgrep]}}\n"
        ),
        (
            "  - {name: a, env: pr, gaps: [{stage: semgrep}],"
            " expect: {verdict: inconclusive, unanswered: [semgrep]}}\n"
        ),
        (
            "  - {name: a, env: pr, gaps: [{reason: clock}],"
            " expect: {verdict: inconclusive, unanswered: [run]}}\n"
        ),
        (
            "  - {name: a, env: pr, absent: [semgrep, pip-audit],"
            " expect: {verdict: inconclusive, unanswered: [semgrep]}}\n"
        ),
    ],
)
def test_what_comes_is_what_the_gate_would_say(case: str) -> None:
    assert told(policy(), case).green


@pytest.mark.parametrize("key", sorted(STATUSES))
def test_every_fate_of_an_exception_has_a_key(key: str) -> None:
    missing = set(ExceptionStatus) - {ExceptionStatus.ACTIVE, *STATUSES.values()}
    assert not missing
    assert STATUSES[key].value == key


@pytest.mark.parametrize(
    ("finding", "more", "expect"),
    [
        ("severity: high", "", "verdict: pass, excepted: [EX-1]"),
        ("severity: high, kev: true", "", "verdict: fail, void: [EX-1], excepted: []"),
        ("severity: low", "", "verdict: warn, unused: [EX-1]"),
        ("severity: high", "now: 2026-12-10, ", "verdict: fail, expired: [EX-1]"),
        ("severity: high", "now: 2026-11-19, ", "verdict: fail, not_yet: [EX-1]"),
        ("severity: high", "signed_by: [], ", "verdict: fail, unapproved: [EX-1]"),
        ("severity: high", "signed_by: [alice@example.com], ", "verdict: pass, unapproved: []"),
        ("severity: high", "signed_by: [erin@example.com], ", "verdict: fail, unapproved: [EX-1]"),
        ("severity: high", "signed_by: [zoe@example.com], ", "verdict: fail, unapproved: [EX-1]"),
    ],
)
@pytest.mark.parametrize("sample", [True, False])
def test_an_exception_counts_where_a_case_names_it(
    finding: str, more: str, expect: str, *, sample: bool
) -> None:
    roles = (
        b"apiVersion: penstock/v1\nkind: Roles\nroles: {security: {members: [alice@example.com,"
        b" erin@example.com], can: [approve_exception]}}\n"
    )
    files = {"roles.yaml": roles}
    if not sample:
        files["exceptions/EX-1.yaml"] = exception()
    judged = policy(files, exceptions="{approvals: {default: 1}}")
    case = one(f"{PACKAGE}, {finding}", expect, more=f"exceptions: [EX-1], {more}")
    assert told(judged, case, head=SAMPLE if sample else HEAD).cases[0].differences == ()


def test_an_exception_that_no_case_names_does_not_exist() -> None:
    case = one(f"{PACKAGE}, severity: high", "verdict: fail, unused: []")
    assert told(with_exceptions(exception()), case).green


def test_an_exception_that_the_policy_refuses_is_invalid_here_too() -> None:
    rules = "[{id: R-HIGH, title: a, effect: fail, match: {severity: [high]}, exception_roles: []}]"
    case = one(
        f"{PACKAGE}, severity: high", "verdict: fail, invalid: [EX-1]", more="exceptions: [EX-1], "
    )
    assert told(policy(rules=rules), case, head=SAMPLE).green


def test_an_exception_that_nobody_wrote_is_refused_by_name() -> None:
    case = one(PACKAGE, "verdict: fail", more="exceptions: [EX-11], ")
    with pytest.raises(UsageError, match="no exception EX-11") as caught:
        trials(policy(), case, head=SAMPLE)
    assert "EX-1" in caught.value.hint


def test_a_difference_tells_what_was_expected_what_came_and_why() -> None:
    report = told(
        policy(),
        one(f"{PACKAGE}, severity: medium", "verdict: fail, rules: [R-HIGH], priority: P1"),
    )
    assert not report.green
    verdict, rules, priority = report.cases[0].differences
    assert (verdict.expected, verdict.got) == (("fail",), ("warn",))
    assert (rules.expected, rules.got) == (("R-HIGH",), ())
    assert rules.place == "policies/tests/a_test.yaml:5:148"
    assert "R-HIGH does not match f1: severity = critical | high (is medium)" in rules.notes[0]
    assert "policies/gate.yaml:" in rules.notes[0]
    assert "f1 is P2 by the row 'Medium'" in priority.notes[0]


def test_coverage_tells_which_rules_no_case_meets() -> None:
    report = told(policy(), one(f"{PACKAGE}, severity: high", "verdict: fail"))
    high, medium = report.rules
    assert (high.failed, high.passed, high.met) == (1, 0, True)
    assert (medium.failed, medium.passed, medium.met) == (0, 1, False)


def test_only_some_cases_can_be_run() -> None:
    cases = (
        "  - {name: about high, env: pr, expect: {verdict: pass}}\n"
        "  - {name: about low, env: pr, expect: {verdict: pass}}\n"
    )
    assert len(run(suite(cases), policy(), only="HIGH")) == 1
    assert len(run(suite(cases), policy(), only="a_test")) == 2


def test_a_policy_that_takes_excerpts_can_be_tried_for_the_weekly_scan_too() -> None:
    accepting = policy(evidence="{excerpts: accept}")
    (trial,) = trials(accepting, "  - {name: a, env: weekly, expect: {verdict: pass}}\n")
    assert not trial.mismatches
