import json
from typing import get_args

import pytest

from pipeline import resources
from pipeline.model.gap import GapReason
from pipeline.policy.judging.fields import FIELDS
from pipeline.policy.loading import words
from pipeline.policy.loading.document import MatchTable
from pipeline.policy.loading.schema import generate
from pipeline.policy.loading.yaml import read
from pipeline.policy.model import ENVIRONMENTS, PRIORITIES
from tests.support.judging import exception, gate


def valid(name: str, data: bytes) -> bool:
    jsonschema_rs = pytest.importorskip("jsonschema_rs")
    value = json.loads(json.dumps(read(data, "x").value, default=str))
    return bool(jsonschema_rs.validator_for(json.loads(generate()[name])).is_valid(value))


def test_the_schemas_accept_what_the_loader_accepts() -> None:
    assert valid("gate-policy-v1", (resources.policies() / "gate.yaml").read_bytes())
    assert valid("gate-policy-v1", gate())
    assert valid("exception-v1", exception())


@pytest.mark.parametrize(
    "sections",
    [
        {"rules": "[{id: A, title: a, effect: allow, match: {kind: [sca]}}]"},
        {"rules": "[{id: A, title: a, effect: fail, match: {sevrity: [high]}}]"},
        {"unknowns": "{severity: low}"},
        {"exceptions": "{allow_wildcards: true}"},
        {"exceptions": "{requester_may_approve: true}"},
        {"waivers": "[]"},
    ],
)
def test_and_refuse_what_must_never_be_written(sections: dict[str, str]) -> None:
    assert not valid("gate-policy-v1", gate(**sections))


def test_every_match_field_can_be_tested_and_every_test_can_be_written() -> None:
    assert set(MatchTable.model_fields) == set(FIELDS)


def test_the_words_of_the_models_are_those_of_the_gate() -> None:
    assert get_args(words.Environment) == ENVIRONMENTS
    assert get_args(words.Priority) == PRIORITIES


def test_the_schemas_tell_what_the_keys_mean() -> None:
    tables = json.loads(generate()["gate-policy-v1"])["$defs"]
    said = tables["EvidenceTable"]["properties"]["no_rules"]["description"]
    assert said == "Source, pipelines and infrastructure for which no scanner here has rules."
    assert GapReason.NO_RULES.value == "no_rules"
