"""What has to be done: proven by the gate, and held against every smaller set of actions."""

from itertools import combinations
from typing import Final

from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision
from pipeline.policy.case import Case
from pipeline.policy.explaining.actions import Action, Approval, Except, Mend, Remove, Upgrade
from pipeline.policy.explaining.bumps import bump
from pipeline.policy.explaining.enact import enact
from pipeline.policy.explaining.to_pass import plan
from pipeline.policy.judging.gate import judge
from pipeline.policy.purl import at_version, unversioned
from tests.support.judging import answers, case, code, exception, package, policy, with_exceptions

RULES: Final = """
  - {id: R-HIGH, title: a, match: {severity: [critical, high]}, effect: fail}
  - {id: R-CLOSED, title: b, match: {severity: [critical]}, effect: fail, exception_roles: []}
"""
BUDGETS: Final = "[{id: B, title: few, count: exceptions_active, lt: 2, effect: fail}]"
TERMS: Final = "{approvals: {default: 0}, max_days: {P0: 30}}"
found = st.lists(
    st.builds(
        package,
        st.sampled_from(["a", "b"]),
        st.just("1"),
        cve=st.sampled_from(["CVE-2026-1", "CVE-2026-2"]),
        target=st.sampled_from(["one.txt", "two.txt"]),
        severity=st.sampled_from([Severity.HIGH, Severity.HIGH, Severity.CRITICAL, Severity.LOW]),
        fix_versions=st.sampled_from([None, (), ("2",), ("3",)]),
        kev=st.sampled_from([False, False, False, True]),
    )
    | st.builds(code, st.sampled_from(["sql", "shell"])),
    max_size=4,
    unique_by=lambda one: one.id,
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    findings = draw(found)
    texts = []
    packages = [one for one in findings if one.purl]
    some = draw(st.lists(st.sampled_from(packages), max_size=2)) if packages else []
    for number, one in enumerate(some):
        target = f"{{vulnerability: {one.rule}, purl: '{one.purl}'}}"
        texts.append(exception(f"EX-{number}", target=target))
    budgets = draw(st.sampled_from(["[]", BUDGETS]))
    return case(with_exceptions(*texts, rules=RULES, budgets=budgets, exceptions=TERMS), *findings)


def every_action(judged: Case) -> list[Action]:
    """List all that could be done, by other means than the search."""
    every: list[Action] = []
    packages = {unversioned(one.purl): [] for one in judged.findings if one.purl}  # type: ignore[var-annotated]
    for one in judged.findings:
        if one.purl is None:
            every.append(Mend(finding=one.id, rule=one.rule, place="", what=""))
        else:
            packages[unversioned(one.purl)].append(one)
    targets = {(one.rule, str(one.purl)) for one in judged.findings if one.purl}
    for name, members in packages.items():
        bad = [one for one in members if one.severity is not Severity.LOW]
        every += bump(("package", name), bad, members)
    for upgrade in [one for one in every if isinstance(one, Upgrade)]:
        targets |= {
            (rule, at_version(purl, upgrade.to))
            for rule, purl in targets
            if unversioned(purl) == upgrade.package
        }
    nobody = Approval(needed=0, roles=(), holders=())
    every += [
        Except(
            vulnerability=rule,
            purl=purl,
            artifact=None,
            match_key=None,
            rules=("R-HIGH",),
            findings=(),
            max_matches=9,
            days=7,
            priority="P0",
            approval=nobody,
            supersedes=None,
        )
        for rule, purl in sorted(targets)
    ]
    files = judged.policy.exceptions
    return [*every, *(Remove(exception=one.id, place=str(one.place), why="") for one in files)]


def passes(judged: Case, actions: tuple[Action, ...]) -> bool:
    ordered = sorted(actions, key=lambda one: isinstance(one, Except))
    return not judge(enact(judged, ordered)).verdict.breaches


@settings(max_examples=150, deadline=None)
@given(cases())
def test_what_is_promised_holds_and_nothing_smaller_does(judged: Case) -> None:
    told = plan(judged)
    after = judge(enact(judged, told.actions)).verdict
    assert after.verdict is told.after
    assert told.passes is (not after.breaches)
    event(f"{len(told.actions)} actions, passes: {told.passes}")
    if not told.passes:
        assert told.blocked
    if not told.smallest:
        return
    every = every_action(judged)
    most = len(told.actions) - 1 if told.passes else min(4, len(every))
    for size in range(most + 1):
        assert not any(passes(judged, some) for some in combinations(every, size))


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
