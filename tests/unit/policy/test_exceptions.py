from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from pipeline.model.finding import Finding, Kind
from pipeline.model.severity import Severity
from pipeline.model.verdict import Verdict
from tests.support.judging import (
    NOW,
    code,
    exception,
    package,
    rules_of,
    verdict,
    with_exceptions,
)

JINJA = "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10'"


def under(*findings: Finding, sections: dict[str, str] | None = None, **fields: Any) -> Verdict:
    """Judge findings under one exception, whose fields may differ."""
    env, now = fields.pop("env", "pr"), fields.pop("now", NOW)
    judged_by = with_exceptions(exception(**fields), **(sections or {}))
    return verdict(judged_by, *findings, env=env, now=now)


def status(judged: Verdict) -> tuple[str, int]:
    (record,) = judged.exceptions
    return record.status.value, record.matches


def test_an_exception_covers_exactly_its_finding_and_is_listed() -> None:
    covered, other = package(), package("flask", cve="CVE-2026-2")
    assert under(covered).verdict == "PASS"
    judged = under(covered, other)
    assert judged.verdict == "FAIL"
    assert [one.finding for one in judged.breaches] == [other.id]
    assert [(one.exception, one.finding, one.rules) for one in judged.excepted] == [
        ("EX-1", covered.id, ("R-HIGH",))
    ]
    assert status(judged) == ("active", 1)


def test_another_finding_that_bears_the_same_id_is_not_covered_with_it() -> None:
    covered = package()
    other = msgspec.structs.replace(package("flask", cve="CVE-2026-2"), id=covered.id)
    judged = under(covered, other)
    assert judged.verdict == "FAIL"
    assert [one.finding for one in judged.breaches] == [covered.id]
    assert [one.finding for one in judged.excepted] == [covered.id]


def test_breaches_stand_in_the_order_of_ids_whether_or_not_an_exception_spoke_of_them() -> None:
    names = [f"p{number}" for number in range(8)]
    spoken = [package(target=f"{name}.txt") for name in names]
    others = [package(name, cve=f"CVE-2026-{name}") for name in names]
    judged = under(*others, *spoken, max_matches="2")  # over-matched, so that it covers none
    ids = [one.finding for one in judged.breaches if one.finding]
    assert ids == sorted(one.id for one in (*spoken, *others))


@pytest.mark.parametrize(
    ("finding", "covered"),
    [
        (package(cve="GHSA-x", aliases=("CVE-2026-11111", "GHSA-x", "PYSEC-2026-1")), True),
        (package(cve="PYSEC-2026-1", aliases=("cve-2026-11111",)), True),
        (package(cve="GHSA-x", aliases=("GHSA-x",)), False),
        (package("Jinja2"), True),
        (package("JINJA2"), True),
        (package(version="2.11"), False),
        (package(version="2.10.0"), False),
        (package(version="2.10?foo=bar"), True),
        (package(version="1!2.10"), False),
        (package("jinja2-fork"), False),
        (package(target="services/b/requirements.txt"), True),
        (package(target="oci:build/image", stage="image"), False),
        (package(sources=("packages", "image")), False),
        (code(), False),
    ],
)
def test_the_target_is_exact_and_knows_aliases(finding: Finding, *, covered: bool) -> None:
    assert under(finding).verdict == ("PASS" if covered else "FAIL")


@pytest.mark.parametrize(
    ("spelling", "name", "covered"),
    [
        ("pkg:pypi/Foo_Bar@1.0", "foo-bar", True),
        ("pkg:pypi/foo.bar@1.0", "foo-bar", True),
        ("pkg:pypi/foo%2Dbar@1.0", "foo-bar", True),
        ("pkg:pypi/foo--bar@1.0", "foo-bar", True),
        ("PKG:PyPI/foo-bar@1.0", "foo-bar", True),
        ("pkg:npm/foo-bar@1.0", "foo-bar", False),
        ("pkg:pypi/foobar@1.0", "foo-bar", False),
    ],
)
def test_purls_are_equal_when_they_mean_the_same(
    spelling: str, name: str, *, covered: bool
) -> None:
    target = f"{{vulnerability: CVE-2026-11111, purl: '{spelling}'}}"
    judged = under(package(name, "1.0"), target=target)
    assert judged.verdict == ("PASS" if covered else "FAIL")


@pytest.mark.parametrize(
    ("artifact", "ref", "covered"),
    [
        ("ghcr.io/acme/api", "ghcr.io/acme/api:1.2@sha256:" + "a" * 64, True),
        ("ghcr.io/acme/api", "ghcr.io/acme/api", True),
        ("ghcr.io:443/acme/api", "ghcr.io:443/acme/api:2", True),
        ("ghcr.io/acme/api", "ghcr.io/acme/api-dev:1.2", False),
        ("ghcr.io/acme/api", "evil.io/ghcr.io/acme/api:1.2", False),
        ("sha256:" + "a" * 64, "ghcr.io/acme/api@sha256:" + "a" * 64, True),
        ("sha256:" + "a" * 64, "ghcr.io/acme/api@sha256:" + "b" * 64, False),
        ("sha256:" + "a" * 64, "ghcr.io/acme/api:1", False),
        ("oci:build/image", "oci:build/image", True),
        ("oci:build/image", "oci:build/image@sha256:" + "a" * 64, True),
        ("oci:build/image", "oci:build/other", False),
    ],
)
def test_an_exception_for_an_image_covers_that_image_alone(
    artifact: str, ref: str, *, covered: bool
) -> None:
    target = f"{{{JINJA}, artifact: '{artifact}'}}"
    judged = under(package(target=ref, stage="image"), target=target)
    assert judged.verdict == ("PASS" if covered else "FAIL")
    assert under(package(), target=target).verdict == "FAIL"


def test_paths_and_environments_narrow_it() -> None:
    target = f"{{{JINJA}, paths: ['services/*/requirements.txt'], environments: [main]}}"
    inside = package(target="services/a/requirements.txt")
    assert under(inside, target=target, env="main").verdict == "PASS"
    assert under(inside, target=target, env="pr").verdict == "FAIL"
    deeper = package(target="services/a/b/requirements.txt")
    assert under(deeper, target=target, env="main").verdict == "FAIL"


def test_code_is_excepted_by_its_own_key_and_a_moved_copy_is_not() -> None:
    here, copy = code(), code(target="app/other.py")
    target = f"{{match_key: {here.match_key}}}"
    assert under(here, target=target).verdict == "PASS"
    judged = under(here, copy, target=target)
    assert [one.finding for one in judged.breaches] == [copy.id]


def test_only_the_rules_that_it_names_are_excepted() -> None:
    rules = """
  - {id: R-HIGH, title: a, match: {severity: [high]}, effect: fail}
  - {id: R-SCA, title: b, match: {kind: [sca]}, effect: fail}
"""
    judged = under(package(), sections={"rules": rules})
    assert rules_of(judged.breaches) == ["R-SCA"]
    assert [one.rules for one in judged.excepted] == [("R-HIGH",)]
    both = under(package(), sections={"rules": rules}, rules="[R-HIGH, R-SCA]")
    assert both.verdict == "PASS"
    assert [one.rules for one in both.excepted] == [("R-HIGH", "R-SCA")]


def test_an_alias_that_joins_two_cves_carries_no_exception_across() -> None:
    poisoned = package(aliases=("CVE-2026-11111", "CVE-2026-99999", "GHSA-x"))
    assert under(poisoned).verdict == "FAIL"
    other = exception(
        "EX-2", target="{vulnerability: CVE-2026-99999, purl: 'pkg:pypi/jinja2@2.10'}"
    )
    both = with_exceptions(exception(), other)
    judged = verdict(both, poisoned)
    assert judged.verdict == "PASS"
    assert {one.exception for one in judged.excepted} == {"EX-1", "EX-2"}
    by_ghsa = "{vulnerability: GHSA-x, purl: 'pkg:pypi/jinja2@2.10'}"
    assert under(poisoned, target=by_ghsa).verdict == "FAIL"


PLUS_14, MINUS_12 = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC), "not_yet"),
        (datetime(2026, 11, 20, tzinfo=UTC), "active"),
        (datetime(2026, 12, 9, 23, 59, 59, tzinfo=UTC), "active"),
        (datetime(2026, 12, 10, tzinfo=UTC), "expired"),
        (datetime(2026, 12, 10, 13, 59, tzinfo=PLUS_14), "active"),
        (datetime(2026, 12, 10, 14, 0, tzinfo=PLUS_14), "expired"),
        (datetime(2026, 12, 9, 11, 59, tzinfo=MINUS_12), "active"),
        (datetime(2026, 12, 9, 12, 0, tzinfo=MINUS_12), "expired"),
    ],
)
def test_an_exception_begins_and_ends_at_midnight_utc(now: datetime, expected: str) -> None:
    judged = under(package(), now=now)
    assert status(judged) == (expected, 1)
    assert bool(judged.breaches) is (expected != "active")


def test_not_before_holds_it_back() -> None:
    assert status(under(package(), not_before="2026-11-26"))[0] == "not_yet"


@pytest.mark.parametrize(
    ("fields", "finding", "message"),
    [
        ({}, package(kev=True), "known to be exploited"),
        ({"approved_at_severity": "medium"}, package(), "approved at medium, now high"),
        ({}, package(severity=Severity.CRITICAL), "approved at high, now critical"),
        (
            {"rules": "[R-HIGH, R-MEDIUM]"},
            package(severity=Severity.HIGH),
            "approved at medium, now high",
        ),
        ({"approved_without_fix": "true"}, package(fix_versions=("3",)), "fixed version"),
        ({"expires": "2027-01-15"}, package(), "56 days, and a P1 may have 30"),
    ],
)
def test_an_exception_voids_itself(fields: dict[str, Any], finding: Finding, message: str) -> None:
    judged = under(finding, **fields)
    assert judged.verdict == "FAIL"
    assert status(judged)[0] == "void"
    assert message in judged.exceptions[0].reason


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({}, package(kev=False)),
        ({"approved_at_severity": "high"}, package()),
        ({"approved_at_severity": "high"}, package(severity=Severity.UNKNOWN)),
        ({"approved_without_fix": "true"}, package(fix_versions=())),
        ({"approved_without_fix": "false"}, package(fix_versions=("3",))),
        ({"expires": "2026-12-20"}, package()),
    ],
)
def test_and_does_not_where_nothing_changed(fields: dict[str, Any], finding: Finding) -> None:
    assert status(under(finding, **fields)) == ("active", 1)


def test_one_finding_that_voids_it_leaves_the_others_bare() -> None:
    first, second = package(target="a.txt"), package(target="b.txt", kev=True)
    judged = under(first, second)
    assert {one.finding for one in judged.breaches} == {first.id, second.id}


def test_one_match_too_many_and_nothing_is_excepted() -> None:
    three = [package(target=f"{name}.txt") for name in "abc"]
    assert under(*three[:2], max_matches="2").verdict == "PASS"
    judged = under(*three, max_matches="2")
    assert len(judged.breaches) == 3
    assert status(judged) == ("over_matched", 3)


def test_an_exception_that_matches_nothing_is_a_warning() -> None:
    judged = under()
    assert judged.verdict == "WARN"
    assert status(judged) == ("unused", 0)
    assert rules_of(judged.warnings) == ["exception_unused"]


@pytest.mark.parametrize(("created", "age"), [("2026-11-24", "1 day"), ("2026-11-23", "2 days")])
def test_since_when_it_matches_nothing_is_said_as_people_say_it(created: str, age: str) -> None:
    (warning,) = under(created=created).warnings
    assert f"matches nothing, {age} after it was created" in warning.message


def test_an_exception_for_another_environment_is_not_called_unused_here() -> None:
    judged = under(target=f"{{{JINJA}, environments: [release]}}")
    assert judged.verdict == "PASS"
    assert status(judged) == ("unused", 0)


@pytest.mark.parametrize(
    ("unused", "expected"),
    [
        ("{warn_after_days: 6}", "PASS"),
        ("{warn_after_days: 5}", "WARN"),
        ("{fail_after_days: 6}", "WARN"),
        ("{fail_after_days: 5}", "FAIL"),
    ],
)
def test_an_unused_exception_has_its_days(unused: str, expected: str) -> None:
    sections = {"exceptions": f"{{approvals: {{default: 0}}, unused: {unused}}}"}
    assert under(sections=sections).verdict == expected


def test_an_unused_exception_fails_nothing_while_somebody_has_not_answered() -> None:
    terms = "{approvals: {default: 0}, unused: {fail_after_days: 0}}"
    judged_by = with_exceptions(exception(), exceptions=terms)
    assert verdict(judged_by).verdict == "FAIL"
    assert verdict(judged_by, stages=()).verdict == "INCONCLUSIVE"


def test_an_exception_about_to_end_says_so() -> None:
    judged = under(package(), expires="2026-12-02")
    assert judged.verdict == "WARN"
    assert rules_of(judged.warnings) == ["exception_ending"]
    assert under(package(), expires="2026-12-03").verdict == "PASS"


@pytest.mark.parametrize(
    ("approvals", "finding", "expected"),
    [
        ("{default: 0}", package(), "active"),
        ("{}", package(), "unapproved"),
        ("{default: 1}", package(), "unapproved"),
        ("{default: 0, P1: 1}", package(), "unapproved"),
        ("{default: 0, P0: 2}", package(), "active"),
        ("{default: 1, P1: 0}", package(), "active"),
    ],
)
def test_an_exception_that_needs_a_signature_does_not_apply_without(
    approvals: str, finding: Finding, expected: str
) -> None:
    judged = under(finding, sections={"exceptions": f"{{approvals: {approvals}}}"})
    assert status(judged)[0] == expected
    assert (judged.verdict == "PASS") is (expected == "active")


def test_a_warning_can_be_excepted_too() -> None:
    medium = package(severity=Severity.MEDIUM)
    assert verdict(None, medium).verdict == "WARN"
    assert under(medium, rules="[R-MEDIUM]").verdict == "PASS"


def test_nothing_unknown_matches_an_exception() -> None:
    bare = code(kind=Kind.SCA, rule="CVE-2026-11111", aliases=("CVE-2026-11111",))
    assert bare.purl is None
    assert under(bare).verdict == "FAIL"


def test_an_exception_does_not_borrow_the_rules_of_another_one() -> None:
    rules = """
  - {id: R-HIGH, title: a, match: {severity: [high]}, effect: fail}
  - {id: R-SCA, title: b, match: {kind: [sca]}, effect: fail}
"""
    elsewhere = "{vulnerability: CVE-2026-22222, purl: 'pkg:pypi/flask@1.0'}"
    judged_by = with_exceptions(
        exception("EX-1"),
        exception("EX-2", rules="[R-SCA]", target=elsewhere, approved_at_severity="high"),
        rules=rules,
    )
    judged = verdict(judged_by, package(), package("flask", "1.0", cve="CVE-2026-22222"))
    assert sorted(rules_of(judged.breaches)) == ["R-HIGH", "R-SCA"]
    assert sorted(one.rules for one in judged.excepted) == [("R-HIGH",), ("R-SCA",)]
