"""CISA's answers about CVEs: what is taken from its repository, and what is believed of it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.errors import PenstockError
from pipeline.feeds import noted, vulnrichment, vulnrichment_archive
from pipeline.model.artifact import Feed
from pipeline.model.assessment import Assessment
from pipeline.model.gap import GapReason, ToolError
from tests.support.enriching import (
    COMMIT,
    ORDER,
    ROW,
    assessments,
    cve_records,
    repository,
    vulnrichment_feed,
)


def made(folder: Path, data: bytes) -> bytes:
    packed = folder / "archive.zip"
    packed.write_bytes(data)
    return vulnrichment_archive.snapshot(packed)


def opened(folder: Path, data: bytes) -> Feed:
    noted.put(vulnrichment.KIND, folder / "feed", made(folder, data), ORDER)
    return vulnrichment.open(folder / "feed")


def record(cve: str, *ssvc: dict[str, Any], org: str = vulnrichment_archive.CISA) -> dict[str, Any]:
    metrics = [{"other": {"type": "ssvc", "content": one}} for one in ssvc]
    container = {"providerMetadata": {"orgId": org}, "metrics": metrics}
    return {"cveMetadata": {"cveId": cve}, "containers": {"adp": [container]}}


def ssvc(*words: str, when: str = "2026-11-20T10:00:00Z") -> dict[str, Any]:
    names = ("Exploitation", "Automatable", "Technical Impact")
    options = [{name: word} for name, word in zip(names, words, strict=True)]
    return {"options": options, "timestamp": when}


def test_real_records_become_a_row_each(tmp_path: Path) -> None:
    feed = opened(tmp_path, repository(cve_records()))
    assert (feed.version, feed.updated, feed.records) == (COMMIT[:12], "2025-12-18T15:31:36Z", 11)
    said = vulnrichment.told(feed, ["CVE-2002-0367", "CVE-2024-24762", "CVE-2024-3651", "CVE-1-1"])
    assert said == {
        "CVE-2002-0367": Assessment(automatable="no", technical_impact="total"),
        "CVE-2024-24762": Assessment(automatable="yes", technical_impact="partial"),
        "CVE-2024-3651": Assessment(automatable="no", technical_impact="partial"),
    }
    text = (tmp_path / "feed" / vulnrichment.FILE).read_text()
    assert text.splitlines()[2] == "CVE-2002-0367,active,no,total,2025-02-07"
    assert len(text) < 700


def test_the_order_in_the_archive_and_its_packing_leave_the_snapshot_as_it_is(
    tmp_path: Path,
) -> None:
    there = made(tmp_path, repository(cve_records()))
    assert made(tmp_path, repository(reversed(cve_records()))) == there


def test_every_row_is_found_whatever_its_neighbours(tmp_path: Path) -> None:
    cves = [f"CVE-2024-{number}" for number in (3651, 36510, 365, 36511, 3652, 99999, 1000)]
    cves[2] = "CVE-2023-0365"
    feed = opened(tmp_path, repository(record(cve, ssvc("none", "no", "partial")) for cve in cves))
    assert set(vulnrichment.told(feed, [*cves, "CVE-2024-3653", "CVE-2025-1000"])) == set(cves)


@pytest.mark.parametrize(
    ("said", "row"),
    [
        ([ssvc("none", "no", "partial"), ssvc("poc", "yes", "total")], "poc,yes,total,2026-11-20"),
        ([ssvc("None", "No", "Partial")], "none,no,partial,2026-11-20"),
        ([ssvc("soon", "maybe", "vast")], "unknown,unknown,unknown,2026-11-20"),
        ([{"options": [], "timestamp": "2026-11-20T10:00:00Z"}], "unknown,unknown,unknown"),
        ([ssvc("none", "no", "partial", when="2026-11-20T23:00:00-05:00")], ",2026-11-21"),
    ],
)
def test_the_worse_of_two_answers_counts_and_a_word_nobody_knows_is_no_good_news(
    tmp_path: Path, said: list[dict[str, Any]], row: str
) -> None:
    assert row in made(tmp_path, repository([record("CVE-2026-1111", *said)])).decode()


def test_only_what_cisa_says_with_a_day_counts(tmp_path: Path) -> None:
    good = ssvc("none", "no", "partial")
    records = [
        record("CVE-2026-1111", good),
        record("CVE-2026-2222", good, org="somebody else"),
        record("CVE-2026-3333", ssvc("none", "no", "partial", when="yesterday")),
        {"cveMetadata": {"cveId": "CVE-2026-4444"}, "containers": {}},
    ]
    assert made(tmp_path, repository(records)).decode().count("CVE-2026") == 1


GOOD = record("CVE-2026-1111", ssvc("none", "no", "partial"))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a zip"),
        (b"<html>Sign in</html>", "not a zip"),
        (repository(cve_records())[:-200], "not a zip"),
        (repository([]), "holds 0 records"),
        (repository([record("CVE-2026-1111")]), "says nothing"),
        (repository([GOOD], {"x/CVE-2026-2222.json": json.dumps(GOOD).encode()}), "called"),
        (repository([GOOD], {"x/CVE-2026-1111.json": json.dumps(GOOD).encode()}), "does so"),
        (repository([GOOD], {"CVE-2026-2222.json": b"junk"}), "malformed"),
        (repository([GOOD], {"CVE-2026-2222.json": b"{}"}), "required field"),
        (repository([GOOD], {"CVE-2026-2222.json": b"[" * 200_000}), ""),
        (repository([GOOD], {"CVE-2026-2222.json": b"0" * (9 << 20)}), "larger than it may be"),
    ],
    ids=["nothing", "portal", "cut", "no record", "nothing said", "other id", "twice", "no json",
         "no record in it", "deep", "bomb"],
)  # fmt: skip
def test_an_archive_that_cannot_be_used_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(PenstockError, match=f"(?i){why}"):
        made(tmp_path, data)


def test_an_archive_that_unpacks_to_too_much_in_all_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = msgspec.structs.replace(vulnrichment_archive.LIMITS, total=5_000)
    monkeypatch.setattr(vulnrichment_archive, "LIMITS", few)
    with pytest.raises(PenstockError, match="larger than it may be"):
        made(tmp_path, repository(cve_records()))
    few = msgspec.structs.replace(vulnrichment_archive.LIMITS, total=1 << 20, files=10)
    monkeypatch.setattr(vulnrichment_archive, "LIMITS", few)
    with pytest.raises(PenstockError, match="holds 11 records"):
        made(tmp_path, repository(cve_records()))


def test_a_path_that_leads_out_lays_nothing_on_disk(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    evil = {"../../CVE-2026-2222.json": json.dumps(record("CVE-2026-2222")).encode()}
    made(tmp_path / "in", repository([GOOD], evil))
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "archive.zip"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (assessments(), "none at all"),
        (assessments(ROW.replace("poc", "soon")), "no CVE with three words"),
        (assessments(ROW.replace(",no,", ",NO,")), "no CVE with three words"),
        (assessments(ROW + ",more"), "no CVE with three words"),
        (assessments(ROW, ROW), "not sorted"),
        (assessments("CVE-2026-2222,poc,no,partial,2026-11-25", ROW), "not sorted"),
        (assessments(ROW)[:-1], "no CVE with three words"),
        (assessments(ROW, updated="2026-11-26T06:00:00Z"), "newest row"),
        (
            assessments(ROW, "CVE-2026-2222,poc,no,partial,2026-11-25")[:-40],
            "holds 1 rows, and says 2",
        ),
        (assessments(ROW, updated="soon"), "date is none"),
        (assessments(ROW, commit="main"), "first line"),
        (ROW.encode(), "first line"),
        (assessments(ROW).replace(b"automatable", b"x"), "columns"),
    ],
)
def test_a_file_that_cannot_be_right_is_none(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(ToolError, match=why) as caught:
        noted.put(vulnrichment.KIND, tmp_path, data, ORDER)
    assert caught.value.reason is GapReason.FEED_BROKEN


def test_a_file_that_changes_during_the_run_is_not_read(tmp_path: Path) -> None:
    feed = vulnrichment.open(vulnrichment_feed(tmp_path))
    vulnrichment_feed(tmp_path, ROW.replace("poc", "none"))
    with pytest.raises(ToolError, match="changed during the run"):
        vulnrichment.told(feed, ["CVE-2026-1111"])
