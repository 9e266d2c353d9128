"""JSON of programs is read in one way or not at all."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import strict

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_a_document_comes_back_as_it_was(document: Any) -> None:
    assert strict.decode(json.dumps(document).encode(), object) == document


@given(st.binary(max_size=200))
def test_junk_is_refused_by_the_one_error(data: bytes) -> None:
    try:
        strict.decode(data, object)
    except msgspec.DecodeError:
        return
    json.loads(data)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a": 1, "\\u0061": 2}',
        '[{"b": {"a": [], "c": 0, "a": [1]}}]',
        '{"a": NaN}',
        '["\\ud800"]',
        "[" * 100_000,
        '{"a":' * 100_000,
        "7" * 100_000,
        "\ufeff{}",
    ],
    ids=lambda text: text[:20],
)
def test_what_two_readers_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        strict.decode(text.encode("utf-8"), object)


def test_what_no_field_reads_is_looked_at_too() -> None:
    class Known(msgspec.Struct):
        a: int

    assert strict.decode(b'{"a": 1, "more": {"x": 1, "y": 2}}', Known).a == 1
    with pytest.raises(msgspec.DecodeError, match="twice"):
        strict.decode(b'{"a": 1, "more": {"x": 1, "x": 2}}', Known)
