"""What the gate makes of scanners that were walled in less than the policy wants."""

import msgspec
import pytest

from pipeline.model.gap import GapReason
from pipeline.model.outcome import Failed, Outcome
from pipeline.model.verdict import Unanswered, Verdict
from pipeline.model.walls import Level, weakest
from tests.support.judging import answers, done, policy, verdict
from tests.unit.policy.test_imports import LOOK


def named(entries: tuple[Unanswered, ...]) -> list[tuple[str | None, str | None, str]]:
    return [(one.stage, one.target, one.reason.value) for one in entries]


def walled(wanted: str, level: Level | None, outcome: Outcome | None = None) -> Verdict:
    """Judge a run in which semgrep was walled in like this, and all others in a root of theirs."""
    first, *rest = [
        msgspec.structs.replace(one, sandbox=Level.ISOLATED)
        for one in answers(semgrep=outcome or done())
    ]
    stages = (msgspec.structs.replace(first, sandbox=level), *rest)
    return verdict(policy(evidence=f"{{sandbox: '{wanted}'}}"), stages=stages)


@pytest.mark.parametrize("level", [one for one in Level if one is not Level.ISOLATED])
def test_an_answer_of_a_scanner_that_was_free_is_none_where_walls_are_required(
    level: Level,
) -> None:
    judged = walled("required", level)
    assert named(judged.unanswered) == [("semgrep", None, "tool_denied")]
    assert judged.verdict == "INCONCLUSIVE"
    assert f"`{level}`" in judged.unanswered[0].detail
    assert "evidence.sandbox" in judged.unanswered[0].detail
    assert walled("preferred", level).verdict == "PASS"
    assert walled("off", level).verdict == "PASS"


def test_an_answer_of_which_nobody_says_how_it_was_made_is_none_where_walls_are_required() -> None:
    assert named(walled("required", None).unanswered) == [("semgrep", None, "tool_denied")]
    assert walled("preferred", None).verdict == "PASS"


def test_walls_are_asked_of_those_alone_that_did_something() -> None:
    assert walled("required", Level.ISOLATED).verdict == "PASS"
    failed = Failed(asked=3, reason=GapReason.TOOL_MISSING, message="gone")
    judged = walled("required", None, failed)
    assert named(judged.unanswered) == [("semgrep", None, "tool_missing")]


def test_reports_from_elsewhere_are_judged_by_what_allows_them_alone() -> None:
    assert named(walled("required", Level.NONE).unanswered) == [("semgrep", None, "tool_denied")]
    first, *rest = [msgspec.structs.replace(a, sandbox=Level.ISOLATED) for a in answers()]
    brought = msgspec.structs.replace(first, sandbox=None, imported=LOOK)
    judged = verdict(policy(evidence="{sandbox: required}"), stages=(brought, *rest))
    assert named(judged.unanswered) == [("semgrep", None, "tool_unlocked")]


def test_the_weakest_of_some_levels_counts() -> None:
    assert weakest([Level.ISOLATED, None, Level.LANDLOCK_TCP, Level.LANDLOCK]) is Level.LANDLOCK_TCP
    assert weakest([Level.OFF, Level.ISOLATED]) is Level.OFF
    assert weakest([Level.ISOLATED, Level.ISOLATED]) is Level.ISOLATED
    assert weakest([None]) is None
