"""Which ids mean the same defect."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.aliases import closure

groups = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=8)


@given(groups)
def test_every_group_stays_together(given_groups: list[list[str]]) -> None:
    whole = closure(given_groups)
    for group in given_groups:
        for name in group:
            assert set(group) <= whole[name]


@given(groups)
def test_it_is_symmetric_and_transitive(given_groups: list[list[str]]) -> None:
    whole = closure(given_groups)
    for name, members in whole.items():
        assert name in members
        assert all(whole[other] == members for other in members)


@given(groups)
def test_nothing_is_joined_that_no_chain_joins(given_groups: list[list[str]]) -> None:
    parts = set(closure(given_groups).values())
    for one, two in itertools.combinations(parts, 2):
        assert not one & two
    for members in parts:
        touched = [group for group in given_groups if set(group) & members]
        reached, rest = set(touched[0]), touched[1:]
        while more := [group for group in rest if set(group) & reached]:
            reached.update(*more)
            rest = [group for group in rest if group not in more]
        assert reached == members


def test_a_chain_in_an_unlucky_order_is_one() -> None:
    assert closure([("0", "3"), ("1", "2"), ("2", "3")])["0"] == {"0", "1", "2", "3"}
