"""A list is the same in whatever pieces it is read."""

import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.imports.base import NotReadError
from pipeline.imports.cursor import Cursor
from pipeline.imports.elements import elements

TRAPS = st.sampled_from(
    ["},{", "}, {", '"},{"', "\\", '\\"', "]", "[", "{", "}", ",", "\\u0022", "é"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TRAPS | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TRAPS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(TRAPS, JSON, max_size=3), max_size=8)


def listed(data: bytes, window: int) -> list[Any]:
    cursor = Cursor(io.BytesIO(data), window=window)
    found = list(elements(cursor, msgspec.json.Decoder(list[Any])))
    cursor.end()
    return found


@given(OBJECTS, st.integers(1, 80), st.sampled_from([None, 1]))
def test_every_element_comes_once_and_in_order(
    given_: list[dict[str, Any]], window: int, indent: int | None
) -> None:
    data = json.dumps(given_, indent=indent, ensure_ascii=False).encode()
    assert listed(data, window) == given_


@given(OBJECTS.filter(bool), st.integers(1, 80), st.data())
def test_no_part_of_a_list_is_a_list(
    given_: list[dict[str, Any]], window: int, data: st.DataObject
) -> None:
    whole = json.dumps(given_).encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(NotReadError):
        listed(whole[:cut], window)


@pytest.mark.parametrize("data", [b"[1 2]", b"[,]", b"[{},]", b"[{}{}]", b"[{]}", b'["]', b"[nul]"])
@pytest.mark.parametrize("window", [1, 4, 4096])
def test_what_is_no_list_is_refused(data: bytes, window: int) -> None:
    with pytest.raises(NotReadError):
        listed(data, window)
