"""One case under two policies: what starts to fail, and what gets through."""

from typing import Final

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipeline.authoring.difference import compare
from pipeline.model.finding import Finding, State
from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision
from pipeline.policy.case import Case
from pipeline.policy.model import Policy
from tests.support.judging import answers, case, code, exception, package, policy, with_exceptions

RULES: Final = """
  - {id: R-HIGH, title: a, match: {severity: [critical, high]}, effect: fail}
  - id: R-SCA
    title: b
    match: {kind: [sca]}
    effect: fail
    grace: {days: 7, from: advisory_published, only_if: {kev: false}}
  - {id: R-CODE, title: c, match: {kind: [sast], state: [new, unknown]}, effect: fail}
  - {id: R-MEDIUM, title: d, match: {severity: [medium]}, effect: warn}
"""
BUDGETS: Final = "[{id: B-EX, title: few, count: exceptions_active, lt: 2, effect: fail}]"
EXCEPTIONS: Final = "{approvals: {default: 0}, max_days: {P0: 30}}"

findings = st.lists(
    st.builds(
        package,
        st.sampled_from(["a", "b"]),
        cve=st.sampled_from(["CVE-2026-1", "CVE-2026-2"]),
        severity=st.sampled_from(Severity),
        kev=st.sampled_from([None, False, True]),
        advisory_published=st.sampled_from([None, "2026-11-22"]),
        fix_versions=st.sampled_from([None, (), ("9",)]),
    )
    | st.builds(
        code,
        st.sampled_from(["sql", "shell"]),
        severity=st.sampled_from(Severity),
        state=st.sampled_from(State),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    found = draw(findings)
    texts = []
    for number, one in enumerate(
        draw(st.lists(st.sampled_from(found), max_size=3)) if found else ()
    ):
        target = f"{{vulnerability: {one.rule}, purl: '{one.purl}'}}"
        if one.purl is None:
            target = f"{{match_key: {one.match_key}}}"
        rules = draw(st.sampled_from(["[R-HIGH]", "[R-HIGH, R-SCA, R-CODE]"]))
        matches = draw(st.sampled_from(["1", "5"]))
        texts.append(exception(f"EX-{number}", target=target, rules=rules, max_matches=matches))
    judged_by = with_exceptions(*texts, rules=RULES, budgets=BUDGETS, exceptions=EXCEPTIONS)
    return case(judged_by, *found)


def without(one: Policy, rule: str) -> Policy:
    rules = tuple(kept for kept in one.rules if kept.id != rule)
    return msgspec.structs.replace(one, rules=rules)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_same_policy_changes_nothing(judged: Case) -> None:
    same = compare(judged, judged.policy)
    event(same.before)
    assert same.before is same.after
    assert not same.weaker
    assert not same.stricter
    assert same.exceptions_new == same.exceptions_freed == same.exceptions_dead == ()


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from(["R-HIGH", "R-SCA", "R-CODE", "R-MEDIUM"]))
def test_a_dropped_rule_never_makes_a_finding_fail(judged: Case, rule: str) -> None:
    told = compare(judged, without(judged.policy, rule))
    event(f"{len(told.newly_passing)} pass")
    assert told.newly_failing == ()
    assert told.gaps_new == ()
    assert all(one.rules == (rule,) for one in told.newly_passing)


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from(["R-HIGH", "R-SCA", "R-CODE"]))
def test_there_and_back_are_each_other_turned_round(judged: Case, rule: str) -> None:
    other = without(judged.policy, rule)
    there = compare(judged, other)
    back = compare(msgspec.structs.replace(judged, policy=other), judged.policy)
    assert [one.finding for one in there.newly_passing] == [
        one.finding for one in back.newly_failing
    ]
    assert (there.before, there.after) == (back.after, back.before)
    assert (there.breaches_gone, there.gaps_gone) == (back.breaches_new, back.gaps_new)


def passing(finding: Finding, before: Policy, after: Policy) -> tuple[str, ...]:
    (one,) = compare(case(before, finding), after).newly_passing
    assert one.finding == finding.id
    return one.why


def test_it_is_said_why_a_finding_gets_through() -> None:
    before = policy()
    high = package()
    assert passing(high, before, without(before, "R-HIGH")) == ("R-HIGH is no rule",)
    narrower = "[{id: R-HIGH, title: a, match: {severity: [critical]}, effect: fail}]"
    assert passing(high, before, policy(rules=narrower)) == ("R-HIGH does not match",)
    softer = "[{id: R-HIGH, title: a, match: {severity: [high]}, effect: warn}]"
    assert passing(high, before, policy(rules=softer)) == ("R-HIGH warns",)
    later = policy(report_only_until="{pr: 2027-01-31}")
    assert passing(high, before, later) == ("R-HIGH is reported only until 2027-01-31",)
    assert passing(high, before, with_exceptions(exception())) == ("EX-1 excepts it from R-HIGH",)
    patient = """
  - id: R-HIGH
    title: a
    match: {severity: [high]}
    effect: fail
    grace: {days: 9, from: advisory_published, only_if: {kev: false}}
"""
    known = package(kev=False, advisory_published="2026-11-20")
    assert passing(known, before, policy(rules=patient)) == ("R-HIGH gives grace until 2026-11-29",)


def test_what_still_fails_by_another_rule_does_not_get_through() -> None:
    judged = case(policy(rules=RULES), package())
    assert compare(judged, without(judged.policy, "R-SCA")).newly_passing == ()


def test_a_new_rule_names_what_it_stops() -> None:
    extra = "[{id: R-NEW, title: a, match: {severity: [medium]}, effect: fail}]"
    told = compare(case(policy(), package(severity=Severity.MEDIUM)), policy(rules=extra))
    (one,) = told.newly_failing
    assert (one.rules, one.why) == (("R-NEW",), ("R-NEW is no rule",))
    assert (told.before, told.after) == (Decision.WARN, Decision.FAIL)
    assert told.stricter
    assert not told.weaker


def test_an_answer_that_is_no_longer_owed_is_a_weakening() -> None:
    asked = policy()
    told = compare(
        case(asked, stages=answers()[1:]),
        policy(evidence="{stages: {semgrep: {required: no}, pip-audit: {required: always}}}"),
    )
    assert [one.stage for one in told.gaps_gone] == ["semgrep"]
    assert told.before is Decision.INCONCLUSIVE
    assert told.weaker


def test_a_wider_budget_lets_a_breach_go() -> None:
    tight = "[{id: B, title: few, count: exceptions_active, lt: 1, effect: fail}]"
    before = with_exceptions(exception(), budgets=tight)
    after = with_exceptions(exception(), budgets=tight.replace("lt: 1", "lt: 9"))
    told = compare(case(before, package()), after)
    assert [one.partition(":")[0] for one in told.breaches_gone] == ["B"]
    assert told.weaker
    (narrower,) = compare(case(after, package()), before).breaches_new
    assert narrower.startswith("B: few")


def test_exceptions_come_to_life_are_freed_and_die() -> None:
    covered = with_exceptions(exception())
    judged = case(covered, package())
    assert compare(judged, without(covered, "R-HIGH")).exceptions_freed == ("EX-1",)
    ended = with_exceptions(exception(expires="2026-11-22"))
    assert compare(judged, ended).exceptions_dead == ("EX-1",)
    assert compare(case(ended, package()), covered).exceptions_new == ("EX-1",)
