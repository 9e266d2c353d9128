"""Whether doctor says of scanners and feeds what a run would make of them, and what to do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.doctor import evidence
from pipeline.cli.doctor.view import Check, State
from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.toolchain import lock as locks
from tests.support.judging import policy
from tests.unit.config.test_load import HEAD, settings

NOW = datetime(2026, 11, 22, tzinfo=UTC)  # of `settings`
DENIED = "{tools: {denied: [{tool: zizmor, versions: ['1.32.0'], reason: stolen key, source: us}]}}"


def tool(**fields: Any) -> Tool:
    usual = {"version": "1.32.0", "sha256": "sha256:" + "a" * 64, "released": "2026-11-02"}
    return Tool(**{"name": "zizmor", "path": "/t/zizmor", "locked": True, **usual, **fields})


def told(one: Tool | ToolError, **sections: str) -> Check:
    return evidence.scanner("zizmor", one, policy(**sections), locks.read(), NOW)


def test_a_scanner_says_of_which_day_it_is_and_what_it_was_made_from() -> None:
    check = told(tool())
    assert check.state is State.OK
    assert check.value.startswith("1.32.0 of 2026-11-02 (20 days old), locked packages, sha256")


@pytest.mark.parametrize(
    ("one", "sections", "said"),
    [
        (tool(released="2026-11-20"), {}, "2 days ago; the policy waits 7 days"),
        (tool(), {"evidence": DENIED}, "denied by the policy: stolen key"),
    ],
)
def test_a_scanner_that_would_not_run_is_a_problem(
    one: Tool, sections: dict[str, str], said: str
) -> None:
    check = told(one, **sections)
    assert (check.state, said in check.value) == (State.PROBLEM, True)
    assert "penstock tools lock" in check.hint


@pytest.mark.parametrize(("word", "state"), [("refuse", State.PROBLEM), ("warn", State.NOTE)])
def test_one_that_nobody_locked_is_for_the_policy_to_judge(word: str, state: State) -> None:
    check = told(tool(locked=False), evidence=f"{{tools: {{unlocked: {word}}}}}")
    assert check.state is state
    assert f"not locked (evidence.tools.unlocked: {word})" in check.value
    assert check.hint


@pytest.mark.parametrize(
    ("sha256", "said"), [("", "built from source"), ("0" * 64, "signed release")]
)
def test_a_go_program_is_a_release_s_where_the_lock_has_its_digest(sha256: str, said: str) -> None:
    import msgspec

    lock = locks.read()
    trivy = lock.tools["trivy"]
    assert isinstance(trivy, locks.GoTool)
    asset = locks.Asset(url="https://example.org/t.tar.gz", sha256=sha256)
    released = msgspec.structs.replace(trivy, release={locks.platform_tag(): asset})
    other = msgspec.structs.replace(lock, tools={"trivy": released})
    check = evidence.scanner("trivy", tool(name="trivy"), policy(), other, NOW)
    assert f", {said}, " in check.value


def snapshot(*, hours: float = 1, excerpt: bool = False) -> Feed:
    updated = (NOW - timedelta(hours=hours)).isoformat()
    digest = "sha256:" + "0" * 64
    return Feed(
        name="osv", path="/f", digest=digest, updated=updated, excerpt=excerpt, records=3
    )  # fmt: skip


def of_feed(
    folder: Path, one: Feed | ToolError, *, hours: int | None = 48, where: str = "", **more: str
) -> Check:
    if where:
        (folder / "penstock.toml").write_text(f'{HEAD}[feeds]\nosv = "{where}"\n')
    return evidence.feed("osv", one, hours, policy(**more), settings(folder))


def test_a_feed_says_how_old_it_is_and_how_old_it_may_be(tmp_path: Path) -> None:
    check = of_feed(tmp_path, snapshot(hours=20))
    assert check.state is State.OK
    assert check.value.endswith(", 20 h old (at most 48 h)")


@pytest.mark.parametrize(
    ("where", "remedy"),
    [
        ("", "penstock feeds sync osv"),
        ("feeds/osv", "penstock feeds sync osv --to {0}/feeds"),
        ("data/pypi", "penstock feeds sync osv --to {0}/data, and name {0}/data/osv in penst"),
    ],
)
@pytest.mark.parametrize("one", [snapshot(hours=49), snapshot(excerpt=True)])
def test_one_that_no_run_believes_is_fetched_to_where_it_is_read(
    one: Feed, where: str, remedy: str, tmp_path: Path
) -> None:
    check = of_feed(tmp_path, one, where=where)
    assert check.state is State.PROBLEM
    assert check.hint.startswith(f"fetch it with: {remedy.format(tmp_path)}")
    assert where or check.hint.endswith("sync osv")


def test_one_of_the_future_speaks_of_the_clock(tmp_path: Path) -> None:
    check = of_feed(tmp_path, snapshot(hours=-1))
    assert check.value.startswith("feed_future")
    assert check.hint.startswith("set this machine's clock right, or fetch it with")


def test_an_excerpt_is_good_where_the_policy_takes_it(tmp_path: Path) -> None:
    old = snapshot(hours=9999, excerpt=True)
    check = of_feed(tmp_path, old, evidence="{excerpts: accept}")
    assert (check.state, check.value.endswith("an excerpt")) == (State.OK, True)


def test_one_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    check = of_feed(tmp_path, ToolError(GapReason.FEED_BROKEN, "it is cut", hint="fetch"))
    assert (check.state, check.value, check.hint) == (
        State.PROBLEM, "feed_broken: it is cut", "fetch",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "offline", "state"),
    [
        ("osv", "", State.OK),
        ("osv", "1", State.PROBLEM),
        ("trivy_db", "", State.PROBLEM),
        ("kev", "", State.PROBLEM),
    ],
)
def test_only_the_osv_service_can_be_asked_live(
    name: str, offline: str, state: State, tmp_path: Path
) -> None:
    (tmp_path / "penstock.toml").write_text(f'{HEAD}[feeds]\n{name} = "live"\n')
    asked = settings(tmp_path, environment={"PENSTOCK_OFFLINE": offline} if offline else {})
    told = {one.name: one for one in evidence.feeds(asked, policy())}
    assert told[f"feed {name}"].state is state
