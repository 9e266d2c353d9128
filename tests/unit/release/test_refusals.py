"""What is not signed, each with a sentence that says why."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.bundle.read import Stored, read
from pipeline.model.record import Setting
from pipeline.model.verdict import Decision, PolicySource, Subject
from pipeline.release.refusals import Claim, FailedError, NotSignedError, refuse
from tests.support.judging import feed
from tests.support.releasing import COMMIT, bundle, stages

IMAGE = "sha256:" + "1" * 64
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
CLEAN = Subject(commit=COMMIT, tree="d" * 40, dirty=False, images=(IMAGE,))


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return read(bundle(tmp_path / "b", IMAGE, now=NOW))


def changed(stored: Stored, part: str, **fields: Any) -> Stored:
    """Change fields of one part of a bundle that was read."""
    new = msgspec.structs.replace(getattr(stored, part), **fields)
    return msgspec.structs.replace(stored, **{part: new})


def refusal(stored: Stored, now: datetime = NOW) -> str:
    with pytest.raises(NotSignedError) as caught:
        refuse(stored, now=now, max_age=DAY)
    assert caught.value.exit == 3
    return caught.value.message


def test_what_passed_a_moment_ago_is_signed(stored: Stored) -> None:
    refuse(stored, now=NOW + DAY, max_age=DAY)


def test_fail_keeps_its_exit_code(stored: Stored) -> None:
    with pytest.raises(FailedError) as caught:
        refuse(changed(stored, "verdict", verdict=Decision.FAIL), now=NOW, max_age=DAY)
    assert caught.value.exit == 1
    assert "the verdict is FAIL" in caught.value.message


@pytest.mark.parametrize(
    ("part", "fields", "why"),
    [
        ("verdict", {"verdict": Decision.INCONCLUSIVE}, "the verdict is INCONCLUSIVE"),
        ("verdict", {"report_only_until": "2026-12-01"}, "hides a breach"),
        ("verdict", {"demo": True}, "an excerpt"),
        ("run", {"demo": True}, "an excerpt"),
        ("run", {"origin": "imported"}, "other programs made it"),
        ("run", {"interrupted": True}, "was interrupted"),
        ("run", {"started": "2026-11-25T11:00:00Z"}, "--as-of"),
        ("facts", {"feeds": (feed(excerpt=True),)}, "an excerpt of osv"),
    ],
)
def test_each_reason_is_named(stored: Stored, part: str, fields: Any, why: str) -> None:
    assert why in refusal(changed(stored, part, **fields))


@pytest.mark.parametrize(("dirty", "why"), [(True, "was dirty"), (None, "no clean commit")])
def test_a_tree_that_is_no_commit(stored: Stored, dirty: bool | None, why: str) -> None:  # noqa: FBT001 -- of three values
    subject = msgspec.structs.replace(CLEAN, dirty=dirty)
    assert why in refusal(changed(stored, "verdict", subject=subject))


def test_a_policy_of_the_change_itself(stored: Stored) -> None:
    source = PolicySource(name="p", digest="d", source="working-tree:policies", trusted=False)
    assert "working-tree:policies is not trusted" in refusal(
        changed(stored, "verdict", policy=source)
    )


def test_an_instant_that_was_chosen(stored: Stored) -> None:
    noted = (Setting(name="as-of", value="2026-11-25T12:00:00Z", origin="flag --as-of"),)
    assert "--as-of" in refusal(changed(stored, "run", settings=noted))


def test_tools_that_no_lock_pins(stored: Stored) -> None:
    loose = msgspec.structs.replace(stored, stages=stages(locked=False))
    assert "no lock pins: trivy" in refusal(loose)


def test_excerpts_of_scanners(stored: Stored) -> None:
    cut = tuple(
        msgspec.structs.replace(one, feeds=(feed(name="trivy-db", excerpt=True),))
        for one in stored.stages
    )
    assert "an excerpt of trivy-db" in refusal(msgspec.structs.replace(stored, stages=cut))


def test_a_verdict_that_is_too_old(stored: Stored) -> None:
    assert "older than 24 hours" in refusal(stored, NOW + DAY + timedelta(seconds=1))


def test_a_verdict_of_the_future(stored: Stored) -> None:
    refuse(stored, now=NOW - timedelta(minutes=10), max_age=DAY)
    assert "in the future" in refusal(stored, NOW - timedelta(minutes=11))


def test_every_reason_is_named_at_once(stored: Stored) -> None:
    told = refusal(changed(changed(stored, "run", interrupted=True), "verdict", demo=True))
    assert "interrupted" in told
    assert "excerpt" in told


@pytest.mark.parametrize(
    "fields", [{"verdict": Decision.FAIL}, {"report_only_until": "2026-12-01"}]
)
def test_a_failure_can_be_attested_as_one(stored: Stored, fields: dict[str, Any]) -> None:
    refuse(changed(stored, "verdict", **fields), now=NOW, max_age=DAY, claim=Claim.FAILED)


@pytest.mark.parametrize("decision", [Decision.PASS, Decision.WARN, Decision.INCONCLUSIVE])
def test_nothing_else_can_be_attested_as_a_failure(stored: Stored, decision: Decision) -> None:
    other = changed(stored, "verdict", verdict=decision)
    with pytest.raises(NotSignedError, match=f"the verdict is {decision.value}") as caught:
        refuse(other, now=NOW, max_age=DAY, claim=Claim.FAILED)
    assert caught.value.exit == 3


def test_a_failure_has_to_be_as_well_founded_as_a_pass(stored: Stored) -> None:
    failed = changed(stored, "verdict", verdict=Decision.FAIL, demo=True)
    with pytest.raises(NotSignedError, match="an excerpt"):
        refuse(failed, now=NOW, max_age=DAY, claim=Claim.FAILED)
    with pytest.raises(NotSignedError, match="older than"):
        refuse(
            changed(stored, "verdict", verdict=Decision.FAIL),
            now=NOW + 2 * DAY,
            max_age=DAY,
            claim=Claim.FAILED,
        )


def test_what_was_warned_of_is_signed(stored: Stored) -> None:
    refuse(changed(stored, "verdict", verdict=Decision.WARN), now=NOW, max_age=DAY)
