"""Abuse 51: the clock is set back, forward, or is skewed by 11 minutes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.config.clock import clock_gaps
from pipeline.model.gap import GapClass, GapReason
from pipeline.model.verdict import Decision
from pipeline.policy.judging.gate import judge
from tests.support.attacked import STRICT, Repository
from tests.support.judging import NOW, answers, case, done
from tests.support.small import WORKFLOW

pytestmark = pytest.mark.tools
MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", STRICT)
    made.write(".github/workflows/ci.yml", WORKFLOW)
    return made


@pytest.mark.parametrize("zone", ["+0000", "+1400", "-1200"])
@pytest.mark.parametrize(("minutes", "gaps"), [(-11, 2), (-9, 0), (0, 0), (11, 0), (-40000, 2)])
def test_a_clock_behind_the_commits_is_not_believed(
    repository: Repository, zone: str, minutes: int, gaps: int
) -> None:
    commit = repository.commit(GIT_COMMITTER_DATE=f"{int(MADE.timestamp())} {zone}")
    now = MADE + timedelta(minutes=minutes)
    found = clock_gaps(repository.path, repository.base(commit), now)
    assert [one.reason for one in found] == [GapReason.CLOCK] * gaps
    assert all(one.gap_class is GapClass.TIME for one in found)


def test_only_the_head_or_only_the_base_may_give_it_away(repository: Repository) -> None:
    late = repository.commit(GIT_COMMITTER_DATE=f"{int(MADE.timestamp()) + 3600} +0000")
    early = repository.commit(GIT_COMMITTER_DATE=f"{int(MADE.timestamp())} +0000")
    told = [one.detail for one in clock_gaps(repository.path, repository.base(late), MADE)]
    assert len(told) == 1
    assert told[0].startswith("the base commit is from 2026-11-20T13:00:00")
    assert clock_gaps(repository.path, repository.base(early), MADE) == ()


def test_a_run_whose_clock_is_set_back_is_inconclusive(repository: Repository) -> None:
    base = repository.commit(GIT_COMMITTER_DATE="@4000000000 +0000")
    done, bundle = repository.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "clock") in bundle.unanswered()
    assert {one["class"] for one in bundle.verdict["unanswered"]} == {"time"}


def test_another_instant_on_the_command_line_does_not_hide_it(repository: Repository) -> None:
    base = repository.commit(GIT_COMMITTER_DATE="@4000000000 +0000")
    done, bundle = repository.run("--base", base, "--as-of", "2098-01-01T00:00:00Z")
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "clock") in bundle.unanswered()


def test_a_clock_that_runs_ahead_finds_the_feeds_too_old_and_one_behind_too_new() -> None:
    for days, reason in ((30, GapReason.FEED_STALE), (-30, GapReason.FEED_FUTURE)):
        skewed = case(now=NOW + timedelta(days=days), stages=answers(pip_audit=done()))
        found = judge(skewed).verdict
        assert found.verdict is Decision.INCONCLUSIVE
        assert reason in {one.reason for one in found.unanswered}
