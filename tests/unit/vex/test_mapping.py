"""Only the safe direction: in doubt, a finding stays visible elsewhere."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.vex.mapping import Decision, said
from pipeline.vex.model import SILENCING, ExceptionType

TYPES = get_args(ExceptionType)
REACHED = "vulnerable_code_not_in_execute_path"


def decision(**fields: Any) -> Decision:
    usual: dict[str, Any] = {
        "type": "not_affected",
        "in_force": True,
        "justification": REACHED,
        "action": "",
        "has_evidence": True,
        "expires": "2026-12-10",
        "fix": "",
    }
    return Decision(**{**usual, **fields})


def test_an_approved_not_affected_with_evidence_says_so_with_its_justification() -> None:
    told = said(decision())
    assert (told.status, told.justification, told.weakened) == ("not_affected", REACHED, "")


def test_a_false_positive_needs_a_justification_and_no_evidence() -> None:
    told = said(decision(type="false_positive", has_evidence=False))
    assert told.status == "not_affected"


@pytest.mark.parametrize("kind", ["risk_acceptance", "mitigated"])
def test_a_decision_about_risk_is_affected_with_an_action(kind: str) -> None:
    told = said(decision(type=kind, action="Upgrade with reporting 4.2."))
    assert (told.status, told.justification) == ("affected", None)
    assert told.action == "Upgrade with reporting 4.2."


@pytest.mark.parametrize("kind", TYPES)
def test_what_has_ended_is_affected_again_whatever_it_was(kind: str) -> None:
    told = said(decision(type=kind, in_force=False, fix="2.10.1"))
    assert (told.status, told.action) == ("affected", "Upgrade to 2.10.1.")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"justification": None}, "justification"),
        ({"has_evidence": False}, "evidence"),
        ({"doubt": "some paths only"}, "paths"),
        ({"type": "false_positive", "justification": None}, "justification"),
        ({"type": "false_positive", "doubt": "some paths only"}, "paths"),
    ],
)
def test_a_claim_that_lacks_something_is_not_made_and_says_what_it_lacks(
    fields: dict[str, Any], why: str
) -> None:
    told = said(decision(**fields))
    assert told.status == "under_investigation"
    assert why in told.weakened


def test_without_an_action_of_its_own_it_names_the_day() -> None:
    told = said(decision(type="risk_acceptance"))
    assert told.action == "Accepted until 2026-12-10; to be fixed or decided again by then."


@given(
    st.builds(
        decision,
        type=st.sampled_from(TYPES),
        in_force=st.booleans(),
        justification=st.sampled_from([None, REACHED]),
        action=st.sampled_from(["", "Do it."]),
        has_evidence=st.booleans(),
        doubt=st.sampled_from(["", "a demo"]),
        fix=st.sampled_from(["", "1.2"]),
    )
)
def test_nothing_is_silenced_but_an_approved_claim_about_the_code(one: Decision) -> None:
    told = said(one)
    if told.status in SILENCING:
        assert one.in_force
        assert not one.doubt
        assert one.type in ("false_positive", "not_affected")
        assert told.justification == one.justification is not None
    else:
        assert told.justification is None
    assert bool(told.action) is (told.status == "affected")
