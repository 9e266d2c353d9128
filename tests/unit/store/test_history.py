"""Ages by the history: proven where it is sealed, and otherwise only ever older."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from pipeline.model.gap import GapReason
from pipeline.model.outcome import Skipped, SkipReason
from pipeline.store import cells, database, history
from pipeline.store.database import StoreError
from pipeline.store.line import Expected
from tests.support.judging import code, done, gap, package
from tests.support.remembered import KEY, Kept, day, instant, looks

FLAW = code()
OTHER = code(fingerprint="g")
NOTHING = Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="x")
CVE = package(advisory_published="2025-06-01", fix_versions=("3",))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "history" / "s.sqlite")


def test_without_a_history_the_advisory_counts_and_nothing_dates_the_rest(kept: Kept) -> None:
    assert kept.read().standing == "absent"
    assert kept.first_seen(CVE) == "2025-06-01"
    assert kept.first_seen(FLAW) is None
    assert kept.dated(FLAW).known_since is None


def test_what_the_first_run_finds_was_there_before_nobody_knows_since_when(kept: Kept) -> None:
    kept.run(0, FLAW, CVE)
    assert kept.read().standing == "used"
    assert kept.dated(FLAW).first_seen is None
    assert kept.dated(FLAW).known_since == day(0)
    assert kept.first_seen(CVE) == "2025-06-01"


def test_what_appears_came_after_the_last_run_that_did_not_have_it(kept: Kept) -> None:
    kept.run(0)
    kept.run(4)
    assert kept.first_seen(FLAW) == day(4)
    assert kept.first_seen(CVE) == day(4)
    kept.run(9, FLAW, CVE)
    kept.run(12, FLAW, CVE)
    assert kept.first_seen(FLAW) == day(4)
    assert kept.dated(FLAW).known_since == day(9)


def test_an_advisory_that_is_younger_than_its_component_starts_the_clock(kept: Kept) -> None:
    kept.run(0)
    late = package(advisory_published=day(3))
    kept.run(5, late)
    assert kept.first_seen(late) == day(3)


def test_a_run_that_did_not_look_proves_no_absence(kept: Kept) -> None:
    kept.run(0)
    kept.run(3, seen=looks(3, ["pip-audit"]))
    assert kept.first_seen(FLAW) == day(0)
    hidden = done(3, gap("semgrep", GapReason.TIMEOUT, FLAW.target))
    kept.run(5, seen=looks(5, ["semgrep"], outcome=hidden))
    assert kept.first_seen(FLAW) is None
    assert kept.first_seen(code(target="app/other.py")) == day(5)


def test_a_gap_in_a_manifest_hides_the_whole_of_it() -> None:
    hidden = done(3, gap("pip-audit", GapReason.UNPINNED, "requirements.txt#jinja2==2.10"))
    (one,) = looks(0, ["pip-audit"], outcome=hidden)
    assert not one.sees("requirements.txt")
    assert one.sees("requirements.txt.old")


def test_a_defect_that_several_stages_report_is_gone_when_none_of_them_has_it(kept: Kept) -> None:
    both = package(sources=("pip-audit", "packages"), advisory_published=None)
    every = ("pip-audit", "packages")
    kept.run(0, seen=looks(0, every))
    kept.run(1, both, seen=looks(1, every))
    kept.run(200, seen=looks(200, ["pip-audit"]))
    kept.run(350, seen=looks(350, ["pip-audit"]))
    assert kept.first_seen(both) == day(0)
    kept.run(500, seen=looks(500, every))
    assert kept.first_seen(both) == day(0)


def test_a_defect_that_several_stages_report_came_after_all_of_them_had_looked(
    kept: Kept,
) -> None:
    both = package(sources=("pip-audit", "packages"), advisory_published=None)
    kept.run(0, seen=looks(0, ["packages"]))
    assert kept.first_seen(both) is None
    kept.run(3, seen=looks(3, ["pip-audit"]))
    assert kept.first_seen(both) == day(0)


def test_a_defect_keeps_its_age_for_ninety_days(kept: Kept) -> None:
    kept.run(0)
    kept.run(2, FLAW)
    kept.run(10)
    kept.run(100)
    assert kept.first_seen(FLAW) == day(0)
    kept.run(101)
    assert kept.first_seen(FLAW) == day(101)


def test_the_days_of_memory_begin_with_a_run_that_proves_that_it_is_gone(kept: Kept) -> None:
    kept.run(0)
    kept.run(1, FLAW)
    kept.run(5, seen=())
    kept.run(100)
    assert kept.first_seen(FLAW) == day(0)


def test_a_bump_that_stays_vulnerable_keeps_its_age(kept: Kept) -> None:
    kept.run(0)
    kept.run(1, package(version="2.10"))
    assert kept.first_seen(package(version="2.11")) == day(0)


def test_an_alias_that_joins_two_defects_gives_both_the_age_of_the_older(kept: Kept) -> None:
    older, newer = package(cve="CVE-2026-1"), package(cve="CVE-2026-2")
    kept.run(0)
    kept.run(2, older)
    kept.run(5, older, newer)
    joined = package(cve="CVE-2026-1", aliases=("CVE-2026-1", "CVE-2026-2"))
    assert kept.first_seen(joined) == day(0)
    kept.run(6, joined)
    assert kept.first_seen(newer) == day(0)


def test_an_unknown_start_is_older_than_any_known_one(kept: Kept) -> None:
    older, newer = package(cve="CVE-2026-1"), package(cve="CVE-2026-2")
    kept.run(0, older)
    kept.run(5, older, newer)
    joined = package(cve="CVE-2026-1", aliases=("CVE-2026-1", "CVE-2026-2"))
    assert kept.first_seen(joined) is None
    kept.run(6, joined)
    assert kept.first_seen(newer) is None
    assert kept.dated(newer).known_since == day(0)


def test_a_fix_appeared_after_the_last_run_that_knew_of_none(kept: Kept) -> None:
    without = package(fix_versions=(), advisory_published="2025-06-01")
    kept.run(0, without)
    kept.run(30, without)
    assert kept.dated(without).fix_available_at is None
    assert kept.dated(CVE).fix_available_at == day(30)
    kept.run(40, CVE)
    kept.run(50, without)
    kept.run(60, CVE)
    assert kept.dated(CVE).fix_available_at in (None, day(30))


def test_a_fix_that_was_there_from_the_start_has_no_day(kept: Kept) -> None:
    kept.run(0)
    kept.run(1, CVE)
    assert kept.dated(CVE).fix_available_at is None


def test_a_fix_that_nobody_knew_of_for_a_while_has_no_day(kept: Kept) -> None:
    kept.run(0, package(fix_versions=()))
    kept.run(1, package(fix_versions=None))
    assert kept.dated(CVE).fix_available_at is None


@pytest.mark.parametrize("key", [None, b"another"])
def test_without_the_key_it_makes_nothing_younger(kept: Kept, key: bytes | None) -> None:
    kept.run(0)
    kept.run(4, FLAW, CVE)
    kept.key = key
    assert kept.read().standing == "unauthenticated"
    assert kept.first_seen(FLAW) is None
    assert kept.first_seen(CVE) == "2025-06-01"
    assert kept.read().baseline is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seen SET since = '2026-12-01'",
        "UPDATE seen SET known = '2026-12-01'",
        "DELETE FROM seen",
        "UPDATE seen SET gone = '2026-01-01T00:00:00Z'",
        "UPDATE looks SET look = replace(look, '2026-01-', '2026-03-')",
        "UPDATE runs SET at = '2026-03-01T00:00:00Z' WHERE number = 2",
        "UPDATE runs SET seal = '' WHERE number = 2",
        "DELETE FROM runs WHERE number = 2",
        "INSERT INTO looks SELECT 'fork', stage, look FROM looks",
    ],
)
def test_an_edit_breaks_the_seal_and_is_never_sealed_again(kept: Kept, statement: str) -> None:
    old = package("x", cve="CVE-2026-7", advisory_published="2025-01-01")
    kept.run(0)
    kept.run(1, FLAW, old)
    kept.edit(statement)
    assert kept.read().standing == "unauthenticated"
    assert kept.first_seen(FLAW) is None
    kept.run(50, FLAW, old)
    assert kept.read().standing == "used"
    assert kept.first_seen(FLAW) is None
    assert kept.first_seen(old) == "2025-01-01"
    kept.run(60, FLAW, OTHER)
    assert kept.first_seen(OTHER) == day(50)
    _, fault = history.runs(kept.path, KEY)
    assert fault


def test_an_edit_can_make_a_finding_older(kept: Kept) -> None:
    kept.run(0)
    kept.run(1, CVE)
    kept.edit("UPDATE seen SET since = '2024-01-01'")
    assert kept.first_seen(CVE) == "2024-01-01"


def test_the_chain_of_runs_says_where_one_is_missing(kept: Kept) -> None:
    for number in range(4):
        kept.run(number, FLAW)
    found, fault = history.runs(kept.path, KEY)
    assert [one.number for one in found] == [1, 2, 3, 4]
    assert fault == ""
    kept.edit("DELETE FROM runs WHERE number = 2")
    assert history.runs(kept.path, KEY)[1] == "run 2 is missing"
    assert "run 1" in history.runs(kept.path, b"another")[1]


def test_a_run_without_the_key_adds_nothing_to_a_sealed_history(kept: Kept) -> None:
    kept.run(0, FLAW)
    before = kept.path.read_bytes()
    with pytest.raises(StoreError, match="PENSTOCK_HMAC_KEY"):
        kept.run(1, key=None)
    assert kept.path.read_bytes() == before


def test_a_history_without_a_seal_says_what_was_there_and_dates_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "s.sqlite", key=None)
    kept.run(0)
    kept.run(1, FLAW, CVE)
    kept.run(9, FLAW, CVE)
    assert kept.dated(FLAW).first_seen is None
    assert kept.dated(FLAW).known_since == day(1)
    assert kept.first_seen(CVE) == "2025-06-01"


def test_an_advisory_that_is_dated_anew_makes_nothing_younger(kept: Kept) -> None:
    kept.run(0)
    kept.run(5, CVE)
    later = msgspec.structs.replace(CVE, advisory_published=day(40))
    assert kept.first_seen(later) == day(5)
    kept.key = b"another"
    assert kept.first_seen(later) == day(0)


@pytest.mark.parametrize(
    "content", [b"junk", b"SQLite format 3\0" + b"\0" * 200, b"\0" * 4096], ids=str
)
def test_what_is_no_history_is_no_history_and_stays_as_it_is(kept: Kept, content: bytes) -> None:
    kept.path.parent.mkdir()
    kept.path.write_bytes(content)
    assert kept.read().standing == "broken"
    assert kept.first_seen(CVE) == "2025-06-01"
    with pytest.raises(StoreError):
        kept.run(0, FLAW)
    assert kept.path.read_bytes() == content


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 3"])
def test_a_foreign_or_newer_database_is_left_as_it_is(kept: Kept, pragma: str) -> None:
    kept.run(0, FLAW)
    kept.edit(f"PRAGMA {pragma}")
    before = kept.path.read_bytes()
    assert kept.read().standing == "broken"
    with pytest.raises(StoreError):
        kept.run(1, FLAW)
    assert kept.path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seen SET gone = 'yesterday'",
        "UPDATE seen SET gone = '2026-02-30T00:00:00Z'",
        "UPDATE seen SET since = 5",
        "UPDATE seen SET known = x'00'",
        "UPDATE seen SET subjects = '{'",
        "UPDATE seen SET subjects = 7",
        "UPDATE seen SET fix = 'perhaps'",
        "UPDATE seen SET tracks = ''",
        "UPDATE seen SET tracks = ' '",
        """UPDATE looks SET look = '{"z":' || replace(hex(zeroblob(100000)), '00', '[')""",
        """UPDATE runs SET stages = '[{"z":' || replace(hex(zeroblob(100000)), '00', '[')""",
        "UPDATE looks SET look = '{}'",
        "UPDATE looks SET look = replace(look, 'T12', 'T92')",
        "UPDATE runs SET stages = '['",
        "UPDATE runs SET number = 'x' || number",
        "DROP TABLE looks",
        "ALTER TABLE seen RENAME COLUMN gone TO went",
        "CREATE VIEW v AS WITH RECURSIVE n AS (SELECT 1 UNION ALL SELECT * FROM n) SELECT 1",
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM seen; END",
    ],
)
def test_a_history_that_makes_no_sense_is_none(kept: Kept, statement: str) -> None:
    kept.run(0, FLAW)
    try:
        kept.edit(statement)
    except sqlite3.IntegrityError:
        return
    assert kept.read().standing == "broken"
    assert kept.first_seen(CVE) == "2025-06-01"
    with pytest.raises(StoreError):
        kept.run(1, FLAW)


def test_a_folder_in_its_place_is_no_history(kept: Kept) -> None:
    kept.path.mkdir(parents=True)
    assert kept.read().standing == "broken"
    with pytest.raises(StoreError):
        kept.run(0, FLAW)


def test_an_empty_file_is_a_history_that_begins(kept: Kept) -> None:
    kept.path.parent.mkdir()
    kept.path.touch()
    assert kept.read().standing == "absent"
    kept.run(0, FLAW)
    assert kept.read().standing == "used"


def test_it_is_read_also_where_nothing_can_be_written(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.run(0)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert kept.read().standing == "used"
    assert [path.name for path in kept.path.parent.iterdir()] == ["s.sqlite"]


def test_a_run_that_ends_late_makes_nothing_younger_and_loses_nothing(kept: Kept) -> None:
    kept.run(0)
    kept.run(5)
    kept.run(4, FLAW)
    assert len(history.runs(kept.path, KEY)[0]) == 3
    assert kept.first_seen(FLAW) is None
    assert kept.dated(FLAW).known_since == day(4)
    kept.run(5.5, OTHER)
    kept.run(3, OTHER)
    assert kept.first_seen(OTHER) == day(5)
    assert kept.dated(OTHER).known_since == day(3)


def test_two_branches_have_two_histories(kept: Kept) -> None:
    kept.run(0)
    kept.run(1, ref="release/1")
    kept.run(5, FLAW)
    assert kept.first_seen(FLAW) == day(0)
    assert kept.first_seen(FLAW, ref="release/1") == day(1)


def test_a_new_branch_goes_on_with_the_one_that_it_has_grown_from(kept: Kept) -> None:
    kept.run(0)
    kept.run(5, FLAW)
    assert kept.first_seen(FLAW, ref="release/2") == day(0)
    assert kept.first_seen(FLAW, ref="release/2", grown=False) is None
    kept.run(7, FLAW, ref="release/2")
    kept.run(8, FLAW)
    assert kept.first_seen(FLAW, ref="release/2") == day(0)


def test_a_folder_has_a_history_of_its_own(kept: Kept) -> None:
    kept.run(0)
    kept.run(3, ref="main:service")
    kept.run(6, FLAW)
    kept.run(7, FLAW, ref="main:service")
    assert kept.first_seen(FLAW) == day(0)
    assert kept.first_seen(FLAW, ref="main:service") == day(3)
    assert kept.first_seen(FLAW, ref="main:other") is None
    assert kept.first_seen(FLAW, ref="new") is None, "the last run was of another folder"
    assert kept.first_seen(FLAW, ref="new:service") == day(3)


def test_a_run_without_an_image_proves_nothing_about_it(kept: Kept) -> None:
    old = package(stage="image", target="registry/api:1@sha256:1", advisory_published=None)
    new = package(stage="image", target="registry/api:2@sha256:2", advisory_published=None)
    seen = ("registry/api:1@sha256:1", "registry/web:1")
    kept.run(0, seen=looks(0, ["image"], targets=seen))
    kept.run(3, seen=looks(3, ["image"], targets=["registry/web:1"]))
    assert kept.first_seen(new) is None
    kept.run(4, old, seen=looks(4, ["image"], targets=seen))
    kept.run(150, seen=looks(150, ["image"], targets=["registry/web:2"]))
    kept.run(300, seen=looks(300, ["image"], outcome=NOTHING))
    assert kept.dated(new).known_since == day(4)
    kept.run(301, seen=looks(301, ["image"], targets=["registry/api:3"]))
    kept.run(302, seen=looks(302, ["image"], targets=["registry/api:3"]))
    assert kept.dated(new).known_since == day(4), "gone for a day"


def test_what_is_long_gone_is_dropped(kept: Kept) -> None:
    kept.run(0, FLAW)
    kept.run(1)
    kept.run(402)
    with closing(sqlite3.connect(kept.path)) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


def test_a_crash_in_the_middle_leaves_what_was_there(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.run(0, FLAW)
    before = kept.read()

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(cells, "of_run", die)
    with pytest.raises(RuntimeError):
        kept.run(1, OTHER)
    assert kept.read() == before


def test_the_last_run_is_known_to_whom_the_seal_holds(kept: Kept) -> None:
    kept.run(3)
    last = kept.read().last
    assert last is not None
    assert last.at == instant(3)
    kept.key = None
    assert kept.read().last is None


def test_a_finding_without_a_track_is_neither_kept_nor_dated(kept: Kept) -> None:
    loose = code(track_ids=())
    kept.run(0, loose)
    assert kept.dated(loose).known_since is None


def test_a_folder_in_place_of_the_history_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        database.read(tmp_path)


def test_a_pipe_in_place_of_the_history_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="no regular file"):
        database.read(tmp_path / "pipe")


def expected(at: float, *images: str, commits: tuple[str, ...] = ("c" * 40,)) -> Expected:
    return Expected(at=instant(at), commits=commits, images=images)


def test_what_is_expected_is_kept_by_branch_and_environment(kept: Kept) -> None:
    kept.run(0, expected=expected(0, "oci:one"))
    kept.run(1, environment="weekly", expected=expected(1))
    kept.run(2, ref="release/1", grown=False, expected=expected(2, "oci:other"))
    assert kept.read().line.expected == {"main": expected(0, "oci:one"), "weekly": expected(1)}
    kept.run(3, expected=expected(3))
    assert kept.read().line.expected["main"] == expected(3)


def test_what_a_new_branch_has_grown_from_is_expected_of_it(kept: Kept) -> None:
    kept.run(0, expected=expected(0, "oci:one"))
    assert kept.read(ref="release/2").line.expected == {"main": expected(0, "oci:one")}
    assert kept.read(ref="release/2", grown=False).line.expected == {}


def test_a_new_branch_goes_on_with_what_it_has_grown_from_whatever_was_judged_last(
    kept: Kept,
) -> None:
    whole, other = "a" * 40, "b" * 40
    kept.run(0, expected=expected(0, "oci:one", commits=(whole,)))
    kept.run(1, ref="release/1", grown=False, expected=expected(1, commits=(other,)))
    kept.run(2, ref="main:service", expected=expected(2))
    new = history.read(
        kept.path, key=kept.key, ref="release/2", descends=lambda commit: commit == whole
    )
    assert new.line.expected == {"main": expected(0, "oci:one", commits=(whole,))}


def test_a_run_that_ends_late_or_expects_nothing_leaves_what_is_expected(kept: Kept) -> None:
    kept.run(5, expected=expected(5, "oci:one"))
    kept.run(3, expected=expected(3))
    kept.run(6)
    assert kept.read().line.expected == {"main": expected(5, "oci:one")}


def test_what_is_expected_is_sealed_and_believed_without_a_seal(kept: Kept) -> None:
    kept.run(0, expected=expected(0, "oci:one", "oci:two"))
    assert kept.read().standing == "used"
    kept.edit("UPDATE expected SET expected = replace(expected, ',\"oci:two\"', '')")
    assert kept.read().standing == "unauthenticated"
    assert kept.read().line.expected == {"main": expected(0, "oci:one")}
    kept.run(1)
    assert kept.read().line.expected == {"main": expected(0, "oci:one")}, "it can only add"


@pytest.mark.parametrize(
    "told",
    [
        "{",
        "[]",
        "{}",
        '{"at":"x","commits":["c"],"images":[]}',
        '{"at":"2026-01-01T00:00:00Z","commits":[],"images":[]}',
    ],
)
def test_what_is_expected_and_makes_no_sense_is_no_history(kept: Kept, told: str) -> None:
    kept.run(0, expected=expected(0))
    kept.edit("UPDATE expected SET expected = ?", told)
    assert kept.read().standing == "broken"
