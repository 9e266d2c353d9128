"""The policy of the wheel, as a stranger's repository meets it."""

import msgspec
import pytest

from pipeline import resources
from pipeline.model.finding import Finding, Kind, State
from pipeline.model.gap import GapReason
from pipeline.model.outcome import Skipped, SkipReason
from pipeline.model.severity import Confidence, Severity
from pipeline.model.verdict import Verdict
from pipeline.policy.loading.load import load
from pipeline.policy.loading.schema import generate
from pipeline.policy.model import ENVIRONMENTS, Policy
from tests.support.judging import STAGES, answers, code, done, feed, gap, package, verdict

FEEDS = (feed(name="kev"), feed(name="epss"))


def shipped() -> Policy:
    folder = resources.policies()
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return load(files, stages=STAGES, where="policies")


def dated(one: Finding) -> Finding:
    """A finding in a package has an advisory, and it is of today where nothing else is said."""
    if one.kind is not Kind.SCA or one.advisory_published is not None:
        return one
    return msgspec.structs.replace(one, advisory_published="2026-11-25")


def judged(*findings: Finding, env: str = "pr") -> Verdict:
    return verdict(shipped(), *findings, env=env, feeds=FEEDS)


def test_it_loads_grants_no_exception_and_judges_every_environment() -> None:
    assert shipped().exceptions == ()
    assert shipped().bad_exceptions == ()
    for environment in ENVIRONMENTS:
        assert judged(env=environment).verdict == "PASS"


def test_it_asks_what_the_design_says() -> None:
    assert shipped().required("pr") == {
        "semgrep": "always",
        "pip-audit": "when_present",
        "image": "when_present",
        "config": "when_present",
        "secrets": "always",
        "packages": "when_present",
        "workflows": "when_present",
        "sbom": "always",
    }


@pytest.mark.parametrize(
    ("finding", "expected", "rules"),
    [
        (package(severity=Severity.CRITICAL), "FAIL", {"GATE-001", "GATE-002"}),
        (package(), "FAIL", {"GATE-002"}),
        (package(severity=Severity.UNKNOWN), "FAIL", {"GATE-002"}),
        (package(severity=Severity.MEDIUM), "WARN", {"GATE-090"}),
        (package(severity=Severity.LOW), "PASS", set()),
        (package(severity=Severity.LOW, kev=True, kev_due="2026-12-04"), "FAIL", {"GATE-001"}),
        (package(severity=Severity.LOW, epss=0.5), "FAIL", {"GATE-006"}),
        (package(severity=Severity.LOW, epss=0.5, fix_versions=()), "PASS", set()),
        (package(severity=Severity.MEDIUM, epss=0.3), "WARN", {"GATE-090"}),
        (package(stage="image", target="oci:x"), "FAIL", {"GATE-002"}),
        (code(), "FAIL", {"GATE-003", "GATE-007"}),
        (code(state=State.EXISTING), "FAIL", {"GATE-007"}),
        (code(severity=Severity.MEDIUM), "WARN", {"GATE-090"}),
        (code(severity=Severity.LOW, suppressed_inline=True), "WARN", {"GATE-009"}),
        (code(kind=Kind.SECRET), "FAIL", {"GATE-001"}),
        (code(kind=Kind.SECRET, verified="inactive"), "FAIL", {"GATE-007"}),
        (code(kind=Kind.IAC, severity=Severity.LOW, rule="penstock.base-image-unpinned"),
         "FAIL", {"GATE-005"}),
        (code(kind=Kind.WORKFLOW, confidence=Confidence.LOW), "FAIL", {"GATE-007"}),
        (code(kind=Kind.WORKFLOW, severity=Severity.UNKNOWN), "FAIL", {"GATE-007"}),
        (code(kind=Kind.COVERAGE, severity=Severity.LOW), "FAIL", {"GATE-008"}),
    ],
)  # fmt: skip
def test_what_it_thinks_of_a_finding(finding: Finding, expected: str, rules: set[str]) -> None:
    said = judged(dated(finding))
    assert said.verdict == expected
    assert {one.rule for one in (*said.breaches, *said.warnings)} == rules


def test_without_feeds_about_findings_it_knows_too_little_and_says_how_to_get_them() -> None:
    said = verdict(shipped())
    assert said.verdict == "INCONCLUSIVE"
    assert [(one.target, one.gap_class, one.reason) for one in said.unanswered] == [
        ("epss", "enrichment", "feed_missing"),
        ("kev", "enrichment", "feed_missing"),
    ]
    assert "penstock feeds sync kev" in said.unanswered[1].detail


def test_a_fresh_advisory_on_an_old_dependency_has_a_week() -> None:
    fresh = package(state=State.EXISTING, kev=False, advisory_published="2026-11-24")
    assert judged(fresh).verdict == "WARN"
    unknown = package(advisory_published="2026-11-24")
    assert judged(unknown).verdict == "FAIL"


def test_a_repository_without_python_or_images_can_pass() -> None:
    absent = Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="sha256:1")
    named = {
        "pip_audit": absent, "image": absent, "config": absent,
        "packages": absent, "workflows": absent,
    }  # fmt: skip
    assert verdict(shipped(), stages=answers(**named), feeds=FEEDS).verdict == "PASS"
    unread = answers(semgrep=done(9, gap("semgrep", GapReason.NO_RULES, "a.kt")))
    assert verdict(shipped(), stages=unread, feeds=FEEDS).verdict == "WARN"


def test_no_excerpt_and_no_unsigned_exception_is_accepted() -> None:
    assert not shipped().demands.accept_excerpts
    assert all(shipped().terms.approvals_for(name) for name in ("P0", "P1", "P2", "P3", None))


def test_it_names_the_schema_that_editors_check_it_by() -> None:
    first = (resources.policies() / "gate.yaml").read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (resources.policies() / first.partition("=")[2]).resolve().is_file()


@pytest.mark.parametrize("name", sorted(generate()))
def test_the_schemas_that_ship_are_those_of_the_models(name: str) -> None:
    shipped_text = (resources.schemas() / f"{name}.schema.json").read_text(encoding="utf-8")
    assert shipped_text == generate()[name], "run python -m pipeline.policy.loading.schema"
