"""Whoever needs only names gets them without loading every stage."""

from pipeline.model.stage_names import STAGE_NAMES
from pipeline.stages import STAGES


def test_the_names_are_those_of_the_stages_in_their_order() -> None:
    assert tuple(STAGES) == STAGE_NAMES
