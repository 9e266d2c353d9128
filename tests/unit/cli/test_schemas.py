"""The published schemas: equal to the types, and accepting what is really written."""

import json

import jsonschema_rs
import msgspec
import pytest

from pipeline import resources
from pipeline.bundle import write
from pipeline.bundle.facts import Facts
from pipeline.cli.schemas import generate
from pipeline.model.record import RunRecord
from tests.support import records


def schema(name: str) -> dict[str, object]:
    read = json.loads((resources.schemas() / f"{name}.schema.json").read_text())
    assert isinstance(read, dict)
    return read


def files(record: RunRecord) -> dict[str, bytes]:
    facts = Facts(
        schema="penstock/facts@1",
        environment="pr",
        now=msgspec.convert("2026-11-22T12:00:00Z", type=Facts.__annotations__["now"]),
        subject=record.verdict.subject,
        source=record.verdict.policy,
        gaps=(),
        feeds=(),
        feed_faults=(),
    )
    return write.files_of(
        record, judged_by=facts, policy={}, raw={}, reports={}, inventory="sha256:0"
    )


def test_the_files_are_what_the_types_say() -> None:
    for name, text in generate().items():
        path = resources.schemas() / f"{name}.schema.json"
        assert path.read_text() == text, "run: python -m pipeline.cli.schemas"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("verdict-v1", "verdict.json"),
        ("coverage-v1", "coverage.json"),
        ("run-v1", "run.json"),
        ("facts-v1", "inputs/facts.json"),
        ("finding-v1", "findings.ndjson"),
    ],
)
def test_what_is_written_is_valid_and_what_lacks_a_field_is_not(name: str, file: str) -> None:
    check = jsonschema_rs.validator_for(schema(name))
    for line in (
        files(records.record())[file].splitlines()
        if file.endswith("ndjson")
        else [files(records.record())[file]]
    ):
        document = json.loads(line)
        check.validate(document)
        del document["schema"]
        assert not check.is_valid(document)
