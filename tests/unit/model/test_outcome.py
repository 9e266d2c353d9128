"""Nothing is answered by not being mentioned."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.gap import Gap, GapReason
from pipeline.model.outcome import (
    Answer,
    Canary,
    Failed,
    Scope,
    Skipped,
    SkipReason,
    StageEvidence,
    account,
    gaps_of,
)

NAMES = st.sampled_from(["a.py", "b.py", "c.py", "d.py", "e.py"])
TARGETS = st.frozensets(NAMES)
REASONS = st.sampled_from([GapReason.TIMEOUT, GapReason.PARSE_ERROR, GapReason.LINK_OUTSIDE])


def gaps(targets: frozenset[str], reason: GapReason) -> tuple[Gap, ...]:
    return tuple(Gap(stage="s", target=one, reason=reason) for one in sorted(targets))


def answer(answered: frozenset[str], *found: Gap, canary: Canary = Canary.FOUND) -> Answer:
    return Answer(findings=(), answered=answered, gaps=found, canary=canary)


@given(TARGETS, TARGETS, TARGETS, TARGETS, REASONS)
def test_every_target_is_answered_or_a_gap_and_the_sum_adds_up(
    asked: frozenset[str],
    known: frozenset[str],
    proven: frozenset[str],
    broken: frozenset[str],
    reason: GapReason,
) -> None:
    scope = Scope(asked=tuple(sorted(asked)), gaps=gaps(known & asked, reason))
    done, fate = account("s", scope, answer(proven, *gaps(broken & asked, reason)))
    assert set(fate) == asked
    missing = {gap.target for gap in done.gaps}
    for target in asked:
        said = target in proven and target not in known | broken
        assert (fate[target] == "answered") is said
        assert (target in missing) is not said
    assert done.answered == sum(word == "answered" for word in fate.values())
    assert done.asked == len(asked)


def test_silence_about_a_target_is_a_gap() -> None:
    done, fate = account("s", Scope(asked=("a.py", "b.py")), answer(frozenset({"a.py"})))
    assert fate == {"a.py": "answered", "b.py": "not_listed"}
    assert [(gap.target, gap.reason) for gap in done.gaps] == [("b.py", GapReason.NOT_LISTED)]


def test_an_answer_to_what_was_never_asked_counts_for_nothing() -> None:
    done, fate = account("s", Scope(asked=("a.py",)), answer(frozenset({"z.py"})))
    assert done.answered == 0
    assert "z.py" not in fate


def test_a_gap_beats_an_answer_for_the_same_target() -> None:
    found = gaps(frozenset({"a.py"}), GapReason.TIMEOUT)
    done, fate = account("s", Scope(asked=("a.py",)), answer(frozenset({"a.py"}), *found))
    assert (done.answered, fate["a.py"]) == (0, "timeout")


def test_a_missed_canary_is_a_gap_of_the_whole_stage() -> None:
    silent = answer(frozenset({"a.py"}), canary=Canary.MISSED)
    done, _ = account("s", Scope(asked=("a.py",)), silent)
    assert [(gap.target, gap.reason) for gap in done.gaps] == [(None, GapReason.CANARY_MISSED)]


@given(TARGETS, TARGETS, TARGETS, st.sampled_from(Canary))
def test_no_gap_is_lost_and_an_answer_never_takes_one_away(
    asked: frozenset[str], known: frozenset[str], proven: frozenset[str], canary: Canary
) -> None:
    told = gaps(known, GapReason.TIMEOUT)
    scope = Scope(asked=tuple(sorted(asked)), gaps=told[:1])
    done, _ = account("s", scope, answer(proven, *told[1:], canary=canary))
    assert set(told) <= set(done.gaps)
    assert list(done.gaps) == sorted(set(done.gaps), key=lambda one: (one.target or "", one))
    more, _ = account("s", scope, answer(proven | asked, *told[1:], canary=canary))
    assert set(more.gaps) <= set(done.gaps)
    assert more.answered >= done.answered


def test_an_answer_of_nothing_about_nothing_is_nothing() -> None:
    done, fate = account("s", Scope(asked=()), answer(frozenset()))
    assert (done.asked, done.answered, done.gaps, fate) == (0, 0, (), {})


def test_a_missed_canary_is_told_also_where_every_target_is_a_gap() -> None:
    scope = Scope(asked=("a.py",), gaps=gaps(frozenset({"a.py"}), GapReason.TIMEOUT))
    done, _ = account("s", scope, answer(frozenset(), canary=Canary.MISSED))
    assert {gap.reason for gap in done.gaps} == {GapReason.TIMEOUT, GapReason.CANARY_MISSED}


def test_gaps_of_what_failed_count_like_those_of_what_completed() -> None:
    gap = gaps(frozenset({"a.py"}), GapReason.TIMEOUT)
    failed = Failed(asked=1, reason=GapReason.TOOL_FAILED, message="", gaps=gap)
    skipped = Skipped(why=SkipReason.DESELECTED, asked=1, inventory="sha256:0")
    stages = (StageEvidence(stage="s", outcome=failed), StageEvidence(stage="t", outcome=skipped))
    assert gaps_of(stages) == gap
