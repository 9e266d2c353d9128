"""The published schema and the reference are those of the models, and the schema is of use."""

import json
from pathlib import Path
from typing import Final

import pytest

from pipeline import resources
from pipeline.authoring import reference
from pipeline.authoring.schema import generate
from pipeline.policy.loading.key_texts import TEXTS
from pipeline.policy.loading.schema import generate as files
from pipeline.policy.loading.yaml import read

ROOT: Final = Path(__file__).parents[3]


@pytest.mark.parametrize("name", sorted(generate()))
def test_the_schemas_that_ship_are_those_of_the_models(name: str) -> None:
    shipped = (resources.schemas() / f"{name}.schema.json").read_text(encoding="utf-8")
    assert shipped == generate()[name], "run python -m pipeline.authoring.schema"


def test_the_reference_is_generated_from_the_models() -> None:
    said = (ROOT / reference.PAGE).read_text(encoding="utf-8")
    assert said == reference.page(), "run python -m pipeline.authoring.reference"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("verdict: fail", "verdict: FAIL"),
        ("kind: sca", "kind: image"),
        ("expect:", "expects:"),
        ("severity: high", "sevrity: high"),
    ],
)
def test_the_schema_takes_the_tests_of_the_default_policy_and_no_misspelt_ones(
    before: str, after: str
) -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs")
    check = jsonschema_rs.validator_for(json.loads(generate()["policy-test-v1"]))
    text = (resources.policies() / "tests" / "default_test.yaml").read_text(encoding="utf-8")

    def valid(written: str) -> bool:
        value = read(written.encode(), "x").value
        return bool(check.is_valid(json.loads(json.dumps(value, default=str))))

    assert valid(text)
    assert not valid(text.replace(before, after, 1))


def described(name: str) -> list[str]:
    """Return the keys of a schema that say nothing of themselves."""
    read = json.loads({**files(), **generate()}[name])
    parts = {**read.get("$defs", {}), name: read}
    return [
        f"{part}.{key}"
        for part, said in parts.items()
        for key, value in said.get("properties", {}).items()
        if not value.get("description")
    ]


@pytest.mark.parametrize("name", ["gate-policy-v1", "exception-v1", "roles-v1", "policy-test-v1"])
def test_every_key_says_what_it_means(name: str) -> None:
    assert described(name) == []


def test_no_text_is_for_a_key_that_is_gone() -> None:
    known: dict[str, set[str]] = {}
    for text in {**files(), **generate()}.values():
        read = json.loads(text)
        known |= {
            name: set(part.get("properties", {})) for name, part in read.get("$defs", {}).items()
        }
    tops = {
        "GateDocument": "gate-policy-v1",
        "ExceptionDocument": "exception-v1",
        "RolesDocument": "roles-v1",
        "PolicyTestDocument": "policy-test-v1",
    }
    for model, name in tops.items():
        known[model] = set(json.loads({**files(), **generate()}[name])["properties"])
    for table, texts in TEXTS.items():
        assert set(texts) <= known[table], table
