"""What a policy test may say, and what is refused with its place."""

import msgspec
import pytest

from pipeline.authoring.case_document import COMPUTED, FindingTable
from pipeline.errors import UsageError
from pipeline.model.finding import Finding
from tests.support.authoring import HEAD, suite, suites

CASE = "  - {name: a, env: pr, expect: {verdict: pass}}\n"


def test_every_field_of_a_finding_can_be_said_under_its_own_name() -> None:
    said = set(FindingTable.model_fields) - {"fix_available", "path"}
    assert said == set(Finding.__struct_fields__) - COMPUTED


@pytest.mark.parametrize(
    ("case", "message", "hint", "place"),
    [
        ("{name: a, env: pr, expects: {verdict: pass}}", "cases.0.expects", "'expect'", "5:24"),
        ("{name: a, env: prod, expect: {verdict: pass}}", "cases.0.env", "", "5:15"),
        ("{name: a, env: pr, expect: {verdict: PASS}}", "expect.verdict", "'pass'", "5:33"),
        ("{name: a, env: pr, expect: {}}", "verdict: this key is missing", "", "5:24"),
        ("{name: a, env: pr, expect: {verdict: fail, rule: [A]}}", "rule", "'rules'", "5:48"),
        ("{name: a, env: pr, findings: [{kind: sca, sevrity: high}], expect: {verdict: fail}}",
         "findings.0.sevrity", "'severity'", "5:47"),
        ("{name: a, env: pr, findings: [{severity: high}], expect: {verdict: fail}}",
         "kind: this key is missing", "", "5:35"),
        (("{name: a, env: pr, findings: [{kind: sca, first_seen: '2026-01-01'}],"
         " expect: {verdict: fail}}"), "first_seen", "", "5:47"),
        ("{name: a, env: pr, findings: [{kind: sca, epss: 1.7}], expect: {verdict: fail}}",
         "epss", "", "5:47"),
        ("{name: a, env: pr, gaps: [{stage: semgerp}], expect: {verdict: fail}}",
         "no stage 'semgerp'", "'semgrep'", "5:32"),
        ("{name: a, env: pr, gaps: [{reason: tired}], expect: {verdict: fail}}",
         "no reason 'tired'", "", "5:32"),
        ("{name: a, env: pr, absent: [everything], expect: {verdict: fail}}",
         "no stage 'everything'", "stages are", "5:33"),
        ("{name: a, env: pr, findings: [{kind: sca, stage: pip}], expect: {verdict: fail}}",
         "no stage 'pip'", "", "5:47"),
        ("{name: a,env: pr, findings: [{kind: sca}, {id: f1, kind: sca}], expect: {verdict: fail}}",
         "f1 stands here already", "", "5:47"),
        (("{name: a, env: pr, findings: [{kind: sca, path: a, location: {path: b, line: 1}}],"
         " expect: {verdict: fail}}"), "path or location", "", "5:47"),
        (("{name: a, env: pr, findings: [{kind: sca, fix_available: true, fix_versions: ['1']}],"
         " expect: {verdict: fail}}"), "fix_available or fix_versions", "", "5:47"),
        ("{name: a, env: pr, findings: [{kind: sca}], expect: {verdict: fail, priority: {f2: P1}}}",
         "no finding f2", "", "5:84"),
        ("{name: a, env: pr, signed_by: [a@b.c], expect: {verdict: fail}}",
         "names no exception", "", "5:24"),
        ("{name: a, now: soon, env: pr, expect: {verdict: fail}}", "no instant", "2026", "5:15"),
        ("{name: a, now: 9999-01-01, env: pr, expect: {verdict: fail}}", "year 9999", "", "5:15"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_place(
    case: str, message: str, hint: str, place: str
) -> None:
    with pytest.raises(UsageError) as caught:
        suite(f"  - {case}\n")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert str(caught.value.where) == f"policies/tests/a_test.yaml:{place}"


def test_two_cases_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="'a' stands here again"):
        suite(CASE * 2)


@pytest.mark.parametrize(
    "name", ["tests/a.yaml", "tests/a_test.yml", "tests/test_a.yaml", "tests/more/a_test.yaml"]
)
def test_a_file_that_would_never_run_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="would never be run"):
        suites({name: f"{HEAD}cases:\n{CASE}".encode()})


def test_a_note_beside_the_tests_is_no_test() -> None:
    assert suites({"tests/README.md": b"", "gate.yaml": b""}) == ()


def test_an_instant_is_read_in_its_time_zone_and_a_day_is_its_first_moment() -> None:
    cases = (
        "  - {name: a, now: '2026-11-25T01:00:00+02:00', env: pr, expect: {verdict: pass}}\n"
        "  - {name: b, now: 2026-11-25, env: pr, expect: {verdict: pass}}\n"
        "  - {name: c, env: pr, expect: {verdict: pass}}\n"
    )
    (read,) = suite(cases)
    assert [one.now.isoformat() for one in read.cases] == [
        "2026-11-24T23:00:00+00:00",
        "2026-11-25T00:00:00+00:00",
        "2026-11-25T12:00:00+00:00",
    ]


def test_a_case_knows_its_line() -> None:
    (read,) = suite(CASE)
    (case,) = read.cases
    assert str(case.place) == "policies/tests/a_test.yaml:5:5"
    assert str(case.places["verdict"]) == "policies/tests/a_test.yaml:5:33"
    assert msgspec.structs.asdict(case)["file"] == "tests/a_test.yaml"
