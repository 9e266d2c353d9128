"""The OSV API without its socket: what it answers from a snapshot on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.programs import osv_match, osv_server
from pipeline.programs.osv_server import BadQueryError, Service
from pipeline.programs.osv_snapshot import Snapshot
from pipeline.stages.pip_audit.rounds import record as canary_record
from tests.support.dependencies import record, recorded_records, snapshot

CANARY = canary_record(("penstock-canary", "1.0"))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    snapshot(tmp_path, recorded_records())
    with Snapshot(tmp_path, CANARY) as opened:
        yield Service(opened)


def ids(answer: dict[str, object]) -> list[str]:
    return [str(record["id"]) for record in osv_match.objects(answer.get("vulns"))]


def ask(name: str, version: str) -> dict[str, object]:
    return {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}


def test_a_query_answers_with_the_records_of_that_version(service: Service) -> None:
    assert ids(service.query(ask("Requests", "2.31.0"))) == []
    assert ids(service.query(ask("Requests", "2.19.0"))) == [
        "GHSA-j8r2-6x86-q33q",
        "GHSA-x84v-xcm2-53pg",
        "PYSEC-2018-28",
        "PYSEC-2023-74",
    ]


def test_no_answer_is_an_empty_object(service: Service) -> None:
    assert service.query(ask("nobody-knows", "1.0")) == {}


def test_a_purl_asks_the_same(service: Service) -> None:
    by_purl = service.query({"package": {"purl": "pkg:pypi/jinja2@2.10"}})
    assert ids(by_purl) == ids(service.query(ask("jinja2", "2.10")))
    assert ids(by_purl)


def test_the_planted_record_is_served_beside_the_snapshot(service: Service) -> None:
    assert ids(service.query(ask("penstock-canary", "1.0"))) == ["PENSTOCK-CANARY"]


def test_a_batch_answers_ids_in_the_order_asked(service: Service) -> None:
    answer = service.batch({"queries": [ask("none", "1"), ask("requests", "2.30.0")]})
    assert answer["results"][0] == {}  # type: ignore[index]
    second = osv_match.objects(answer["results"])[1]
    assert ids(second) == ["GHSA-j8r2-6x86-q33q", "PYSEC-2023-74"]
    assert set(osv_match.objects(second["vulns"])[0]) == {"id", "modified"}


def test_every_record_is_found_by_its_id(service: Service) -> None:
    import json

    for line in recorded_records():
        want = json.loads(line)
        assert service.vulnerability(want["id"]) == want
    assert service.vulnerability("PYSEC-1999-1") is None
    assert service.vulnerability("ZZZ") is None


@pytest.mark.parametrize(
    "junk",
    [
        None,
        [],
        {},
        {"package": {}},
        {"package": {"name": "a", "ecosystem": "npm"}, "version": "1"},
        {"package": {"name": "a", "ecosystem": "PyPI"}},
        {"package": {"name": 3, "ecosystem": "PyPI"}, "version": "1"},
    ],
)
def test_what_is_no_query_is_refused(service: Service, junk: object) -> None:
    with pytest.raises(BadQueryError):
        service.query(junk)


def test_it_keeps_what_was_asked_and_every_record_that_rates_it(tmp_path: Path) -> None:
    records = [
        record("GHSA-1", "demo", {"introduced": "0"}, {"fixed": "1.0"}, aliases=["CVE-1"]),
        record("PYSEC-1", "demo", {"introduced": "0"}, {"fixed": "2.0"}, aliases=["CVE-1"]),
        record("PYSEC-2", "demo", {"introduced": "0"}, {"fixed": "0.5"}, aliases=["CVE-2"]),
    ]
    snapshot(tmp_path, records)
    with Snapshot(tmp_path, CANARY) as opened:
        service = Service(opened)
        service.query(ask("demo", "1.5"))
    asked = {"name": "demo", "version": "1.5", "ids": ["PYSEC-1"], "withdrawn": []}
    assert service.queries == [asked]
    # The GHSA record denies that 1.5 is affected, and still says how bad the advisory is.
    assert sorted(service.records) == ["GHSA-1", "PYSEC-1"]


def test_what_was_withdrawn_is_told_apart_unless_somebody_stands_by_it(tmp_path: Path) -> None:
    gone = {"withdrawn": "2024-06-06T00:00:00Z"}
    records = [
        record("GHSA-1", "demo", {"introduced": "0"}, {"fixed": "1.0"}, aliases=["CVE-1"]),
        record("PYSEC-1", "demo", aliases=["CVE-1"], **gone),
        record("PYSEC-2", "demo", aliases=["CVE-2"], **gone),
        record("PYSEC-3", "demo", {"introduced": "0"}, {"fixed": "1.0"}, **gone),
    ]
    snapshot(tmp_path, records)
    with Snapshot(tmp_path, CANARY) as opened:
        service = Service(opened)
        assert service.query(ask("demo", "1.5")) == {}
    (asked,) = service.queries
    assert (asked["ids"], asked["withdrawn"]) == ([], ["PYSEC-2"])
    assert sorted(service.records) == ["PYSEC-2"]


def test_a_record_is_served_so_that_pip_audit_reads_it_whole() -> None:
    import json

    odd = json.loads(
        record(
            "X-1",
            "Demo.Pkg",
            {"introduced": "0"},
            {"fixed": "1.5"},
            {"fixed": "next"},
            published="2020-01-01T00:00:00+00:00",
            schema_version="2.0.0",
        )
    )
    served = osv_server.served(odd, "demo-pkg")
    assert "published" not in served
    assert "schema_version" not in served
    (entry,) = osv_match.objects(served["affected"])
    assert entry["package"] == {"name": "demo-pkg", "ecosystem": "PyPI"}
    assert osv_match.fixes(served, "demo-pkg") == {"1.5"}


def test_a_snapshot_without_an_index_answers_the_same(tmp_path: Path) -> None:
    snapshot(tmp_path, recorded_records())
    with Snapshot(tmp_path, CANARY) as opened:
        want = opened.query("pyyaml", "5.1")
    (tmp_path / "index.json").unlink()
    with Snapshot(tmp_path, CANARY) as opened:
        assert opened.query("pyyaml", "5.1") == want
        assert want
