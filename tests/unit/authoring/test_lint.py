"""What lint finds, and that it never calls a rule dead that a finding can meet."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import resources
from pipeline.authoring.kinds import possible_kinds
from pipeline.authoring.lint import Draft, lint
from pipeline.authoring.lint_model import Flaw
from pipeline.authoring.subsumed import subsumed
from pipeline.model.finding import Finding, Kind, State
from pipeline.model.severity import Confidence, Severity
from pipeline.policy.judging.fields import FIELDS, World
from pipeline.policy.judging.matching import compiled, met
from pipeline.policy.loading.load import load
from pipeline.policy.model import Clocks, Condition, Match, Policy, Unknowns
from tests.support.authoring import suite, suites
from tests.support.judging import STAGES, code, exception, package, policy, with_exceptions

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ROLES = b"apiVersion: penstock/v1\nkind: Roles\nroles: {security: {members: [%s], can: [%s]}}\n"


def flaws(judged: Policy, *, cases: str = "", untested: bool = False) -> list[Flaw]:
    found = lint(Draft(policy=judged, suites=suite(cases) if cases else (), now=NOW))
    assert all(one.place.line or one.place.path for one in found)
    return [one for one in found if untested or one.code != "rule-untested"]


def codes(judged: Policy, *, cases: str = "", untested: bool = False) -> list[str]:
    return [one.code for one in flaws(judged, cases=cases, untested=untested)]


def rules(*texts: str) -> str:
    return "".join(f"\n  - {{title: t, effect: fail, {text}}}" for text in texts) + "\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("id: A, match: {kind: [sast], epss: {gte: 0.5}}",), ["rule-unreachable"]),
        (("id: A, match: {kind: [sca], verified: [active]}",), ["rule-unreachable"]),
        (("id: A, match: {kev: true, verified: [active]}",), ["rule-unreachable"]),
        (("id: A, match: {kind: [sca], kev: true}",), []),
        (("id: A, match: {kind: [sca]}", "id: B, match: {kind: [sca]}"), ["rule-duplicate"]),
        (("id: A, match: {kind: [sca, iac]}", "id: B, match: {kind: [sca]}"), ["rule-subsumed"]),
        (("id: A, match: {kind: [sca]}", "id: B, match: {kind: [sca, iac]}"), ["rule-subsumed"]),
        (("id: A, match: {kind: [sca]}", "id: B, match: {kev: true}"), ["rule-subsumed"]),
        (("id: A, match: {kind: [sca]}", "id: B, match: {kind: [sca, iac], kev: true}"),
         ["rule-subsumed"]),
        (("id: A, match: {epss: {gte: 0.1}}", "id: B, match: {epss: {gte: 0.5}}"),
         ["rule-subsumed"]),
        (("id: A, match: {rule: ['a.*']}", "id: B, match: {rule: [a.b, a.c]}"), ["rule-subsumed"]),
        (("id: A, match: {package: ['pkg:pypi/foo-bar']}",
          "id: B, match: {package: ['pkg:pypi/Foo_Bar']}"), ["rule-duplicate"]),
        (("id: A, match: {rule: ['a.*']}", "id: B, match: {rule: ['a.b*']}"), []),
        (("id: A, match: {kev: true}", "id: B, match: {kev: false}"), []),
        (("id: A, match: {kind: [sca]}, grace: {days: 7, from: first_seen, only_if: {kev: false}}",
          "id: B, match: {kind: [sca], severity: [high]}"), []),
        (("id: A, match: {kind: [sca]}, exception_roles: [security, lead]",
          "id: B, match: {kind: [sca], severity: [high]}, exception_roles: [security]"), []),
        (("id: A, match: {kind: [sca]}, effect_in: {pr: warn}",
          "id: B, match: {kind: [sca]}"), ["rule-same-match"]),
    ],
)  # fmt: skip
def test_rules_that_do_nothing_are_told(written: tuple[str, ...], expected: list[str]) -> None:
    assert codes(policy(rules=rules(*written))) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("[{priority: P0, title: a, match: {severity: [high]}},"
         " {priority: P1, title: b, match: {severity: [high], kind: [sca]}}]"),
         ["row-unreachable"]),
        (("[{priority: P1, title: b, match: {severity: [high], kind: [sca]}},"
         " {priority: P0, title: a, match: {severity: [high]}}]"), []),
        ("[{priority: P0, title: a, match: {kind: [sast], kev: true}}]", ["row-unreachable"]),
    ],
)  # fmt: skip
def test_rows_that_are_never_reached_are_told(rows: str, expected: list[str]) -> None:
    assert codes(policy(priorities=rows)) == expected


def test_a_rule_for_a_priority_that_no_row_gives_is_dead() -> None:
    rows = "[{priority: P0, title: a, match: {severity: [critical]}}]"
    dead = rules("id: A, match: {priority: [P1, P2]}")
    assert codes(policy(priorities=rows, rules=dead)) == ["rule-unreachable"]
    alive = rules("id: A, match: {priority: [P3]}")
    assert codes(policy(priorities=rows, rules=alive)) == []


def test_a_failing_rule_needs_a_case_that_fails_and_one_that_passes() -> None:
    fails = (
        "  - {name: a, env: pr, findings: [{kind: sca, severity: high}], expect: {verdict: fail}}\n"
    )
    passes = (
        "  - {name: b, env: pr, findings: [{kind: sca, severity: low}], expect: {verdict: pass}}\n"
    )
    assert codes(policy(), untested=True) == ["rule-untested"]
    assert codes(policy(), cases=fails, untested=True) == ["rule-untested"]
    assert codes(policy(), cases=passes, untested=True) == ["rule-untested"]
    assert codes(policy(), cases=fails + passes, untested=True) == []


@pytest.mark.parametrize(
    ("members", "can", "expected"),
    [
        (b"a@x.y, b@x.y", b"approve_exception", []),
        (b"a@x.y", b"approve_exception", ["role-of-one"]),
        (b"a@x.y, b@x.y", b"edit_policy", ["nobody-approves"]),
        (b"'*'", b"request_exception", ["nobody-approves"]),
    ],
)
def test_people_are_counted(members: bytes, can: bytes, expected: list[str]) -> None:
    judged = policy({"roles.yaml": ROLES % (members, can)}, exceptions="{approvals: {default: 1}}")
    assert sorted({*codes(judged)}) == expected


def test_two_approvals_need_two_people() -> None:
    files = {"roles.yaml": ROLES % (b"a@x.y", b"approve_exception")}
    assert "too-few-approve" in codes(policy(files, exceptions="{approvals: {default: 2}}"))
    for_p0 = {"rules": rules("id: A, match: {priority: [P0]}")}
    terms = "{approvals: {default: 1, P0: 2}}"
    assert "too-few-approve" in codes(policy(files, exceptions=terms, **for_p0))
    assert "too-few-approve" not in codes(policy(files, exceptions=terms))


def test_what_ran_out_is_told() -> None:
    entry = "owner: dave, reason: it is generated, expires:"
    judged = policy(
        report_only_until="{pr: 2026-11-25, main: 2026-11-26}",
        evidence=f"""
  tolerated_gaps:
    - {{stage: semgrep, target: a.py, {entry} 2026-11-25}}
    - {{stage: semgrep, target: b.py, {entry} 2026-11-26}}
  allowed_exclusions:
    - {{glob: 'a/**', {entry} 2026-11-24}}
""",
    )
    found = lint(Draft(policy=judged, suites=(), now=NOW))
    told = {one.code: one for one in found if one.code != "rule-untested"}
    assert set(told) == {"tolerated-gap-over", "exclusion-over", "report-only-over"}
    assert {one.level for one in told.values()} == {"warning"}
    assert "target: a.py" in told["tolerated-gap-over"].place.source
    assert "a/**" in told["exclusion-over"].place.source


def test_what_may_stay_unseen_for_good_is_told() -> None:
    entry = "owner: dave, reason: it is generated, expires:"
    judged = policy(
        evidence=f"""
  tolerated_gaps:
    - {{stage: semgrep, target: a.py, {entry} 2027-11-27}}
    - {{stage: semgrep, target: b.py, {entry} 2027-11-26}}
  allowed_exclusions:
    - {{glob: 'a/**', {entry} 9999-12-31}}
    - {{glob: 'b/**', {entry} 2026-12-31}}
""",
    )
    found = [one for one in lint(Draft(policy=judged, suites=(), now=NOW)) if "far" in one.code]
    assert [one.code for one in found] == ["tolerated-gap-far", "exclusion-far"]
    assert "target: a.py" in found[0].place.source
    assert "9999-12-31" in found[1].message


def test_a_policy_that_takes_excerpts_for_evidence_is_told_so() -> None:
    assert codes(policy(evidence="{excerpts: accept}")) == ["excerpts"]
    assert codes(policy(evidence="{excerpts: refuse}")) == []


def test_an_image_that_may_have_no_system_for_good_is_told() -> None:
    def without(refs: str) -> Policy:
        return policy(evidence=f"{{stages: {{image: {{required: always, no_os: {refs}}}}}}}")

    assert codes(without("[]")) == []
    assert codes(without("['oci:image']")) == ["no-os-undated"]
    (told,) = flaws(without("['oci:image']"))
    assert told.message.startswith("oci:image may")
    assert told.place.line > 0


def test_a_policy_that_wants_no_walls_around_scanners_is_told_what_that_means() -> None:
    assert codes(policy(evidence="{sandbox: 'off'}")) == ["sandbox"]
    assert codes(policy(evidence="{sandbox: required}")) == []


def test_a_denied_name_that_nobody_has_denies_nothing_and_is_told() -> None:
    def denying(name: str, more: str = "") -> Policy:
        entry = f"{{tool: {name}, reason: a stolen key, source: GHSA-x}}"
        return policy(evidence=f"{{tools: {{denied: [{entry}]}}{more}}}")

    for name in ("semgrep", "Pip_Audit", "ruamel.yaml", "github.com/aquasecurity/trivy-db"):
        assert codes(denying(name)) == [], name
    assert codes(denying("trivvy")) == ["denied-unknown"]
    (told,) = flaws(denying("trivvy"))
    assert (told.help, told.place.line > 0) == ("did you mean 'trivy'?", True)
    imports = ", imports: [{stage: secrets, tool: gitleaks, max_age_hours: 24}]"
    assert codes(denying("gitleaks")) == ["denied-unknown"]
    assert codes(denying("gitleaks", imports)) == []


def test_exceptions_are_looked_at_too() -> None:
    many = [exception(f"EX-{n}") for n in range(3)]
    assert codes(with_exceptions(*many)) == ["same-day"]
    assert codes(with_exceptions(exception(expires="2026-11-25"))) == ["exception-over"]
    assert codes(with_exceptions(exception(ticket="''"))) == ["exception-invalid"]
    only_code = rules("id: R-HIGH, match: {kind: [sast]}")
    high = exception(approved_at_severity="high")
    assert codes(with_exceptions(high, rules=only_code)) == ["exception-needless"]


def test_a_break_glass_record_that_cannot_be_used_is_an_error() -> None:
    (flaw,) = flaws(policy({"break-glass/BG-1.yaml": b"kind: BreakGlass\n"}))
    assert (flaw.code, flaw.level, flaw.place.path) == (
        "break-glass-invalid", "error", "policies/break-glass/BG-1.yaml",
    )  # fmt: skip


def test_revoked_keys_that_cannot_be_read_are_an_error_and_a_stray_signer_is_told() -> None:
    roles = b"apiVersion: penstock/v1\nkind: Roles\nroles:\n  security: {members: ['*'], can: []}\n"
    files = {"roles.yaml": roles, "allowed_signers": b"?\n", "revoked_keys": b"what is this\n"}
    found = {flaw.code: flaw for flaw in flaws(policy(files))}
    assert found["revoked-unreadable"].level == "error"
    assert found["revoked-unreadable"].place.line == 1
    assert found["counts-for-nothing"].level == "warning"


OURS = Path(__file__).parents[3] / ".github" / "penstock"


@pytest.mark.parametrize("folder", [resources.policies(), OURS], ids=["default", "our own"])
def test_the_policies_of_this_repository_are_clean(folder: Path) -> None:
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.yaml")}
    loaded = load(files, stages=STAGES, where="policies")
    assert lint(Draft(policy=loaded, suites=suites(files), now=NOW)) == ()


def test_our_own_policy_is_the_default_but_for_what_it_leaves_out() -> None:
    default = (resources.policies() / "gate.yaml").read_text(encoding="utf-8").splitlines()
    ours = (OURS / "gate.yaml").read_text(encoding="utf-8").splitlines()
    rules = default.index("unknowns:")
    assert ours[ours.index("unknowns:") :] == default[rules:]
    cases = Path("tests", "default_test.yaml")
    theirs = (resources.policies() / cases).read_text(encoding="utf-8")
    assert (OURS / cases).read_text(encoding="utf-8").partition("\ncases:")[2] == (
        theirs.partition("\ncases:")[2]
    )


def condition(field: str, words: list[str]) -> st.SearchStrategy[Condition]:
    chosen = st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True)
    return st.builds(lambda found: Condition(field=field, words=tuple(found)), chosen)


def flag(field: str) -> st.SearchStrategy[Condition]:
    return st.builds(lambda value: Condition(field=field, flag=value), st.booleans())


CONDITIONS = {
    "kind": condition("kind", [*Kind]),
    "severity": condition("severity", [*Severity]),
    "confidence": condition("confidence", [*Confidence]),
    "state": condition("state", [*State]),
    "priority": condition("priority", ["P0", "P1"]),
    "stage": condition("stage", ["image", "packages"]),
    "rule": condition("rule", ["a.*", "a.b", "*", "CVE-2026-1"]),
    "package": condition("package", ["pkg:pypi/Foo_Bar", "pkg:pypi/foo-bar", "pkg:pypi/*"]),
    "path": condition("path", ["**", "app/*", "app/x.py"]),
    "cwes": condition("cwes", ["CWE-1", "CWE-2"]),
    "ssvc": condition("ssvc", ["3_days", "14_days", "60_days"]),
    "verified": condition("verified", ["active", "inactive", "unknown"]),
    "exposure": condition("exposure", ["public", "internal", "unknown"]),
    "fix_available": flag("fix_available"),
    "suppressed_inline": flag("suppressed_inline"),
    "kev": flag("kev"),
    "withdrawn": flag("withdrawn"),
    "sla_breached": st.just(Condition(field="sla_breached", flag=True)),
    "epss": st.builds(
        lambda bound: Condition(field="epss", at_least=bound), st.sampled_from([0.1, 0.5])
    ),
}
matches = st.lists(
    st.sampled_from(sorted(CONDITIONS)), min_size=1, max_size=3, unique=True
).flatmap(lambda names: st.tuples(*(CONDITIONS[name] for name in names)))
TRIED = {
    "severity": st.sampled_from([*Severity]),
    "severity_assumed": st.booleans(),
    "confidence": st.sampled_from([*Confidence]),
    "state": st.sampled_from([*State]),
    "priority": st.sampled_from(["P0", "P1", None]),
    "cwes": st.sampled_from([(), ("CWE-1",), ("CWE-2", "CWE-1")]),
    "fix_versions": st.sampled_from([None, (), ("9",)]),
    "kev": st.sampled_from([None, True, False]),
    "epss": st.sampled_from([None, 0.0, 0.1, 0.5]),
    "ssvc": st.sampled_from([None, "3_days", "60_days"]),
    "ssvc_possible": st.sampled_from([(), ("3_days", "14_days")]),
    "withdrawn": st.sampled_from([None, "2026-01-01"]),
    "suppressed_inline": st.booleans(),
    "verified": st.sampled_from([None, "active", "unknown"]),
    "exposure": st.sampled_from([None, "public", "internal"]),
    "sources": st.sampled_from([("packages",), ("image", "packages")]),
    "target": st.sampled_from(["app/x.py", "lib/y.py", "app/z/x.py"]),
    "advisory_published": st.sampled_from([None, "2026-11-24", "2020-01-01"]),
}


@st.composite
def found(draw: st.DrawFn) -> Finding:
    fields: dict[str, Any] = {name: draw(values) for name, values in TRIED.items()}
    kind = draw(st.sampled_from([*Kind]))
    if kind is Kind.SCA:
        made = package(draw(st.sampled_from(["Foo_Bar", "x"])), cve="CVE-2026-1")
        return msgspec.structs.replace(made, **fields)
    return msgspec.structs.replace(code(draw(st.sampled_from(["a.b", "a.c"])), kind=kind), **fields)


UNKNOWNS = (
    Unknowns(severity=Severity.HIGH, fix_available=None, epss=None, kev=None, exposure=None),
    Unknowns(
        severity=Severity.CRITICAL,
        fix_available=True,
        epss="no_match",
        kev="no_match",
        exposure="public",
    ),
)
WORLDS = [
    World(
        unknowns=unknowns,
        clocks=Clocks(clock="first_seen", days=dict.fromkeys(("P0", "P1", "P2", "P3"), 3)),
        overdue_on=NOW.date().toordinal(),
        epss_known=True,
        kev_known=True,
        kev_doubted=False,
    )
    for unknowns in UNKNOWNS
]


def test_every_field_is_tried() -> None:
    assert set(CONDITIONS) == set(FIELDS)


@settings(max_examples=1500, deadline=None)
@given(matches, matches, st.sampled_from(WORLDS), st.lists(found(), min_size=1, max_size=8))
def test_no_finding_meets_what_is_called_subsumed_and_not_the_other(
    narrow: Match, wide: Match, world: World, tried: list[Finding]
) -> None:
    kinds = possible_kinds(narrow)
    says = subsumed(narrow, wide)
    for one in tried:
        if met(compiled(narrow, world), one) is None:
            continue
        assert one.kind in kinds
        if says:
            assert met(compiled(wide, world), one) is not None
