from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.finding import Finding, Kind, Location, State
from pipeline.model.severity import Confidence, Severity
from pipeline.policy.judging.fields import FIELDS
from pipeline.policy.judging.gate import matcher_of
from pipeline.policy.judging.matching import compiled, met
from pipeline.policy.judging.traits import TRAITS
from tests.support.judging import case, code, package, policy, verdict

RULE = "[{{id: R, title: r, effect: fail, match: {match}}}]"
SLA = "{days: {P0: 3, P1: 14, P2: 60, P3: 180}}"


def tried(match: str, finding: Finding, **sections: str) -> tuple[bool, bool, tuple[str, ...]]:
    """Return whether the rule is met, whether certainly, and on which assumed values."""
    loaded = policy(rules=RULE.format(match=match), **sections)
    (*breaches,) = verdict(loaded, finding).breaches
    if not breaches:
        return False, False, ()
    (breach,) = breaches
    return True, breach.certain, breach.assumed


NO = (False, False, ())
YES = (True, True, ())
UNSURE = (True, False, ())


@pytest.mark.parametrize(
    ("match", "finding", "answer"),
    [
        ("{kind: [sca, iac]}", package(), YES),
        ("{kind: [iac]}", package(), NO),
        ("{stage: [pip-audit]}", package(), YES),
        ("{stage: [packages]}", package(sources=("pip-audit", "packages")), YES),
        ("{stage: [semgrep]}", package(), NO),
        ("{severity: [high]}", package(), YES),
        ("{severity: [critical]}", package(), NO),
        ("{severity: [high]}", package(severity=Severity.UNKNOWN), (True, True, ("severity",))),
        ("{severity: [critical]}", package(severity=Severity.UNKNOWN), NO),
        ("{severity: [unknown]}", package(severity=Severity.UNKNOWN), YES),
        ("{severity: [unknown]}", package(), NO),
        ("{severity: [high]}", package(severity=Severity.HIGH, severity_assumed=True),
         (True, True, ("severity",))),
        ("{severity: [low]}", package(severity=Severity.LOW, severity_assumed=True), NO),
        ("{confidence: [high]}", code(), YES),
        ("{confidence: [low]}", code(), NO),
        ("{confidence: [high]}", code(confidence=Confidence.UNKNOWN), UNSURE),
        ("{confidence: [unknown]}", code(confidence=Confidence.UNKNOWN), YES),
        ("{priority: [P1]}", package(), YES),
        ("{priority: [P0]}", package(), NO),
        ("{priority: [P3]}", package(severity=Severity.LOW), YES),
        ("{state: [new]}", code(state=State.NEW), YES),
        ("{state: [new]}", code(state=State.EXISTING), NO),
        ("{state: [new]}", code(), UNSURE),
        ("{rule: [sql-injection]}", code(), YES),
        ("{rule: [sql]}", code(), NO),
        ("{rule: [sql-*]}", code(), YES),
        ("{rule: [requests|urllib3]}", code(rule="requests-evil"), NO),
        ("{rule: [GHSA-x]}", package(aliases=("CVE-2026-11111", "GHSA-x")), YES),
        ("{package: ['pkg:pypi/Jinja2']}", package(), YES),
        ("{package: ['pkg:pypi/jinja']}", package(), NO),
        ("{package: ['pkg:pypi/jin*']}", package(), YES),
        ("{package: ['pkg:pypi/*']}", code(), NO),
        ("{path: ['app/**']}", code(), YES),
        ("{path: ['app']}", code(), NO),
        ("{path: ['*.py']}", code(), NO),
        ("{path: ['**/*.py']}", code(), YES),
        ("{path: ['src/**']}", code(location=Location("src/a.py", 1, 2)), YES),
        ("{cwes: [CWE-89]}", code(cwes=("CWE-20", "CWE-89")), YES),
        ("{cwes: [CWE-89]}", code(cwes=("CWE-20",)), NO),
        ("{cwes: [CWE-89]}", code(), UNSURE),
        ("{fix_available: true}", package(fix_versions=("3",)), YES),
        ("{fix_available: true}", package(fix_versions=()), NO),
        ("{fix_available: false}", package(fix_versions=()), YES),
        ("{fix_available: true}", package(fix_versions=None), UNSURE),
        ("{fix_available: false}", package(fix_versions=None), UNSURE),
        ("{fix_available: true}", code(), NO),
        ("{suppressed_inline: true}", code(suppressed_inline=True), YES),
        ("{suppressed_inline: true}", code(), NO),
        ("{suppressed_inline: false}", code(), YES),
        ("{kev: true}", package(kev=True), YES),
        ("{kev: true}", package(kev=False), NO),
        ("{kev: true}", package(), UNSURE),
        ("{kev: true}", code(), NO),
        ("{epss: {gte: 0.5}}", package(epss=0.5), YES),
        ("{epss: {gte: 0.5}}", package(epss=0.49), NO),
        ("{epss: {gte: 0.5}}", package(), UNSURE),
        ("{epss: {gte: 0.5}}", code(), NO),
        ("{ssvc: [3_days]}", package(ssvc="3_days"), YES),
        ("{ssvc: [14_days, 60_days]}", package(ssvc="3_days"), NO),
        ("{ssvc: [3_days]}", package(), UNSURE),
        ("{ssvc: [3_days]}", code(), NO),
        ("{ssvc: [14_days]}", package(ssvc="3_days", ssvc_possible=("3_days", "14_days")), UNSURE),
        ("{ssvc: [3_days]}", package(ssvc="3_days", ssvc_possible=("3_days", "14_days")), UNSURE),
        ("{ssvc: [3_days, 14_days]}", package(ssvc="3_days", ssvc_possible=("3_days", "14_days")),
         YES),
        ("{ssvc: [60_days]}", package(ssvc="3_days", ssvc_possible=("3_days", "14_days")), NO),
        ("{withdrawn: true}", package(withdrawn="2026-01-01", kev=True), YES),
        ("{withdrawn: true}", package(), NO),
        ("{withdrawn: false}", code(), YES),
        ("{verified: [active]}", code(kind=Kind.SECRET, verified="active"), YES),
        ("{verified: [active]}", code(kind=Kind.SECRET, verified="inactive"), NO),
        ("{verified: [active]}", code(kind=Kind.SECRET), UNSURE),
        ("{verified: [active]}", code(kind=Kind.SECRET, verified="unknown"), UNSURE),
        ("{verified: [active, unknown]}", code(kind=Kind.SECRET), YES),
        ("{verified: [active, unknown]}", code(), NO),
        ("{exposure: [internal]}", code(exposure="internal"), YES),
        ("{exposure: [public]}", code(exposure="internal"), NO),
        ("{exposure: [public]}", code(), UNSURE),
        ("{kind: [sca], state: [new], kev: true}", package(), UNSURE),
        ("{kind: [sca], state: [new], severity: [low]}", package(), NO),
    ],
)  # fmt: skip
def test_a_field_answers_yes_no_or_that_nobody_knows(
    match: str, finding: Finding, answer: tuple[bool, bool, tuple[str, ...]]
) -> None:
    assert tried(match, finding) == answer


@pytest.mark.parametrize(
    ("match", "finding", "unknowns", "answer"),
    [
        ("{severity: [critical]}", package(severity=Severity.UNKNOWN), "{severity: critical}",
         (True, True, ("severity",))),
        ("{fix_available: true}", package(), "{fix_available: 'true'}",
         (True, True, ("fix_available",))),
        ("{fix_available: false}", package(), "{fix_available: 'true'}", NO),
        ("{exposure: [public]}", code(), "{exposure: public}", (True, True, ("exposure",))),
        ("{exposure: [internal]}", code(), "{exposure: public}", NO),
        ("{epss: {gte: 0.5}}", package(), "{epss: no_match}", UNSURE),
    ],
)  # fmt: skip
def test_unknown_values_count_as_what_the_policy_says(
    match: str, finding: Finding, unknowns: str, answer: tuple[bool, bool, tuple[str, ...]]
) -> None:
    assert tried(match, finding, unknowns=unknowns) == answer


@pytest.mark.parametrize(
    ("clock", "dates", "answer"),
    [
        ("first_seen", {"first_seen": "2026-11-11"}, NO),
        ("first_seen", {"first_seen": "2026-11-10"}, YES),
        ("first_seen", {"advisory_published": "2026-11-10"}, YES),
        ("first_seen", {"first_seen": "2026-11-20", "advisory_published": "2026-01-01"}, NO),
        ("first_seen", {}, UNSURE),
        ("first_seen", {"first_seen": "soon"}, UNSURE),
        ("first_seen", {"first_seen": "2026-12-24"}, UNSURE),
        ("first_seen", {"first_seen": "2026-11-24", "kev": True}, UNSURE),
        ("advisory_published", {"first_seen": "2026-11-20", "advisory_published": "2026-01-01"},
         YES),
        ("advisory_published", {"first_seen": "2026-01-20"}, YES),
        ("fix_available", {"first_seen": "2026-01-01", "fix_versions": ()}, NO),
        ("fix_available", {"first_seen": "2026-01-01", "fix_versions": ("3",)}, YES),
    ],
)  # fmt: skip
def test_a_finding_is_overdue_from_the_first_day_that_anybody_could_have_known(
    clock: str, dates: dict[str, Any], answer: tuple[bool, bool, tuple[str, ...]]
) -> None:
    sla = SLA.replace("{days", f"{{clock: {clock}, days")
    assert tried("{sla_breached: true}", package(**dates), sla=sla) == answer


def test_the_first_row_that_matches_gives_the_priority_and_none_is_p3() -> None:
    rows = """
  - {priority: P2, title: a, match: {severity: [high], path: ['tests/**']}}
  - {priority: P0, title: b, match: {severity: [high], path: ['app/**']}}
  - {priority: P1, title: c, match: {severity: [high]}}
"""
    matcher = matcher_of(case(policy(priorities=rows)))
    found = [
        matcher.ready(code(target=path)).priority for path in ("tests/x.py", "app/x.py", "x.py")
    ]
    assert found == ["P2", "P0", "P1"]
    assert matcher.ready(code(severity=Severity.LOW)).priority == "P3"


def test_a_stale_priority_is_not_believed() -> None:
    assert matcher_of(case()).ready(package(priority="P3")).priority == "P1"


MATCHES = (
    "{kind: [sca], severity: [high, unknown]}",
    "{state: [new], confidence: [high]}",
    "{fix_available: true, kev: true}",
    "{verified: [active], exposure: [public]}",
    "{stage: [packages], path: ['a/**']}",
    "{rule: ['CVE-*'], epss: {gte: 0.5}}",
    "{cwes: [CWE-1], suppressed_inline: false}",
    "{package: ['pkg:pypi/x'], priority: [P1]}",
    "{package: ['pkg:pypi/x']}",
    "{sla_breached: true, severity: [high, medium]}",
    "{sla_breached: true}",
)
ALL = policy(
    sla=SLA,
    rules="\n"
    + "".join(
        f"  - {{id: R-{n}, title: r, effect: fail, match: {m}}}\n" for n, m in enumerate(MATCHES)
    ),
)
findings = st.builds(
    lambda kind, purl, values: msgspec.structs.replace(
        (package if kind is Kind.SCA else code)(
            **({} if kind is Kind.SCA else {"kind": kind}), **values
        ),
        purl=purl,
    ),
    st.sampled_from(Kind),
    st.sampled_from([None, "pkg:pypi/x@1", "pkg:pypi/X@2", "pkg:npm/y@1", "?"]),
    st.fixed_dictionaries(
        {
            "severity": st.sampled_from(Severity),
            "severity_assumed": st.booleans(),
            "confidence": st.sampled_from(Confidence),
            "state": st.sampled_from(State),
            "fix_versions": st.sampled_from([None, (), ("2",)]),
            "kev": st.sampled_from([None, True, False]),
            "epss": st.sampled_from([None, 0.1, 0.9]),
            "verified": st.sampled_from([None, "active", "inactive", "unknown"]),
            "exposure": st.sampled_from([None, "public", "internal"]),
            "suppressed_inline": st.booleans(),
            "cwes": st.sampled_from([(), ("CWE-1",), ("CWE-2",)]),
            "sources": st.sampled_from([("a",), ("a", "packages")]),
            "target": st.sampled_from(["a/b", "c"]),
            "first_seen": st.sampled_from([None, "2026-11-24", "2026-09-01"]),
            "advisory_published": st.sampled_from([None, "2026-11-24", "2026-09-01"]),
        }
    ),
)


@given(st.lists(findings, min_size=1, max_size=12))
def test_what_is_asked_once_for_many_findings_is_what_each_would_answer(
    many: list[Finding],
) -> None:
    matcher = matcher_of(case(ALL))
    for one in map(matcher.ready, many):
        afresh = ((rule, compiled(rule.match, matcher.world)) for rule, _ in matcher.rules)
        alone = [(rule.id, how) for rule, tests in afresh if (how := met(tests, one)) is not None]
        assert [(rule.id, how) for rule, how in matcher.met(one).met] == alone
    for raw in many:
        ready = matcher.ready(raw)
        assert matcher.weighed(raw) == (ready, matcher.met(ready))


def test_every_shared_trait_is_a_field() -> None:
    assert set(FIELDS) > TRAITS


def test_findings_that_differ_in_one_trait_alone_are_judged_each_for_itself() -> None:
    rules = "\n  - {id: R-NEW, title: a, match: {state: [new]}, effect: fail}\n"
    new, old = code("a", state=State.NEW), code("b", state=State.EXISTING)
    judged = verdict(policy(rules=rules), new, old)
    assert [one.finding for one in judged.breaches] == [new.id]
    turned = verdict(policy(rules=rules), old, new)
    assert [one.finding for one in turned.breaches] == [new.id]
