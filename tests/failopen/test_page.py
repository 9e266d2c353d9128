"""The page of fail-open ways says what is tried."""

import pytest

from pipeline.stages import STAGES
from tests.failopen import doc

pytestmark = pytest.mark.tools


def test_the_page_says_what_is_tried() -> None:
    assert doc.PAGE.read_text(encoding="utf-8") == doc.text(), "python -m tests.failopen.doc"


def test_no_way_is_told_twice_and_every_one_has_a_stage() -> None:
    told = [(way.stage, way.what) for way in doc.ways()]
    assert len(told) == len(set(told))
    assert {stage for stage, _ in told} <= set(STAGES)
    assert len(told) >= 30
