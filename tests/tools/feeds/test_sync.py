"""Feeds fetched from loopback servers that speak the real protocols."""

import json
import os
import tarfile
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.app import answer
from pipeline.errors import PenstockError
from pipeline.feeds import FEEDS, epss, kev, places
from pipeline.feeds.base import Order
from pipeline.model.artifact import Feed
from pipeline.toolchain.http import Http
from pipeline.watch import Silent
from tests.support.artefacts import GOOD, METADATA, Registry, bolt, digest, dump, packed, serve
from tests.support.dependencies import record, recorded_records
from tests.support.enriching import FRESH, catalogue, cve_records, table
from tests.support.enriching import repository as archived
from tests.support.loopback import Loopback, Request, Response

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def sync(name: str, folder: Path, mirror: str, http: Http) -> Feed:
    return places.sync(name, folder, Order(mirror=mirror, now=NOW), http=http, watcher=Silent())


def test_a_dump_becomes_a_snapshot_in_its_place(http: Http, tmp_path: Path) -> None:
    records = recorded_records()
    served = Response(body=dump(records))
    with Loopback(lambda r: served if r.path == "/m/PyPI/all.zip" else Response(404)) as server:
        feed = sync("osv", tmp_path, f"{server.url}/m/", http)
        mirror = f"{server.url}/m/"
    assert feed.records == len(records)
    assert feed.updated == "2026-02-04T03:33:10.792778Z"
    assert not feed.excerpt
    assert FEEDS["osv"].open(tmp_path / "osv").digest == feed.digest
    noted = tomllib.loads((tmp_path / "feeds.lock").read_text())["feeds"]["osv"]
    assert noted == {
        "digest": feed.digest,
        "records": feed.records,
        "updated": feed.updated,
        "source": mirror,
        "fetched": "2026-11-25T12:00:00Z",
    }


def test_syncing_the_same_again_changes_nothing(http: Http, tmp_path: Path) -> None:
    with Loopback(lambda _: Response(body=dump(recorded_records()))) as server:
        first = sync("osv", tmp_path, server.url, http)
        before = sorted(path.name for path in tmp_path.iterdir())
        assert sync("osv", tmp_path, server.url, http) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_newer_dump_takes_the_place_and_the_older_one_stays_beside_it(
    http: Http, tmp_path: Path
) -> None:
    with Loopback(lambda _: Response(body=dump(recorded_records()))) as server:
        old = sync("osv", tmp_path, server.url, http)
    newer = [*recorded_records(), record("PYSEC-2030-1", "demo")]
    with Loopback(lambda _: Response(body=dump(newer))) as server:
        new = sync("osv", tmp_path, server.url, http)
    assert FEEDS["osv"].open(tmp_path / "osv") == new
    assert new.records == old.records + 1
    assert Path(old.path).is_dir()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not a zip"),
        (b"<html>Sign in</html>", "not a zip"),
        (dump(recorded_records())[:-2000], "not a zip"),
        (dump([]), "holds 0 records"),
        (dump([record("A", "demo")], **{"B.json": b'{"id": "C"}'}), "called 'C'"),
        (dump([record("A", "demo")], **{"B.json": b"junk"}), "malformed"),
        (dump([], **{"../../evil.json": record("evil", "demo")}), "called 'evil'"),
        (dump([], **{"big.json": b"0" * (40 << 20)}), "larger than it may be"),
    ],
    ids=["nothing", "portal", "cut", "no record", "another id", "no json", "path", "bomb"],
)
def test_a_dump_that_cannot_be_used_leaves_what_was_there(
    http: Http, tmp_path: Path, body: bytes, why: str
) -> None:
    with Loopback(lambda _: Response(body=dump(recorded_records()))) as server:
        good = sync("osv", tmp_path, server.url, http)
    before = sorted(path.name for path in tmp_path.iterdir())
    with (
        Loopback(lambda _: Response(body=body)) as server,
        pytest.raises(PenstockError, match=f"(?i){why}"),
    ):
        sync("osv", tmp_path, server.url, http)
    assert FEEDS["osv"].open(tmp_path / "osv") == good
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_damaged_snapshot_is_replaced_by_a_whole_one(http: Http, tmp_path: Path) -> None:
    with Loopback(lambda _: Response(body=dump(recorded_records()))) as server:
        good = sync("osv", tmp_path, server.url, http)
        (Path(good.path) / "records.ndjson").write_bytes(b"")
        assert sync("osv", tmp_path, server.url, http) == good
    assert FEEDS["osv"].open(tmp_path / "osv") == good


def test_what_a_killed_sync_left_behind_is_removed_a_day_later(http: Http, tmp_path: Path) -> None:
    old, fresh = tmp_path / ".osv-aaaaaaaaaaaa", tmp_path / ".osv-bbbbbbbbbbbb"
    for path, age in ((old, timedelta(days=2)), (fresh, timedelta(hours=1))):
        path.mkdir()
        when = (NOW - age).timestamp()
        os.utime(path, (when, when))
    with Loopback(lambda _: Response(body=dump(recorded_records()))) as server:
        sync("osv", tmp_path, server.url, http)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_a_folder_that_cannot_be_written_is_explained(http: Http, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        Loopback(lambda _: Response(body=dump(recorded_records()))) as server,
        pytest.raises(PenstockError, match="cannot hold the osv feed"),
    ):
        sync("osv", tmp_path / "file" / "feeds", server.url, http)


def test_a_folder_that_somebody_else_put_there_is_not_touched(http: Http, tmp_path: Path) -> None:
    (tmp_path / "osv").mkdir()
    (tmp_path / "osv" / "precious").touch()
    with (
        Loopback(lambda _: Response(body=dump(recorded_records()))) as server,
        pytest.raises(PenstockError, match="was not put there"),
    ):
        sync("osv", tmp_path, server.url, http)
    assert (tmp_path / "osv" / "precious").exists()


def test_a_database_is_fetched_from_a_registry_and_laid_out_for_trivy(
    http: Http, tmp_path: Path
) -> None:
    with serve(Registry(packed(GOOD))) as server:
        feed = sync("trivy_db", tmp_path, f"{server.url}/db/trivy:2", http)
    assert feed.digest == digest(GOOD["trivy.db"])
    assert (feed.records, feed.updated, feed.excerpt) == (3, METADATA["UpdatedAt"], False)
    assert (tmp_path / "trivy_db" / "db" / "trivy.db").read_bytes() == GOOD["trivy.db"]
    assert (tmp_path / "trivy_db" / "db" / "metadata.json").exists()


def test_a_database_may_be_pinned_by_digest(http: Http, tmp_path: Path) -> None:
    registry = Registry(packed(GOOD))
    with serve(registry) as server:
        pinned = f"{server.url}/db/trivy@{digest(registry.manifest)}"
        assert sync("trivy_db", tmp_path, pinned, http).records == 3
        registry.manifest += b" "
        with pytest.raises(PenstockError):
            sync("trivy_db", tmp_path, pinned, http)


def test_content_that_does_not_fit_its_digest_is_refused(http: Http, tmp_path: Path) -> None:
    with serve(Registry(packed(GOOD))) as server:
        server.alter("/cdn", lambda r: Response(200, bytes([r.body[0] ^ 1]) + r.body[1:]))
        with pytest.raises(PenstockError, match="not what its manifest names"):
            sync("trivy_db", tmp_path, f"{server.url}/db/trivy:2", http)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("registry", "why"),
    [
        (Registry(packed(GOOD), media="application/octet-stream"), "where one"),
        (Registry(packed(GOOD), size=5), "more than 5 bytes"),
        (Registry(packed(GOOD), size=1 << 40), "more than"),
        (Registry(b"no tar"), "cannot be read"),
        (Registry(packed({"trivy.db": bolt()})), "lacks metadata.json"),
        (Registry(packed(GOOD, kind=tarfile.SYMTYPE)), "lacks metadata.json and trivy.db"),
        (Registry(packed({**GOOD, "trivy.db": b"junk" * 5000})), "cannot be read"),
        (Registry(packed({**GOOD, "trivy.db": b""})), "cannot be read"),
        (Registry(packed({**GOOD, "trivy.db": bolt(0)})), "describes no vulnerability"),
        (Registry(packed({**GOOD, "metadata.json": b'{"Version": 1}'})), "(?i)cannot be used"),
        (
            Registry(
                packed(
                    {
                        **GOOD,
                        "metadata.json": json.dumps({**METADATA, "UpdatedAt": "soon"}).encode(),
                    }
                )
            ),
            "its date is none",
        ),
    ],
    ids=[
        "other type",
        "larger than said",
        "too large",
        "no tar",
        "no metadata",
        "links",
        "junk",
        "empty",
        "no keys",
        "schema 1",
        "no date",
    ],
)
def test_what_is_no_database_is_refused_and_nothing_is_left_behind(
    http: Http, tmp_path: Path, registry: Registry, why: str
) -> None:
    with serve(registry) as server, pytest.raises(PenstockError, match=why):
        sync("trivy_db", tmp_path, f"{server.url}/db/trivy:2", http)
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_layer_is_never_followed(http: Http, tmp_path: Path) -> None:
    evil = {"../evil": b"x", "db/trivy.db": b"y", **GOOD}
    with serve(Registry(packed(evil))) as server:
        sync("trivy_db", tmp_path, f"{server.url}/db/trivy:2", http)
    assert not (tmp_path / "evil").exists()
    assert sorted(p.name for p in (tmp_path / "trivy_db" / "db").iterdir()) == [
        "metadata.json",
        "trivy.db",
    ]


def put(name: str, folder: Path, body: bytes, http: Http) -> Feed:
    """Sync from a server that has this."""
    with Loopback(lambda _: Response(body=body)) as server:
        asked = Order(mirror=f"{server.url}/f", now=NOW)
        return places.sync(name, folder, asked, http=http, watcher=Silent())


def test_a_catalogue_and_a_table_are_kept_as_they_were_published(
    http: Http, tmp_path: Path
) -> None:
    listed, scored = catalogue("CVE-2026-1111"), table({"CVE-2026-1111": 0.5})
    known = put("kev", tmp_path, listed, http)
    likely = put("epss", tmp_path, scored, http)
    assert (tmp_path / "kev" / kev.FILE).read_bytes() == listed
    assert (tmp_path / "epss" / epss.FILE).read_bytes() == scored
    noted = tomllib.loads((tmp_path / "feeds.lock").read_text())["feeds"]
    assert (noted["kev"]["version"], noted["epss"]["version"]) == ("2026.11.25", "v2026.06.15")
    assert not known.excerpt
    assert (likely.fetched, likely.before) == ("2026-11-25T12:00:00Z", "")


def test_the_table_of_the_day_may_lie_elsewhere_and_the_catalogue_may_not(
    http: Http, tmp_path: Path
) -> None:
    def moved(body: bytes) -> Loopback:
        there = Response(302, headers={"Location": "/there"})
        return Loopback(lambda r: Response(body=body) if r.path == "/there" else there)

    with moved(table({"CVE-2026-1111": 0.5})) as server:
        assert sync("epss", tmp_path, f"{server.url}/current", http).records == 1
    with moved(catalogue("CVE-2026-1111")) as server, pytest.raises(PenstockError, match="refused"):
        sync("kev", tmp_path, f"{server.url}/current", http)


CVES = [f"CVE-2026-{number}" for number in range(1000, 1010)]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (catalogue(*CVES, dateReleased="2026-11-24T06:00:00Z"), "older than the one in place"),
        (catalogue(*CVES[:8]), "has 8 records, and the one in place 10"),
        (catalogue(*CVES[:8], count=10), "holds 8 vulnerabilities"),
        (catalogue(*CVES)[:-100], "cannot be used"),
        (b"<html>Sign in</html>", "cannot be used"),
    ],
    ids=["older", "smaller", "cut", "truncated", "portal"],
)
def test_a_catalogue_that_goes_back_is_not_taken(
    http: Http, tmp_path: Path, body: bytes, why: str
) -> None:
    good = put("kev", tmp_path, catalogue(*CVES), http)
    with pytest.raises(PenstockError, match=why):
        put("kev", tmp_path, body, http)
    assert FEEDS["kev"].open(tmp_path / "kev") == good


@pytest.mark.parametrize("left", ["lock", "feed", "nothing"])
def test_only_who_removes_what_is_held_makes_a_smaller_catalogue_pass(
    http: Http, tmp_path: Path, left: str
) -> None:
    good = put("kev", tmp_path, catalogue(*CVES), http)
    if left != "feed":
        (tmp_path / "kev").unlink()
    if left != "lock":
        (tmp_path / "feeds.lock").unlink()
    if left == "nothing":
        assert put("kev", tmp_path, catalogue(*CVES[:8]), http).digest != good.digest
        return
    with pytest.raises(PenstockError, match="has 8 records") as caught:
        put("kev", tmp_path, catalogue(*CVES[:8]), http)
    assert f"{tmp_path / 'kev'} and [feeds.kev] in {tmp_path / 'feeds.lock'}" in caught.value.hint


@pytest.mark.parametrize("minutes", [9, 11])
def test_a_catalogue_of_the_future_is_not_taken_whatever_it_holds(
    http: Http, tmp_path: Path, minutes: int
) -> None:
    when = (NOW + timedelta(minutes=minutes)).isoformat()
    if minutes < 10:
        assert put("kev", tmp_path, catalogue(*CVES, dateReleased=when), http).records == 10
        return
    with pytest.raises(PenstockError, match="2026-11-25T12:11:00Z, and it is 2026-11-25T12:00:00Z"):
        put("kev", tmp_path, catalogue(*CVES, dateReleased=when), http)
    assert list(tmp_path.iterdir()) == []


def test_an_unchanged_catalogue_is_noted_as_asked_for_anew(http: Http, tmp_path: Path) -> None:
    first = put("kev", tmp_path, catalogue(*CVES), http)
    with Loopback(lambda _: Response(body=catalogue(*CVES))) as server:
        later = Order(mirror=server.url, now=NOW + timedelta(days=5))
        again = places.sync("kev", tmp_path, later, http=http, watcher=Silent())
    assert (again.digest, again.path) == (first.digest, first.path)
    assert (first.fetched, again.fetched) == ("2026-11-25T12:00:00Z", "2026-11-30T12:00:00Z")
    assert FEEDS["kev"].open(tmp_path / "kev").fetched == again.fetched
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "feeds.lock", "kev", Path(first.path).name,
    ]  # fmt: skip


def test_a_catalogue_may_lose_a_few(http: Http, tmp_path: Path) -> None:
    put("kev", tmp_path, catalogue(*CVES), http)
    assert put("kev", tmp_path, catalogue(*CVES[:9]), http).records == 9


def test_a_table_of_another_model_says_which_one_it_took_the_place_of(
    http: Http, tmp_path: Path
) -> None:
    head = f"#model_version:v2027.01.01,score_date:{FRESH}\n"
    put("epss", tmp_path, table({"CVE-2026-1111": 0.5}), http)
    changed = put("epss", tmp_path, table({"CVE-2026-1111": 0.5}, head=head), http)
    assert (changed.before, changed.version) == ("v2026.06.15", "v2027.01.01")
    assert put("epss", tmp_path, table({"CVE-2026-1111": 0.6}, head=head), http).before == (
        "v2027.01.01"
    )


def test_answers_of_cisa_are_taken_out_of_the_archive_of_its_repository(
    http: Http, tmp_path: Path
) -> None:
    def serving(request: Request) -> Response:
        moved = Response(302, headers={"Location": "/there.zip"})
        return Response(body=archived(cve_records())) if request.path == "/there.zip" else moved

    with Loopback(serving) as server:
        feed = sync("vulnrichment", tmp_path, f"{server.url}/develop.zip", http)
    assert (feed.version, feed.updated, feed.records) == (
        "034bc878aecb",
        "2025-12-18T15:31:36Z",
        11,
    )
    assert sorted(path.name for path in (tmp_path / "vulnrichment").iterdir()) == [
        "metadata.json", "ssvc.csv",
    ]  # fmt: skip
    locked = tomllib.loads((tmp_path / "feeds.lock").read_text())["feeds"]["vulnrichment"]
    assert locked["digest"] == feed.digest


@pytest.mark.parametrize(
    ("records", "cut", "why"),
    [
        (cve_records()[:9], 0, "has 9 records, and the one in place 11"),
        ([one for one in cve_records() if "49083" not in str(one)], 0, "older than the one"),
        (cve_records(), 300, "not a zip"),
        ([], 0, "holds 0 records"),
    ],
    ids=["smaller", "older", "cut", "empty"],
)
def test_an_archive_that_goes_back_leaves_what_was_there(
    http: Http, tmp_path: Path, records: list[dict[str, Any]], cut: int, why: str
) -> None:
    good = put("vulnrichment", tmp_path, archived(cve_records()), http)
    body = archived(records)
    with pytest.raises(PenstockError, match=why):
        put("vulnrichment", tmp_path, body[: len(body) - cut], http)
    assert FEEDS["vulnrichment"].open(tmp_path / "vulnrichment") == good


def test_what_is_large_is_fetched_by_name_and_kept_fresh_once_it_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--to", str(tmp_path), "--progress", "none"]
    with (
        Loopback(lambda _: Response(404)) as nothing,
        Loopback(lambda _: Response(body=archived(cve_records()))) as server,
    ):
        for name in ("OSV", "TRIVY_DB", "KEV", "EPSS"):
            monkeypatch.setenv(f"PENSTOCK_{name}_MIRROR", nothing.url)
        monkeypatch.setenv("PENSTOCK_VULNRICHMENT_MIRROR", server.url)
        assert answer(["feeds", "sync", *where]) == 3
        assert not (tmp_path / "vulnrichment").exists()
        assert answer(["feeds", "sync", "vulnrichment", *where]) == 0
        answer(["feeds", "sync", *where])
    assert capsys.readouterr().out.count("vulnrichment  verified") == 2


def test_the_command_syncs_and_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_CACHE", str(tmp_path))
    with (
        Loopback(lambda _: Response(body=dump(recorded_records()))) as osv,
        serve(Registry(packed(GOOD))) as registry,
        Loopback(lambda _: Response(body=catalogue("CVE-2026-1111"))) as listed,
        Loopback(lambda _: Response(body=table({"CVE-2026-1111": 0.5}))) as scored,
    ):
        monkeypatch.setenv("PENSTOCK_KEV_MIRROR", listed.url)
        monkeypatch.setenv("PENSTOCK_EPSS_MIRROR", scored.url)
        monkeypatch.setenv("PENSTOCK_OSV_MIRROR", osv.url)
        monkeypatch.setenv("PENSTOCK_TRIVY_DB_MIRROR", f"{registry.url}/db/trivy:2")
        assert answer(["feeds", "sync", "--progress", "none"]) == 0
    told = capsys.readouterr().out
    assert "osv" in told
    assert "trivy_db" in told
    assert answer(["feeds", "status", "--format", "json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["schema"] == "penstock/feeds@1"
    assert [(one["name"], one["state"]) for one in status["feeds"]] == [
        ("osv", "verified"),
        ("trivy_db", "verified"),
        ("kev", "verified"),
        ("epss", "verified"),
        ("vulnrichment", "feed_missing"),
    ]


def test_one_feed_that_cannot_be_had_does_not_keep_the_others_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Loopback(lambda _: Response(403)) as refusing,
        Loopback(lambda _: Response(body=table({"CVE-2026-1111": 0.5}))) as scored,
    ):
        monkeypatch.setenv("PENSTOCK_KEV_MIRROR", refusing.url)
        monkeypatch.setenv("PENSTOCK_EPSS_MIRROR", scored.url)
        where = ["--to", str(tmp_path), "--progress", "none"]
        assert answer(["feeds", "sync", "kev", "epss", *where]) == 3
    told = capsys.readouterr()
    assert "answers 403" in told.err
    assert "epss  verified" in told.out
    assert (tmp_path / "epss").exists()


def test_without_feeds_the_status_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["feeds", "status", "--to", str(tmp_path)]) == 3
    assert "penstock feeds sync osv" in capsys.readouterr().out


def test_one_mirror_cannot_serve_two_feeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["feeds", "sync", "--mirror", "https://m.example", "--to", str(tmp_path)]) == 2
    assert "one feed" in capsys.readouterr().err
    assert answer(["feeds", "sync", "ovs", "--to", str(tmp_path)]) == 2
    assert "did you mean 'osv'" in capsys.readouterr().err


def test_a_mirror_that_is_not_there_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with Loopback(lambda _: Response(404)) as server:
        code = answer(["feeds", "sync", "osv", "--mirror", server.url, "--to", str(tmp_path)])
    assert code == 3
    assert "answers 404\n help: check the address" in capsys.readouterr().err
