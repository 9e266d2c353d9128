"""The public OSV service, asked once before a run, over loopback and with its faults."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.feeds import live
from pipeline.model.artifact import Feed
from pipeline.model.gap import GapReason, ToolError
from pipeline.programs.osv_server import Service
from pipeline.programs.osv_snapshot import Snapshot
from pipeline.stages.pip_audit.rounds import record as canary_record
from pipeline.toolchain.http import Http
from tests.support.dependencies import pin, record, recorded_records, snapshot
from tests.support.loopback import Loopback, Request, Response, dropped, half, page, short

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Osv:
    """The public service over a snapshot, with pages."""

    def __init__(self, opened: Snapshot) -> None:
        self.size = 1000
        self.service = Service(opened)

    def __call__(self, request: Request) -> Response:
        if request.path.startswith("/v1/vulns/"):
            found = self.service.vulnerability(request.path.removeprefix("/v1/vulns/"))
            return Response.json({}, 404) if found is None else Response.json(found)
        queries = json.loads(request.body)["queries"]
        return Response.json({"results": [self._result(query) for query in queries]})

    def _result(self, query: dict[str, object]) -> dict[str, object]:
        start = int(str(query.pop("page_token", "0")))
        results = self.service.batch({"queries": [query]})["results"]
        assert isinstance(results, list)
        vulns = results[0].get("vulns", [])
        found: dict[str, object] = {"vulns": vulns[start : start + self.size]} if vulns else {}
        if len(vulns) > start + self.size:
            found["next_page_token"] = str(start + self.size)
        return found


CANARY = canary_record(("penstock-canary", "1.0"))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Osv]:
    snapshot(tmp_path / "theirs", recorded_records())
    with Snapshot(tmp_path / "theirs", CANARY) as opened:
        yield Osv(opened)


PINS = (pin("requests==2.19.0"), pin("certifi==2024.8.30"))
REQUESTS = {
    "GHSA-j8r2-6x86-q33q",
    "GHSA-x84v-xcm2-53pg",
    "PYSEC-2018-28",
    "PYSEC-2023-74",
}


def ask(server: Loopback, folder: Path, http: Http) -> Feed | ToolError:
    return live.snapshot(PINS, folder=folder, now=NOW, http=http, service=server.url)


@pytest.mark.parametrize("page_size", [1, 2, 1000])
def test_the_service_is_asked_to_its_last_page(
    http: Http, tmp_path: Path, service: Osv, page_size: int
) -> None:
    service.size = page_size
    with Loopback(service) as server:
        feed = ask(server, tmp_path / "ours", http)
    assert isinstance(feed, Feed)
    assert (feed.updated, feed.excerpt) == ("2026-11-22T12:00:00Z", False)
    with Snapshot(tmp_path / "ours", CANARY) as ours:
        assert {str(one["id"]) for one in ours.query("requests", "2.19.0")} == REQUESTS
        assert ours.query("certifi", "2024.8.30") == []
        # The known bad are asked for too, or no canary could sing.
        assert ours.query("jinja2", "2.10")


@pytest.mark.parametrize("where", ["querybatch", "vulns/PYSEC-2018-28"])
@pytest.mark.parametrize(
    "fault",
    [
        (half, GapReason.FEED_BROKEN),
        (page, GapReason.FEED_BROKEN),
        (lambda _: Response.json({}), GapReason.FEED_BROKEN),
        (lambda _: Response.json(None), GapReason.FEED_BROKEN),
        (lambda _: Response.json({"results": []}), GapReason.FEED_BROKEN),
        (lambda _: Response(302, headers={"Location": "/v1/empty"}), GapReason.FEED_MISSING),
        (lambda _: Response(503), GapReason.FEED_MISSING),
        (lambda _: Response(429), GapReason.FEED_MISSING),
        (lambda _: Response(404), GapReason.FEED_MISSING),
        (dropped, GapReason.FEED_MISSING),
        (short, GapReason.FEED_MISSING),
    ],
    ids=[
        "cut",
        "portal",
        "empty object",
        "null",
        "too few",
        "redirect",
        "503",
        "429",
        "404",
        "dropped",
        "short",
    ],
)
def test_a_faulty_service_gives_no_snapshot_and_never_a_clean_one(
    http: Http,
    tmp_path: Path,
    service: Osv,
    where: str,
    fault: tuple[Callable[[Response], Response | None], GapReason],
) -> None:
    change, reason = fault
    with Loopback(service) as server:
        server.alter(where, change, times=99)
        got = ask(server, tmp_path / "ours", http)
    assert isinstance(got, ToolError)
    assert got.reason is reason


@pytest.mark.parametrize("status", [429, 503])
def test_a_fault_that_passes_is_waited_out(
    http: Http, tmp_path: Path, service: Osv, status: int
) -> None:
    with Loopback(service) as server:
        server.fail("querybatch", status)
        server.fail("vulns/", status)
        assert isinstance(ask(server, tmp_path / "ours", http), Feed)


def test_a_service_that_knows_nothing_gives_no_snapshot(http: Http, tmp_path: Path) -> None:
    def empty(request: Request) -> Response:
        return Response.json({"results": [{} for _ in json.loads(request.body)["queries"]]})

    with Loopback(empty) as server:
        got = ask(server, tmp_path, http)
    assert isinstance(got, ToolError)
    assert got.reason is GapReason.FEED_BROKEN


def test_pages_without_end_are_refused(http: Http, tmp_path: Path) -> None:
    def endless(request: Request) -> Response:
        more = {"vulns": [], "next_page_token": "again"}
        return Response.json({"results": [more for _ in json.loads(request.body)["queries"]]})

    with Loopback(endless) as server:
        got = ask(server, tmp_path, http)
    assert isinstance(got, ToolError)
    assert "pages" in got.message


def test_what_the_service_calls_affected_stays_affected(http: Http, tmp_path: Path) -> None:
    odd = json.loads(record("GHSA-odd", "certifi", {"introduced": "0"}, {"fixed": "1.0"}))

    def handle(request: Request) -> Response:
        if "vulns" in request.path:
            return Response.json(odd)
        queries = json.loads(request.body)["queries"]
        told = {"vulns": [{"id": "GHSA-odd", "modified": "2024-01-01T00:00:00Z"}]}
        return Response.json(
            {"results": [told if q["package"]["name"] == "certifi" else {} for q in queries]}
        )

    with Loopback(handle) as server:
        assert isinstance(ask(server, tmp_path / "ours", http), Feed)
    with Snapshot(tmp_path / "ours", CANARY) as ours:
        assert [one["id"] for one in ours.query("certifi", "2024.8.30")] == ["GHSA-odd"]
