"""New, there before, or unknown: pair by pair, and never by guessing."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.artifact import Tool
from pipeline.model.finding import Finding, State
from pipeline.model.gap import GapReason
from pipeline.model.outcome import Failed, Outcome, Skipped, SkipReason, StageEvidence
from pipeline.store.looks import look, scanners
from pipeline.store.match import Trace, matched
from pipeline.store.states import Baseline, of_findings, states
from tests.support.judging import code, done, feed, gap, package, tool

NOW = {"semgrep": scanners([tool()]), "pip-audit": scanners([tool()])}


def evidence(stage: str = "semgrep", **fields: Any) -> StageEvidence:
    return StageEvidence(**{"stage": stage, "outcome": done(), "tools": (tool(),), **fields})


def before(*findings: Finding, stages: Sequence[StageEvidence] | None = None) -> Baseline:
    every = (evidence(), evidence("pip-audit")) if stages is None else stages
    found = (look(one, at="2026-01-01T00:00:00Z") for one in every)
    return of_findings(findings, [one for one in found if one is not None])


def state(finding: Finding, base: Baseline) -> State:
    return states([finding], base, NOW)[0]


def test_what_was_there_is_existing_and_what_was_not_is_new() -> None:
    assert state(code(), before(code())) is State.EXISTING
    assert state(code(), before(code(fingerprint="g"))) is State.NEW


def test_a_bump_is_existing_and_a_second_bad_version_beside_it_is_new() -> None:
    old, bumped, third = (package(version=one) for one in ("2.10", "2.11", "2.12"))
    assert state(bumped, before(old)) is State.EXISTING
    assert states([old, bumped], before(old), NOW) == (State.EXISTING, State.NEW)
    assert states([bumped, third], before(old), NOW) == (State.NEW, State.NEW)


def _other() -> Tool:
    return msgspec.structs.replace(tool(), version="2")


@pytest.mark.parametrize(
    "then",
    [
        (),
        (evidence("pip-audit"),),
        (evidence(tools=(_other(),)),),
        (evidence(tools=()),),
        (evidence(outcome=Failed(asked=3, reason=GapReason.TIMEOUT, message="")),),
        (evidence(outcome=Skipped(why=SkipReason.DESELECTED, asked=3, inventory="x")),),
        (evidence(outcome=done(3, gap("semgrep", GapReason.RULE_ERROR))),),
        (evidence(outcome=done(3, gap("semgrep", GapReason.TIMEOUT, "app/db.py"))),),
        (evidence(feeds=(feed(excerpt=True),)),),
    ],
)
def test_where_other_scanners_looked_or_none_nobody_knows(then: Sequence[StageEvidence]) -> None:
    assert state(code(), before(code(), stages=then)) is State.UNKNOWN
    assert state(code(), before(stages=then)) is State.UNKNOWN


@pytest.mark.parametrize(
    "outcome",
    [
        done(3, gap("semgrep", GapReason.TIMEOUT, "app/other.py")),
        done(3, gap("semgrep", GapReason.NO_RULES, "app/db.py")),
        Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="x"),
    ],
)
def test_a_gap_elsewhere_and_an_empty_inventory_hide_nothing_here(outcome: Outcome) -> None:
    assert state(code(), before(stages=[evidence(outcome=outcome)])) is State.NEW


def test_where_there_was_nothing_to_look_at_no_scanner_could_have_seen_more() -> None:
    nothing = Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="x")
    assert state(code(), before(stages=[evidence(outcome=nothing, tools=())])) is State.NEW


def test_every_stage_that_reports_a_finding_must_have_looked() -> None:
    both = package(sources=("pip-audit", "packages"))
    assert state(both, before(both)) is State.UNKNOWN


def traces(*names: str) -> list[Trace]:
    return [Trace((f"sast/{name}",), name) for name in names]


def test_the_more_exact_name_is_tried_first() -> None:
    new = [Trace(("iac/exact/1:a", "iac/address/1:r"), "1")]
    old = [Trace(("iac/exact/1:b", "iac/address/1:r"), "2"), Trace(("iac/exact/1:a",), "3")]
    assert matched(new, old) == {0}
    both = [*new, Trace(("iac/exact/1:c", "iac/address/1:r"), "4")]
    assert matched(both, old) == {0, 1}


def test_names_of_two_algorithms_are_never_held_against_each_other() -> None:
    assert matched(traces("exact/1:a"), traces("address/1:a")) == frozenset()
    assert matched(traces("exact/1:a"), traces("exact/2:a")) == frozenset()


def test_two_that_could_both_be_the_old_one_are_both_new() -> None:
    new = [Trace(("secret/exact/1:s",), subject) for subject in ("x", "y")]
    assert matched(new, [Trace(("secret/exact/1:s",), "z")]) == frozenset()
    assert matched(new, [Trace(("secret/exact/1:s",), "x")]) == {0}
    assert matched(new[:1], [Trace(("secret/exact/1:s",), "z")]) == {0}


NAMES = st.sets(st.sampled_from([f"sca/exact/1:{one}" for one in "abcde"]), max_size=3)
TRACES = st.lists(
    st.builds(
        lambda names, subject: Trace(tuple(sorted(names)), subject), NAMES, st.sampled_from("xyz")
    ),
    max_size=6,
)


@given(new=TRACES, old=TRACES)
def test_no_old_finding_vouches_for_two(new: list[Trace], old: list[Trace]) -> None:
    found = matched(new, old)
    assert len(found) <= len(old)


@given(new=TRACES, old=TRACES, more=TRACES)
def test_the_order_of_both_sides_does_not_matter(
    new: list[Trace], old: list[Trace], more: list[Trace]
) -> None:
    every = [*old, *more]
    found = sorted(repr(new[place]) for place in matched(new, every))
    again = new[::-1]
    assert sorted(repr(again[place]) for place in matched(again, every[::-1])) == found
