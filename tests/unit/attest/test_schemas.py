"""What is attested is what its schema says, and the examples are what is written today."""

import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from pipeline.attest import PREDICATES
from pipeline.attest.base import Evidence
from pipeline.attest.statement import statements
from pipeline.model.gap import GapReason
from pipeline.model.official import why_no_cyclonedx, why_no_openvex
from pipeline.model.outcome import Failed, Skipped, SkipReason
from pipeline.model.severity import Severity
from tests.attestations.doc import SCHEMAS, STATEMENT, examples, kind_of
from tests.support.attesting import everything, evidence
from tests.support.judging import answers, case, done, gap, package, with_exceptions
from tests.support.judging import exception as excepting


@cache
def _validator(kind: str) -> Any:
    path = STATEMENT if kind == "statement" else SCHEMAS[kind]
    return jsonschema_rs.validator_for(json.loads(path.read_text()))


def fault(kind: str, said: object) -> str:
    """Say where something is not what its schema says; nothing where it is."""
    match kind:
        case "sbom":
            return why_no_cyclonedx(said)
        case "vex":
            return why_no_openvex(said)
        case _:
            return "; ".join(str(error) for error in _validator(kind).iter_errors(said))


def failing() -> Evidence:
    """Make one of breaches, warnings, gaps, an exception and a stage that was not asked."""
    stages = answers(
        semgrep=Failed(asked=1, reason=GapReason.TIMEOUT, message=""),
        config=done(3, gap("config", GapReason.PARSE_ERROR, "a.tf")),
        workflows=Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="sha256:0"),
    )
    found = (package(), package("flask", severity=Severity.MEDIUM), package("x", cve="CVE-2026-9"))
    target = "{vulnerability: CVE-2026-9, purl: 'pkg:pypi/x@2.10'}"
    judged_by = with_exceptions(excepting("EX-9", target=target))
    return evidence(case(judged_by, *found, stages=stages))


@pytest.mark.parametrize("given", [everything, failing], ids=["passed", "failed"])
def test_every_statement_is_valid(given: Any) -> None:
    for one in statements(given()):
        statement = json.loads(one.data)
        assert fault("statement", statement) == ""
        assert fault(kind_of(statement), statement["predicate"]) == ""


def test_every_kind_has_a_schema_and_an_example() -> None:
    assert set(SCHEMAS) == set(PREDICATES)
    shown = {path.name.partition(".")[0].partition("-")[0] for path, _ in examples()}
    assert shown == set(PREDICATES)


def test_the_examples_are_what_is_written() -> None:
    for path, text in examples():
        assert path.read_text() == text, "run: python -m tests.attestations.doc"


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("summary", ("verificationResult",), "PASS"),
        ("summary", ("verifiedLevels",), []),
        ("summary", ("policy", "digest"), {}),
        ("summary", ("resourceUri",), "ghcr.io/acme/app:1"),
        ("verdict", ("verdict", "verdict"), "OK"),
        ("verdict", ("bundle", "sha256"), "sha256:3"),
        ("verdict", ("tools", 0, "locked"), None),
        ("verdict", ("verdict", "breaches"), None),
        ("coverage", ("stages", 0, "outcome"), "fine"),
        ("coverage", ("stages", 0, "answered"), None),
        ("vulns", ("scanner", "result"), None),
        ("provenance", ("buildDefinition", "buildType"), "x"),
    ],
)
def test_a_value_that_says_nothing_is_not_valid(
    kind: str, path: tuple[str | int, ...], value: object
) -> None:
    said = next(
        statement["predicate"]
        for one in statements(everything())
        if kind_of(statement := json.loads(one.data)) == kind
    )
    assert fault(kind, said) == ""
    *way, last = path
    place: Any = said
    for step in way:
        place = place[step]
    place[last] = value
    assert fault(kind, said)


def test_a_text_beside_what_is_said_of_a_gap_is_not_valid() -> None:
    said = next(one for one in statements(failing()) if one.name == "verdict")
    predicate = json.loads(said.data)["predicate"]
    assert fault("verdict", predicate) == ""
    predicate["verdict"]["unanswered"][0]["detail"] = "a text of a scanner"
    assert fault("verdict", predicate)


def test_a_statement_of_nothing_is_not_valid() -> None:
    statement = json.loads(statements(everything())[0].data)
    assert fault("statement", {**statement, "subject": []})
    assert fault("statement", {**statement, "_type": "https://in-toto.io/Statement/v0.1"})
