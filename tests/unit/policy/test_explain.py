from typing import Any

import msgspec
import pytest

from pipeline.errors import UsageError
from pipeline.model.artifact import Feed
from pipeline.model.finding import Finding, SeverityClaim, State
from pipeline.model.gap import Gap, GapReason
from pipeline.model.imported import Imported
from pipeline.model.severity import Severity
from pipeline.policy.explaining.actions import Except, Plan, Upgrade, Ways
from pipeline.policy.explaining.advice import explain_verdict
from pipeline.policy.explaining.explain import explain
from pipeline.policy.explaining.explanation import Explanation, RuleTried, VerdictExplanation
from pipeline.policy.explaining.gap_help import HELP, OF_REPORTS
from pipeline.policy.judging.gate import judge
from pipeline.policy.model import Policy
from tests.support.judging import (
    answers,
    case,
    code,
    exception,
    package,
    policy,
    with_exceptions,
)

RULES = """
  - id: R-HIGH
    title: No high
    match: {kind: [sca], severity: [high], fix_available: true}
    effect: fail
    grace: {days: 7, from: advisory_published, only_if: {kev: false}}
    exception_roles: [ciso]
    controls: [SOC2-CC7.1]
  - {id: R-NEW, title: No new, match: {kind: [sca], state: [new]}, effect: warn}
  - {id: R-CODE, title: No code, match: {kind: [sast]}, effect: fail}
"""


def planned(said: VerdictExplanation) -> Plan:
    assert said.plan is not None
    return said.plan


def told(judged_by: Policy, finding: Finding, *others: Finding) -> Explanation:
    judged = case(judged_by, finding, *others)
    return explain(judged, judge(judged), finding.id)


def rule(explanation: Explanation, ident: str) -> RuleTried:
    return next(one for one in explanation.rules if one.id == ident)


def test_each_rule_is_told_with_its_line_its_fields_and_what_came_of_it() -> None:
    judged_by = policy(rules=RULES, unknowns="{fix_available: 'true'}")
    said = told(judged_by, package(severity=Severity.UNKNOWN))
    high, new, other = said.rules
    assert (high.outcome, high.certain) == ("fail", True)
    assert high.assumed == ("severity", "fix_available")
    assert high.place.startswith("policies/gate.yaml:")
    assert (high.controls, high.exception_roles) == (("SOC2-CC7.1",), ("ciso",))
    assert [(one.field, one.wanted, one.found, one.answer) for one in high.fields] == [
        ("kind", "sca", "sca", "yes"),
        ("severity", "high", "unknown", "assumed"),
        ("fix_available", "true", "unknown", "assumed"),
    ]
    assert (new.outcome, new.certain) == ("warn", False)
    assert (other.outcome, other.certain, other.assumed) == ("not met", False, ())
    assert [(one.field, one.value) for one in said.assumed] == [
        ("fix_available", "true"),
        ("severity", "high"),
    ]


def test_a_withdrawn_advisory_is_explained_as_a_warning() -> None:
    said = told(policy(rules=RULES), package(withdrawn="2026-01-01", kev=False))
    assert {one.outcome for one in said.rules} == {"warn", "not met"}


def test_the_explanation_agrees_with_the_verdict() -> None:
    judged_by = with_exceptions(
        exception(rules="[R-HIGH]", target="{vulnerability: CVE-E, purl: 'pkg:pypi/e@1'}"),
        rules=RULES,
    )
    many = [
        package(severity=Severity.UNKNOWN),
        package("e", "1", cve="CVE-E"),
        package("g", "1", cve="CVE-G", kev=False, advisory_published="2026-11-24"),
        package("n", "1", cve="CVE-N", state=State.NEW),
        code(),
    ]
    judged = case(judged_by, *many)
    judgement = judge(judged)
    verdict = judgement.verdict
    lists = {
        "fail": {(one.rule, one.finding) for one in verdict.breaches},
        "warn": {(one.rule, one.finding) for one in verdict.warnings if one.finding},
        "grace": {(one.rule, one.finding) for one in verdict.grace},
        "excepted": {(r, one.finding) for one in verdict.excepted for r in one.rules},
    }
    found: dict[str, set[tuple[str, str | None]]] = {name: set() for name in lists}
    for one in many:
        for tried in explain(judged, judgement, one.id).rules:
            if tried.outcome != "not met":
                found[tried.outcome].add((tried.id, one.id))
    assert found == lists
    assert all(lists.values())


def test_the_row_that_gave_the_priority_is_named() -> None:
    said = told(policy(), package())
    assert (said.priority.priority, said.priority.title) == ("P1", "High")
    assert said.priority.place == "policies/gate.yaml:7:5"
    low = told(policy(), package(severity=Severity.LOW))
    assert (low.priority.priority, low.priority.place) == ("P3", "")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kev": True}, "never, since it is known to be exploited"),
        ({"kev": False, "state": State.NEW}, "never, since it is new"),
        ({"kev": None}, "only_if kev = false (is unknown)"),
        ({"kev": False}, "advisory_published is unknown"),
        ({"kev": False, "advisory_published": "2026-11-01"}, "7 days from 2026-11-01 are over"),
    ],
)
def test_grace_that_is_not_used_says_why(fields: dict[str, Any], why: str) -> None:
    said = told(policy(rules=RULES), package(**fields))
    tried = rule(said, "R-HIGH").grace
    assert tried is not None
    assert (tried.until, tried.why_not) == (None, why)


def test_grace_that_is_used_says_until_when() -> None:
    said = told(policy(rules=RULES), package(kev=False, advisory_published="2026-11-24"))
    tried = rule(said, "R-HIGH").grace
    assert tried is not None
    assert (tried.until, tried.why_not) == ("2026-12-01", "")


def test_a_near_miss_says_field_by_field_why_it_does_not_apply() -> None:
    said = told(with_exceptions(exception()), package(version="2.11"))
    (one,) = said.exceptions
    assert (one.id, one.applied, one.status) == ("EX-1", False, "unused")
    assert one.place == "policies/exceptions/EX-1.yaml:11:1"
    assert one.days_left == 15
    assert {field.field: field.answer for field in one.fields} == {
        "vulnerability": "yes",
        "purl": "no",
        "artifact": "yes",
        "environments": "yes",
        "rules": "yes",
    }
    purl = next(field for field in one.fields if field.field == "purl")
    assert (purl.wanted, purl.found) == ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2@2.11")


def test_one_that_matched_and_was_void_says_so_and_the_applied_one_too() -> None:
    said = told(with_exceptions(exception()), package(kev=True))
    (one,) = said.exceptions
    assert (one.applied, one.status) == (False, "void")
    assert all(field.answer == "yes" for field in one.fields)
    assert "void_if.kev" in one.reason
    (applied,) = told(with_exceptions(exception()), package()).exceptions
    assert applied.applied


def test_an_exception_for_one_of_two_cves_says_what_is_missing() -> None:
    said = told(with_exceptions(exception()), package(aliases=("CVE-2026-11111", "CVE-2026-2")))
    (one,) = said.exceptions
    assert not one.applied
    assert "CVE-2026-2 needs an exception of its own" in one.reason or "each of" in one.reason


def test_exceptions_for_something_else_are_not_near() -> None:
    others = with_exceptions(
        exception(target="{vulnerability: CVE-2026-2, purl: 'pkg:pypi/flask@1'}"),
        exception("EX-2", target=f"{{match_key: {'0' * 32}}}"),
    )
    assert told(others, package()).exceptions == ()


def test_those_that_miss_by_least_come_first() -> None:
    judged_by = with_exceptions(
        exception("EX-A", target="{vulnerability: CVE-9, purl: 'pkg:pypi/jinja2@3'}"),
        exception("EX-B", target="{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@3'}"),
        exception("EX-C"),
    )
    assert [one.id for one in told(judged_by, package()).exceptions] == ["EX-C", "EX-B", "EX-A"]


def test_a_finding_is_found_by_its_id_the_beginning_of_it_or_its_advisory() -> None:
    judged = case(policy(), package(), code())
    judgement = judge(judged)
    wanted = package().id
    for name in (wanted, wanted[:8], wanted[:8].upper(), "CVE-2026-11111", "cve-2026-11111"):
        assert explain(judged, judgement, name).finding.id == wanted


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "no finding"), ("zzzz", "no finding"), ("CVE-2026-11111", "2 findings are called")],
)
def test_a_name_that_fits_none_or_several_is_refused(name: str, message: str) -> None:
    judged = case(policy(), package(), package(target="other.txt"))
    with pytest.raises(UsageError, match=message) as caught:
        explain(judged, judge(judged), name)
    assert caught.value.hint


def test_where_there_is_no_finding_nobody_is_told_to_spell_it_better() -> None:
    judged = case(policy())
    with pytest.raises(UsageError, match="no finding is called 'DS-0002'") as caught:
        explain(judged, judge(judged), "DS-0002")
    assert caught.value.hint == "the bundle holds no finding at all; --verdict explains the whole"


def test_sources_that_disagree_by_two_steps_are_flagged() -> None:
    def claims(*words: str) -> tuple[SeverityClaim, ...]:
        return tuple(SeverityClaim(source=word, value=Severity(word)) for word in words)

    assert told(policy(), package(severities=claims("high", "low"))).disagreement
    assert not told(policy(), package(severities=claims("high", "medium"))).disagreement
    assert not told(policy(), package(severities=claims("high", "unknown"))).disagreement


@pytest.mark.parametrize(
    ("finding", "upgrade"),
    [
        (package(fix_versions=("3.1.6", "2.10.1", "2.9")), "from 2.10 to 2.10.1"),
        (package(fix_versions=()), "no version of pkg:pypi/jinja2 mends it yet"),
        (package(fix_versions=None), ""),
        (code(), ""),
    ],
)
def test_the_upgrade_that_mends_it_is_the_lowest_one(finding: Finding, upgrade: str) -> None:
    said = told(policy(), finding).upgrade
    assert (upgrade in said) if upgrade else (said == "")


def test_the_verdict_is_explained_by_counts_and_the_cheapest_way_out() -> None:
    judged_by = with_exceptions(
        exception("EX-1", target="{vulnerability: CVE-E, purl: 'pkg:pypi/e@1'}"),
        exception("EX-2", expires="2026-12-01"),
        exception("EX-3", ticket="''"),
        budgets="[{id: B, title: b, count: exceptions_active, lt: 9, effect: fail}]",
    )
    judged = case(
        judged_by,
        package("e", "1", cve="CVE-E"),
        package("a", "1", cve="CVE-A1", fix_versions=("2",)),
        package("a", "1", cve="CVE-A2", fix_versions=("1.5",)),
        package("b", "1", cve="CVE-B", fix_versions=("1.1",), severity=Severity.UNKNOWN),
        package("c", "1", cve="CVE-C", fix_versions=()),
        package("m", "1", cve="CVE-M", severity=Severity.MEDIUM, fix_versions=("2",)),
    )
    said = explain_verdict(judged, judge(judged), {})
    high, medium = said.rules
    assert (high.breaches, high.warnings, high.grace, high.excepted) == (4, 0, 0, 1)
    assert (medium.breaches, medium.warnings) == (0, 1)
    bumps = [one for one in planned(said).actions if isinstance(one, Upgrade)]
    assert [(one.package, one.to, len(one.findings)) for one in bumps] == [
        ("pkg:pypi/a", "2", 2),
        ("pkg:pypi/b", "1.1", 1),
    ]
    rest = [one for one in planned(said).actions if one not in bumps]
    assert [one.vulnerability for one in rest if isinstance(one, Except)] == ["CVE-C"]
    assert len(rest) == 1
    assert dict(said.assumed) == {"severity": 1}
    assert [(one.record.id, one.days_left) for one in said.exceptions] == [
        ("EX-2", 6),
        ("EX-1", 15),
        ("EX-3", None),
    ]
    assert said.severities == {"high": 5, "medium": 1}


def test_what_report_only_hides_is_still_worth_mending() -> None:
    judged_by = policy(report_only_until="{pr: 2027-01-01}")
    judged = case(judged_by, package(fix_versions=("3",)))
    (one,) = planned(explain_verdict(judged, judge(judged), {})).actions
    assert isinstance(one, Upgrade)
    assert one.package == "pkg:pypi/jinja2"


def test_one_bump_covers_every_manifest_and_installed_version() -> None:
    fixes = ("2.10.1", "3.0.1")
    judged = case(
        policy(),
        package(version="2.10", target="a.txt", fix_versions=fixes),
        package(version="3.0", target="b.txt", fix_versions=fixes),
    )
    (one,) = planned(explain_verdict(judged, judge(judged), {})).actions
    assert isinstance(one, Upgrade)
    assert (one.versions, one.to, one.targets) == (("2.10", "3.0"), "3.0.1", ("a.txt", "b.txt"))


def test_a_finding_is_known_by_its_advisory_and_package() -> None:
    one = package("jinja2", "2.10", cve="CVE-2026-11111")
    judged = case(policy(), one, package("flask", "1", cve="CVE-2026-11111"), code())
    judgement = judge(judged)
    for name in ("CVE-2026-11111@jinja2", "cve-2026-11111@pkg:pypi/jinja2@2.10"):
        assert explain(judged, judgement, name).finding.id == one.id
    with pytest.raises(UsageError) as several:
        explain(judged, judgement, "CVE-2026-11111")
    assert one.id[:12] in several.value.hint
    with pytest.raises(UsageError) as none:
        explain(judged, judgement, "CVE-2026-11112")
    assert "did you mean CVE-2026-11111" in none.value.hint


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        (f"{package().id[:7]}x", package().id[:8]),
        ("CVE-2026-11112", "CVE-2026-11111"),
        ("CVE-2026-11111@jinja3", "CVE-2026-11111@jinja2"),
        ("sqlinjection", "sql-injection"),
    ],
)
def test_what_was_mistyped_is_guessed_in_the_same_form(mistyped: str, meant: str) -> None:
    judged = case(policy(), package(), code())
    with pytest.raises(UsageError) as caught:
        explain(judged, judge(judged), mistyped)
    assert caught.value.hint == f"did you mean {meant}?"


def test_what_is_like_nothing_is_not_guessed() -> None:
    judged = case(policy(), package(), code())
    with pytest.raises(UsageError) as caught:
        explain(judged, judge(judged), "nonsense")
    assert "did you mean" not in caught.value.hint


def test_what_is_no_package_url_is_explained_all_the_same() -> None:
    junk = msgspec.structs.replace(package(fix_versions=("3",)), purl="junk")
    judged = case(policy(rules=RULES), junk)
    judgement = judge(judged)
    assert explain(judged, judgement, junk.id).finding.purl == "junk"
    told = explain_verdict(judged, judgement, {})
    assert [type(one) for one in planned(told).actions] == [Except]


ROLES = b"""
apiVersion: penstock/v1
kind: Roles
roles: {security: {members: [a@example.com, b@example.com], can: [approve_exception]}}
"""


def test_both_ways_out_are_tried_by_the_gate_and_say_who_may_approve() -> None:
    judged_by = policy({"roles.yaml": ROLES}, exceptions="{approvals: {default: 1, P1: 2}}")
    ways = told(judged_by, package(fix_versions=("3",))).ways
    assert ways.mending is not None
    (upgrade,) = ways.mending.actions
    assert isinstance(upgrade, Upgrade)
    assert (upgrade.to, ways.mending.left) == ("3", ())
    assert ways.excepting is not None
    (filed,) = ways.excepting.actions
    assert isinstance(filed, Except)
    assert (filed.approval.needed, filed.approval.roles) == (2, (("security",),))
    assert filed.approval.holders == ("a@example.com", "b@example.com")
    assert (ways.excepting.left, ways.no_exception) == ((), "")


def test_a_budget_that_an_exception_breaks_is_told() -> None:
    budget = "[{id: B, title: b, count: exceptions_active, lt: 1, effect: fail}]"
    way = told(policy(budgets=budget), package()).ways.excepting
    assert way is not None
    assert way.left == ("B",)


@pytest.mark.parametrize(
    ("sections", "fields", "why"),
    [
        ({}, {"kev": True}, "known to be exploited"),
        ({"exceptions": "{approvals: {default: 1}}"}, {}, "there is no roles.yaml"),
        ({"rules": RULES.replace("[ciso]", "[]")}, {"fix_versions": ("3",)}, "R-HIGH allows no"),
    ],
)
def test_why_no_exception_would_hold_is_told(
    sections: dict[str, str], fields: dict[str, Any], why: str
) -> None:
    ways = told(policy(**sections), package(**fields)).ways
    assert ways.excepting is None
    assert why in ways.no_exception


def test_a_finding_that_fails_no_rule_needs_no_way_out() -> None:
    assert told(policy(), package(severity=Severity.LOW)).ways == Ways()


@pytest.mark.parametrize("reason", GapReason)
def test_each_reason_of_a_missing_answer_says_what_to_do(reason: GapReason) -> None:
    assert HELP[reason]
    assert len(HELP[reason]) < 70
    assert len(OF_REPORTS.get(reason, "")) < 70


def test_the_inputs_of_a_verdict_are_the_policy_the_evidence_and_the_feeds() -> None:
    kev = Feed(
        name="kev",
        path="",
        digest="sha256:1",
        updated="2026-11-20T00:00:00Z",
        excerpt=True,
        records=1,
        version="2026.11.20",
    )
    judged = case(policy(), feeds=(kev,))
    files = {"findings.ndjson": "sha256:2", "coverage.json": "sha256:3", "raw/x": "sha256:4"}
    said = explain_verdict(judged, judge(judged), files).inputs
    assert [(one.name, one.digest) for one in said] == [
        ("policy", judged.policy.digest),
        ("findings.ndjson", "sha256:2"),
        ("coverage.json", "sha256:3"),
        ("feed kev", "sha256:1"),
        ("feed osv", "sha256:0"),
    ]
    assert said[3].note == "2026.11.20 of 2026-11-20, excerpt"


def test_a_missing_answer_brings_its_help() -> None:
    gap = Gap(stage=None, target=None, reason=GapReason.CLOCK)
    judged = case(policy(), gaps=(gap,))
    assert explain_verdict(judged, judge(judged), {}).help == {
        GapReason.CLOCK: HELP[GapReason.CLOCK]
    }


def test_what_to_do_about_a_report_from_elsewhere_is_no_installation() -> None:
    told = Imported(
        tool="Look",
        version="1.2",
        made="2026-11-25T08:00:00Z",
        targets=("shop",),
        lacks=(),
        typed=(),
        files=(),
    )
    semgrep, *others = answers()
    imported = msgspec.structs.replace(semgrep, imported=told)
    judged = case(policy(), stages=(imported, *others))
    said = explain_verdict(judged, judge(judged), {}).help
    assert said == {GapReason.TOOL_UNLOCKED: OF_REPORTS[GapReason.TOOL_UNLOCKED]}
    assert "evidence.imports" in said[GapReason.TOOL_UNLOCKED]
