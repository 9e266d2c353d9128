"""A policy in words says everything that judges, and where it stands."""

from datetime import date

import pytest

from pipeline.authoring.phrases import match_words
from pipeline.authoring.templates import folder_of
from pipeline.authoring.words import Words, words
from pipeline.policy.loading.document import MatchTable
from pipeline.policy.loading.load import load
from pipeline.policy.model import ENVIRONMENTS, Policy
from tests.support.judging import STAGES, exception, policy, with_exceptions

TODAY = date(2026, 11, 25)


def default() -> Policy:
    return load(folder_of("default", name="p"), stages=STAGES, where="policies")


def told(judged: Policy, env: str = "main") -> Words:
    return words(judged, source="x", environment=env, today=TODAY)


def lines(judged: Policy, title: str, env: str = "main") -> list[str]:
    sections = {one.title: one for one in told(judged, env).sections}
    return [line.text for line in sections[title].lines] if title in sections else []


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_rule_row_role_and_budget_is_said_with_its_line(env: str) -> None:
    every = [line for one in told(default(), env).sections for line in one.lines]
    said = "\n".join(line.text for line in every)
    for rule in default().rules:
        (line,) = [one for one in every if one.text.startswith(f"{rule.id} ")]
        assert line.place == str(rule.place)
        assert ("FAILS" in line.text) is (rule.effect_for(env) == "fail")
    for row in default().priorities:
        assert row.title in said
    for budget in default().budgets:
        assert (budget.id in said) is (env in budget.environments)
    for stage in STAGES:
        assert f"{stage} has to answer" in said
    assert "security: alice@example.com and bob@example.com can edit policy" in said


def test_a_rule_is_a_sentence() -> None:
    (line,) = [one for one in lines(default(), "RULES") if one.startswith("GATE-002")]
    assert line == (
        "GATE-002 No critical or high vulnerability open in code or images. FAILS on vulnerable"
        " packages with severity critical or high. Grace: 7 days from advisory published, for all"
        " findings with state existing and no known exploit. Exceptions: by security. Controls:"
        " SOC2-CC7.1, PCI-6.3.3, SSDF-RV.2."
    )


def test_what_fails_elsewhere_warns_here() -> None:
    (pr,) = [one for one in lines(default(), "RULES", "pr") if one.startswith("GATE-004")]
    (main,) = [one for one in lines(default(), "RULES", "main") if one.startswith("GATE-004")]
    assert "warns on vulnerable packages with their days over" in pr
    assert "Exceptions" not in pr
    assert "FAILS on" in main


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-11-26", "Breaches are warnings until 2026-11-26; gaps stay gaps."),
        ("2026-11-25", "Breaches fail again since 2026-11-25; gaps stay gaps."),
    ],
)
def test_report_only_is_said_with_its_end(until: str, expected: str) -> None:
    judged = policy(report_only_until=f"{{main: {until}}}")
    assert lines(judged, "REPORT ONLY") == [expected]
    assert lines(judged, "REPORT ONLY", "pr") == []


def test_exceptions_are_listed_whatever_became_of_them() -> None:
    judged = with_exceptions(
        exception(), exception("EX-2", expires="2026-11-25"), exception("EX-3", ticket="''")
    )
    said = lines(judged, "EXCEPTIONS")
    assert "EX-1: CVE-2026-11111 from R-HIGH until 2026-12-10." in said
    assert "EX-2: CVE-2026-11111 from R-HIGH no more: that ended on 2026-11-25." in said
    assert any(one.startswith("EX-3 excepts nothing: ") for one in said)
    assert "Approvals: P0 0, P1 0, P2 0, P3 0." in said


def test_every_field_of_a_match_can_be_said() -> None:
    words_of = {
        "kev": "true", "fix_available": "false", "suppressed_inline": "true", "withdrawn": "true",
        "sla_breached": "true", "epss": "{gte: 0.5}", "kind": "[sca]", "stage": "[image]",
        "severity": "[high]", "confidence": "[high]", "priority": "[P1]", "state": "[new]",
        "cwes": "[CWE-89]", "ssvc": "[3_days]", "verified": "[active]", "exposure": "[public]",
    }  # fmt: skip
    for field in MatchTable.model_fields:
        rules = (
            f"[{{id: A, title: a, effect: fail, match: {{{field}: {words_of.get(field, '[x]')}}}}}]"
        )
        if field == "package":
            rules = rules.replace("[x]", "['pkg:pypi/x']")
        sla = "{days: {P0: 3, P1: 14, P2: 60, P3: 180}}"
        said = match_words(policy(rules=rules, sla=sla).rules[0].match)
        assert "_" not in said
        assert said.startswith(("all findings with ", "vulnerable packages"))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("required", "or not at all"), ("preferred", "as the machine can"), ("off", "WITHOUT WALLS")],
)
def test_the_walls_around_scanners_are_said(wanted: str, said: str) -> None:
    every = told(policy(evidence=f"{{sandbox: '{wanted}'}}")).sections[0].lines
    (line,) = [one for one in every if said in one.text]
    assert line.place.startswith("policies/gate.yaml:")


def test_how_old_feeds_may_be_is_said_where_the_policy_does_not_write_it() -> None:
    asked = policy(evidence="{stages: {pip-audit: {required: always}}}")
    every = [one.text for one in told(asked).sections[0].lines]
    assert "Feeds are at most 48 hours old where a stage says nothing else." in every
