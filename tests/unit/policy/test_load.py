import pytest

from pipeline.errors import UsageError
from pipeline.model.severity import Severity
from pipeline.policy.loading.load import digest_of, load
from pipeline.policy.model import ENVIRONMENTS
from tests.support.judging import STAGES, exception, gate, policy


def refusal(**sections: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        policy(**sections)
    assert caught.value.where is not None
    assert caught.value.where.path == "policies/gate.yaml"
    return caught.value


@pytest.mark.parametrize(
    ("section", "text", "message", "hint"),
    [
        ("rules", "[{id: A, title: a, effect: fail, match: {sevrity: [high]}}]",
         "rules.0.match.sevrity", "did you mean 'severity'"),
        ("rules", "[{id: A, title: a, effect: fail, match: {severity: [hihg]}}]",
         "rules.0.match.severity.0", "did you mean 'high'"),
        ("rules", "[{id: A, title: a, effect: allow, match: {severity: [high]}}]",
         "rules.0.effect", "no rule can allow"),
        ("rules", "[{id: A, title: a, effect: fail, match: {kind: [sca, image]}}]",
         "rules.0.match.kind.1", "stage: [image]"),
        ("rules", "[{id: A, title: a, effect: fail, match: {}}]", "empty match", ""),
        ("rules", "[{id: A, title: a, effect: fail, match: {kind: []}}]", "at least 1", ""),
        ("rules", "[{id: A, title: a, effect: fail, match: {stage: [semgrp]}}]",
         "no stage 'semgrp'", "did you mean 'semgrep'"),
        ("rules", "[{id: A, title: a, effect: fail, match: {epss: {gte: 1.7}}}]", "epss", ""),
        ("rules", "[{id: A, title: a, effect: fail, match: {epss: {lt: 0.5}}}]", "epss", ""),
        ("rules", "[{id: A, title: a, effect: fail, match: {sla_breached: true}}]", "no `sla`", ""),
        ("rules", "[{id: A, title: a, effect: fail, match: {sla_breached: false}}]", "True", ""),
        ("rules", "[{id: A, title: a, effect: fail, match: {kev: 'yes'}}]",
         "true or false is due here, without quotes", "docs/policy-reference.md"),
        ("evidence", "{enrichment: {kev: {required: true, max_age_hours: '96'}}}",
         "a whole number is due here, without quotes", "docs/policy-reference.md"),
        ("rules", "[{id: A, title: a, effect: fail, match: {kind: sca}}]", "list", ""),
        ("rules", "[{id: A, title: a, match: {kind: [sca]}}]", "rules.0.effect: this key is", ""),
        ("rules", "[{id: A, title: No x, y, effect: fail, match: {kind: [sca]}}]",
         "rules.0.y", "needs quotes"),
        ("rules", "[{id: A, title: a, effect: fail, when: 'x', match: {kind: [sca]}}]",
         "rules.0.when", "expressions are not read"),
        ("rules", "[{id: A, title: a, effect: fail, effect_in: {prod: warn}, match: {kev: true}}]",
         "effect_in.prod", ""),
        ("rules", "[]", "at least 1", ""),
        ("rules", ("[{id: A, title: a, effect: fail, match: {kind: [sca]}},"
         " {id: A, title: a, effect: warn, match: {kind: [sast]}}]"), "stands here again", ""),
        ("budgets", "[{id: R-HIGH, title: b, count: exceptions_active, lt: 5, effect: fail}]",
         "stands here again", ""),
        ("budgets", "[{id: B, title: b, count: exceptions_active, gt: 5, effect: fail}]", "gt", ""),
        ("priorities", "[{priority: P4, title: a, match: {kind: [sca]}}]", "priorities.0", ""),
        ("priorities", "[{priority: P0, title: a, match: {priority: [P1]}}]", "cannot be used", ""),
        ("priorities", "[]", "at least 1", ""),
        ("unknowns", "{severity: low}", "unknowns.severity", ""),
        ("unknowns", "{severity: unknown}", "unknowns.severity", ""),
        ("unknowns", "{fix_available: 'false'}", "unknowns.fix_available", ""),
        ("evidence", "{stages: {semgerp: {required: always}}}",
         "no stage 'semgerp'", "did you mean 'semgrep'"),
        ("evidence", "{stages: {semgrep: {required: sometimes}}}",
         "required: should be 'always', 'when_present' or 'no' (line ", ""),
        ("evidence", "{stages: {semgrep: {required: no, required_in: {prod: no}}}}", "prod", ""),
        ("evidence", "{tools: {unlocked: accept}}", "unlocked", ""),
        ("evidence", "{sandbox: requierd}", "sandbox", "did you mean 'required'"),
        ("evidence", "{excerpts: accepted}", "excerpts", "did you mean 'accept'"),
        ("evidence", ("{tolerated_gaps: [{stage: semgrep, target: a.py, owner: d, reason: "
         "'it is generated'}]}"), "expires", ""),
        ("evidence", ("{tolerated_gaps: [{stage: semgrep, target: a.py, owner: d, reason: "
         "'it is generated', expires: '2027-01-01'}]}"), "written plainly", ""),
        ("evidence", ("{allowed_exclusions: [{glob: 'a/**', owner: d, reason: short, "
         "expires: 2027-01-01}]}"), "reason", ""),
        ("evidence", "{limits: {max_findings: 3000000}}", "max_findings", ""),
        ("report_only_until", "{pr: 31/12/2026}", "written plainly", ""),
        ("report_only_until", "{everywhere: 2027-01-01}", "everywhere", ""),
        ("exceptions", "{allow_wildcards: true}", "allow_wildcards", ""),
        ("exceptions", "{requester_may_approve: true}", "requester_may_approve", ""),
        ("exceptions", "{require_version_in_purl: false}", "require_version_in_purl", ""),
        ("exceptions", "{source_ref: head}", "source_ref", ""),
        ("exceptions", "{void_if: {kev: false}}", "void_if.kev", ""),
        ("exceptions", "{max_days: {P0: 3660}}", "max_days.P0", ""),
        ("exceptions", "{approvals: {default: -1}}", "approvals.default", ""),
        ("exceptions", "{min_reason_chars: 1}", "min_reason_chars", ""),
        ("exceptions", "{ticket_pattern: '('}", "no regular expression", ""),
        ("exceptions", "{unused: {fail_after_days: 1:30}}", "unused.fail_after_days", ""),
        ("exceptions", "{unused: {fail_after_days: 31/12/2026}}", "unused.fail_after_days", ""),
        ("exceptions", "{requester_may_approve: off}", "requester_may_approve", ""),
        ("exceptions", "{ticket_pattern: 00123456}", "ticket_pattern", ""),
        ("evidence", "{limits: {max_report_mb: 1025}}", "max_report_mb", ""),
        ("report_only_until", "{pr: 2026-12-31T00:00:00+14:00}", "report_only_until.pr", ""),
        ("sla", "{days: {}, pause_while_excepted: true}", "pause_while_excepted", ""),
        ("sla", "{days: {}, kev_due_date: latest}", "kev_due_date", ""),
        ("sla", "{days: {P0: 3}}", "P1, P2, P3", ""),
        ("protected_refs", "['**']", "every branch protected", ""),
        ("protected_refs", "[refs/heads/main]", "goes by its own name", ""),
        ("waivers", "[]", "waivers", ""),
        ("extends", "[]", "extends", "nothing is read from elsewhere"),
        ("exceptions", "{approvals: {Default: 1}}", "approvals.Default", "did you mean 'default'"),
        ("sla", "{days: {}, clok: first_seen}", "sla.clok", "did you mean 'clock'"),
        ("rulеs", "[]", "rulеs", "letters of another alphabet"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_place(
    section: str, text: str, message: str, hint: str
) -> None:
    error = refusal(**{section: text})
    assert message in error.message
    assert hint in error.hint
    assert error.where is not None
    assert error.where.line > 0


def test_every_fault_of_a_file_is_named_at_once() -> None:
    error = refusal(
        unknowns="{severity: low}", rules="[{id: A, title: a, effect: pass, match: {kind: [x]}}]"
    )
    assert [line.partition(":")[0] for line in error.message.splitlines()] == [
        "unknowns.severity",
        "rules.0.match.kind.0",
        "rules.0.effect",
    ]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_gate_that_asks_nothing_is_refused(environment: str) -> None:
    off = ", ".join(f"{name}: {{required: no}}" for name in STAGES)
    error = refusal(evidence=f"{{stages: {{{off}}}}}")
    assert "asks" in error.message or "pass everything" in error.message
    others = ", ".join(
        f"{name}: {{required: no, required_in: {{{one}: always}}}}"
        for name, one in zip(STAGES, (e for e in ENVIRONMENTS if e != environment), strict=False)
    )
    rest = ", ".join(f"{name}: {{required: no}}" for name in STAGES[3:])
    error = refusal(evidence=f"{{stages: {{{others}, {rest}}}}}")
    assert f"no stage is required in {environment}" in error.message


@pytest.mark.parametrize("files", [{}, {"roles.yaml": b""}, {"GATE.YAML": gate()}])
def test_a_folder_without_gate_yaml_is_no_policy(files: dict[str, bytes]) -> None:
    with pytest.raises(UsageError, match=r"there is no policies/gate\.yaml"):
        load(files, stages=STAGES, where="policies")


def test_roles_that_are_no_yaml_are_refused_too() -> None:
    with pytest.raises(UsageError, match="anchor") as caught:
        policy({"roles.yaml": b"roles: &x {}\n"})
    assert str(caught.value.where) == "policies/roles.yaml:1:8"


def test_a_stage_that_the_policy_does_not_name_is_asked_all_the_same() -> None:
    asked = policy(evidence="{stages: {semgrep: {required: no}}}").required("pr")
    assert asked == {
        "semgrep": "no",
        "pip-audit": "when_present",
        "image": "when_present",
        "config": "when_present",
        "secrets": "always",
        "packages": "when_present",
        "workflows": "when_present",
        "sbom": "always",
    }


def test_what_is_required_can_differ_by_environment() -> None:
    loaded = policy(
        evidence="{stages: {image: {required: no, required_in: {release: always}}, "
        "headers: {required: no, required_in: {weekly: when_present}}}}"
    )
    assert [loaded.required(name)["image"] for name in ENVIRONMENTS] == ["no", "no", "always", "no"]
    assert loaded.required("weekly")["headers"] == "when_present"


def test_an_unknown_environment_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no environment 'prod'"):
        policy().refuse_unusable("prod")


@pytest.mark.parametrize("environment", ["release", "weekly"])
def test_a_policy_that_accepts_excerpts_judges_no_release(environment: str) -> None:
    loaded = policy(evidence="{excerpts: accept}")
    loaded.refuse_unusable("pr")
    with pytest.raises(UsageError, match="excerpts") as caught:
        loaded.refuse_unusable(environment)
    assert caught.value.where is not None
    assert caught.value.where.line == 4


def test_the_digest_covers_every_name_and_byte_and_no_order() -> None:
    files = {"gate.yaml": gate(), "exceptions/EX-1.yaml": exception()}
    whole = policy(files).digest
    assert policy(dict(reversed(files.items()))).digest == whole
    assert policy({**files, "semgrep/x.yaml": b""}).digest != whole
    assert policy({"exceptions/EX-1.yaml": exception() + b"\n"}).digest != whole
    assert digest_of({"a": b"b"}) != digest_of({"ab": b""})


def test_rules_know_their_lines() -> None:
    text = gate()
    (first, second) = policy().rules
    lines = text.decode().splitlines()
    assert lines[first.place.line - 1].strip().startswith("- {id: R-HIGH")
    assert second.place.line == first.place.line + 1


def test_what_is_not_written_has_the_strict_value() -> None:
    head = b"apiVersion: penstock/v1\nkind: GatePolicy\nmetadata: {name: bare}\nevidence: {}\n"
    body = (
        b"priorities: [{priority: P0, title: a, match: {severity: [critical]}}]\n"
        b"rules: [{id: A, title: a, effect: fail, match: {kind: [sca]}}]\n"
    )
    loaded = load({"gate.yaml": head + body}, stages=STAGES, where="")
    assert loaded.unknowns.severity is Severity.HIGH
    assert loaded.demands.unlocked == "refuse"
    assert not loaded.demands.accept_excerpts
    assert loaded.terms.approvals_for("P2") == 1
    assert loaded.terms.max_days == {"P0": 7, "P1": 30, "P2": 90, "P3": 180}
    assert loaded.rules[0].exception_roles == ("security",)
