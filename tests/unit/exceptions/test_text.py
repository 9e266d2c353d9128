"""A draft says in YAML what it says in fields, whatever people typed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.exceptions.find import Target
from pipeline.exceptions.ids import next_id
from pipeline.exceptions.text import Draft, folded, scalar, written
from pipeline.policy.loading.characters import hidden
from pipeline.policy.loading.yaml import read

SEEN = st.text(
    st.characters(codec="utf-8").filter(lambda c: not hidden(c) and c not in "\r\n\t"), min_size=1
)


def draft(**fields: object) -> Draft:
    values = {
        "id": "EX-2026-0001",
        "type": "risk_acceptance",
        "rules": ("R-1",),
        "target": Target(vulnerability="CVE-2026-1", purl="pkg:pypi/x@1"),
        "max_matches": 1,
        "approved_at_severity": "high",
        "approved_without_fix": False,
        "owner": "dave@example.com",
        "requester": "erin@example.com",
        "ticket": "SEC-1",
        "reason": "It is so.",
        "created": date(2026, 11, 25),
        "expires": date(2026, 12, 1),
    }
    return Draft(**{**values, **fields})  # type: ignore[arg-type]


@given(owner=SEEN, ticket=SEEN, control=SEEN, glob=SEEN)
def test_every_text_reads_back_as_it_was_typed(
    owner: str, ticket: str, control: str, glob: str
) -> None:
    target = Target(match_key="0" * 32, paths=(glob,))
    made = draft(owner=owner, ticket=ticket, controls=(control,), target=target)
    value = read(written(made), "f").value
    assert isinstance(value, dict)
    assert (value["owner"], value["ticket"]) == (owner, ticket)
    assert value["compensating_controls"] == [control]
    assert value["target"] == {"match_key": "0" * 32, "paths": [glob]}


@given(st.lists(SEEN, min_size=1, max_size=4))
def test_a_reason_reads_back_word_for_word(lines: list[str]) -> None:
    text = "\n".join(lines)
    if not text.split():
        return
    value = read(written(draft(reason=text)), "f").value
    assert isinstance(value, dict)
    assert str(value["reason"]).split() == text.split()


@pytest.mark.parametrize("word", ["no", "null", "true", "12", "0x1f", "2026-12-31", "1e3", "~", ""])
def test_a_text_that_looks_like_another_value_stays_a_text(word: str) -> None:
    assert read(f"a: {scalar(word)}\n".encode(), "f").value == {"a": word}


def test_a_hostile_title_stays_in_its_comment() -> None:
    notes = ("x\nrules: ['*']\u202e\x1b[31m " + "long " * 100,)
    value = read(written(draft(notes=notes)), "f").value
    assert isinstance(value, dict)
    assert value["rules"] == ["R-1"]


def test_long_reasons_are_folded_where_a_reader_likes_it() -> None:
    assert max(map(len, folded("word " * 100))) <= 96


def test_ids_go_on_after_the_highest_and_are_never_given_again() -> None:
    assert next_id(2026, ()) == "EX-2026-0001"
    assert next_id(2026, ("EX-2026-0003.yaml", "ex-2026-0007.yml", "EX-2025-0100.yaml")) == (
        "EX-2026-0008"
    )
