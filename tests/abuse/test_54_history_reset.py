"""Abuse 54: the history is deleted, edited or put back from a backup, to reset what is overdue."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.policy.judging.sla import overdue
from tests.support.attacked import BAD, STRICT, Repository
from tests.support.command import penstock
from tests.support.judging import code, package, policy, rules_of, verdict
from tests.support.remembered import FIRST, Kept, day

SLA = "{days: {P0: 3, P1: 14, P2: 60, P3: 180}}"
RULE = "\n  - {id: R-SLA, title: In time, match: {sla_breached: true}, effect: fail}"
FLAW = code(severity="high")
CVE = package(severity="high", advisory_published="2025-12-20", fix_versions=("3",))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """A history in which both have been there for thirty days, and were proven absent before."""
    made = Kept(tmp_path / "s.sqlite")
    made.run(0)
    for at in (1, 10, 20, 30):
        made.run(at, FLAW, CVE)
    return made


def broken(kept: Kept, at: int) -> list[str]:
    judged_by = policy(sla=SLA, rules=RULE)
    findings = kept.read().dated([FLAW, CVE])
    found = verdict(judged_by, *findings, now=FIRST + timedelta(days=at))
    return sorted(one.finding or "" for one in found.breaches)


BOTH = sorted((FLAW.id, CVE.id))


def test_both_are_overdue_to_begin_with(kept: Kept) -> None:
    assert kept.first_seen(FLAW) == day(0)
    assert broken(kept, 31) == BOTH


def test_deleting_it_mends_nothing_now_and_nothing_after_the_next_run(kept: Kept) -> None:
    kept.delete()
    assert broken(kept, 31) == BOTH
    kept.run(31, FLAW, CVE)
    kept.run(32, FLAW, CVE)
    assert broken(kept, 33) == BOTH


def test_an_old_copy_of_it_mends_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "s.sqlite")
    kept.run(0)
    before_both = kept.backup()
    kept.run(1, FLAW, CVE)
    kept.run(30, FLAW, CVE)
    kept.restore(before_both)
    assert broken(kept, 31) == BOTH
    kept.run(31, FLAW, CVE)
    assert broken(kept, 32) == BOTH
    assert kept.first_seen(FLAW) == day(0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seen SET since = '2026-01-30', known = '2026-01-30'",
        "DELETE FROM seen",
        "UPDATE seen SET gone = '2025-01-01T00:00:00Z'",
        "UPDATE looks SET look = replace(look, '2026-01-31', '2026-03-31')",
        "DELETE FROM runs WHERE number > 2",
    ],
)
def test_editing_it_mends_nothing(kept: Kept, statement: str) -> None:
    kept.edit(statement)
    assert broken(kept, 31) == BOTH
    kept.run(31, FLAW, CVE)
    kept.run(32, FLAW, CVE)
    assert broken(kept, 33) == BOTH


def test_a_history_of_the_attackers_own_mends_nothing(kept: Kept, tmp_path: Path) -> None:
    forged = Kept(tmp_path / "forged.sqlite", key=b"guessed")
    forged.run(29)
    forged.run(30, FLAW, CVE)
    assert forged.first_seen(FLAW) == day(29)
    kept.restore(forged.path)
    assert kept.read().standing == "unauthenticated"
    assert broken(kept, 31) == BOTH


def test_losing_the_key_mends_nothing(kept: Kept) -> None:
    kept.key = None
    assert broken(kept, 31) == BOTH


def test_what_is_not_overdue_is_not_made_so_by_an_intact_history(kept: Kept) -> None:
    assert broken(kept, 14) == []
    judged_by = policy(sla=SLA, rules=RULE)
    assert judged_by.clocks is not None
    assert overdue(kept.dated(FLAW), judged_by.clocks, FIRST.toordinal()).value == "no"
    assert rules_of(verdict(judged_by).breaches) == []


@pytest.mark.tools
def test_real_runs_judge_by_it_and_the_bundle_repeats_the_judgement_without_it(
    tmp_path: Path,
) -> None:
    made = Repository(tmp_path / "repository")
    rule = "{id: R-1, title: Nothing high, match: {severity: [critical, high]}, effect: fail}"
    clock = "{id: R-SLA, title: In time, match: {sla_breached: true}, effect: fail}"
    made.write("policies/gate.yaml", STRICT.replace(rule, clock) + "sla: " + SLA + "\n")
    made.write(".github/workflows/ci.yml", BAD.replace("${{ github.event.issue.title }}", "x"))
    made.commit()
    store = tmp_path / "s.sqlite"
    usual = ("--env", "main", "--store", store)
    key = {"PENSTOCK_HMAC_KEY": "secret"}
    assert made.run(*usual, ci=False, **key)[0].code == 0
    made.write(".github/workflows/ci.yml", BAD)
    made.commit()
    done, bundle = made.run(*usual, ci=False, **key)
    (flaw,) = [one for one in bundle.findings if one["severity"] == "high"]
    assert (done.code, flaw["state"]) == (0, "new")
    assert flaw["first_seen"] is not None
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (2,)
    store.unlink()
    again = penstock("gate", bundle.path, "--format", "json")
    assert again.code == 0
    assert json.loads(again.out)["verdict"] == bundle.verdict
    reset, later = made.run(*usual, ci=False, **key)
    assert (reset.code, later.verdict["verdict"]) == (1, "FAIL")
    assert later.verdict["breaches"][0]["certain"] is False
