"""The published schemas say what the reader says, and hold every answer."""

import json
from collections.abc import Callable

import jsonschema_rs
import pytest

from pipeline import resources
from pipeline.cli.schemas import generate as records
from pipeline.verification.judge import judge
from pipeline.verification.model import Answer, CouldNotLook
from pipeline.verification.schema import generate
from pipeline.verification.text import document, lines
from tests.support.judging import package
from tests.support.verifying import ASKED, asking, attached, judged

ANSWERS: dict[str, Callable[[], Answer]] = {
    "verified": lambda: judge(asking(), ASKED, attached(judged())),
    "refused": lambda: judge(asking(), ASKED, attached(judged(package()))),
    "could not look": lambda: CouldNotLook(digest=ASKED.digest, reasons=("503",)),
}
"""Judged within the tests: a judge that breaks fails those, and not their collection."""


def test_the_schema_of_verify_yaml_is_the_one_that_ships() -> None:
    for name, text in generate().items():
        shipped = (resources.schemas() / f"{name}.schema.json").read_text(encoding="utf-8")
        assert shipped == text, "run python -m pipeline.verification.schema"


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_for_programs_is_what_its_schema_says(name: str) -> None:
    check = jsonschema_rs.validator_for(json.loads(records()["verification-v1"]))
    told = json.loads(document(ANSWERS[name]()))
    check.validate(told)
    assert told["result"] == name.replace(" ", "_")


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_for_people_begins_with_its_word(name: str) -> None:
    first, *rest = lines(ANSWERS[name]())
    assert first.startswith(name.upper())
    assert rest
    assert ("VERIFIED" in "".join((first, *rest))) == (name == "verified")
