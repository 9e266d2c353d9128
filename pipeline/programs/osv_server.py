"""A loopback server that speaks the part of the OSV API that scanners use.

Imported by `osv_audit.py`, whose interpreter has the standard library and `packaging` alone.
"""

import json
import socket
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from typing import Final
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from pipeline.programs import osv_match
from pipeline.programs.osv_match import Json
from pipeline.programs.osv_snapshot import Snapshot

MAX_BATCH: Final = 1000
MAX_BODY: Final = 8 << 20


class BadQueryError(ValueError):
    """The request is no query of this API; answered with status 400."""


class Service:
    """Answers OSV queries from a snapshot and keeps what it was asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.queries: list[Json] = []
        self.records: dict[str, Json] = {}
        self._lock = threading.Lock()

    def query(self, body: object) -> Json:
        """Answer `/v1/query`: every matching record, or an empty object for none."""
        name, version = _asked(body)
        with self._lock:
            found = self.snapshot.query(name, version)
            ids = [str(record["id"]) for record in found]
            gone = self.snapshot.withdrawn(name, version)
            asked: Json = {"name": name, "version": version, "ids": ids}
            self.queries.append(asked | {"withdrawn": [str(record["id"]) for record in gone]})
            for record in [*found, *self.snapshot.kin(name, found), *gone]:
                self.records[str(record["id"])] = record
        vulns: list[object] = [served(record, name) for record in found]
        return {"vulns": vulns} if vulns else {}

    def batch(self, body: object) -> Json:
        """Answer `/v1/querybatch`: ids alone, in the order asked."""
        queries = body.get("queries") if isinstance(body, dict) else None
        if not isinstance(queries, list) or len(queries) > MAX_BATCH:
            raise BadQueryError
        return {"results": [_short(self.query(query)) for query in queries]}

    def vulnerability(self, identifier: str) -> Json | None:
        """Answer `/v1/vulns/ID`: a whole record, withdrawn or not."""
        with self._lock:
            return self.snapshot.by_id(identifier)


def _short(answer: Json) -> Json:
    vulns = osv_match.objects(answer.get("vulns"))
    return {"vulns": [{k: r.get(k) for k in ("id", "modified")} for r in vulns]} if vulns else {}


def _asked(body: object) -> tuple[str, str]:
    """Read a query's package, by name or by purl, and its version."""
    package = body.get("package") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(package, dict):
        raise BadQueryError
    name, ecosystem, version = package.get("name"), package.get("ecosystem"), body.get("version")
    purl = package.get("purl")
    if isinstance(purl, str) and purl.startswith("pkg:pypi/"):
        name, _, at = purl.removeprefix("pkg:pypi/").partition("?")[0].partition("@")
        ecosystem, version = osv_match.ECOSYSTEM, version or unquote(at)
    if not (isinstance(name, str) and isinstance(version, str) and name and version):
        raise BadQueryError
    if ecosystem != osv_match.ECOSYSTEM:
        raise BadQueryError
    return canonicalize_name(name), version


def served(record: Json, name: str) -> Json:
    """Spell a record so that pip-audit reads it whole.

    It compares names as they are written, takes dates that end in Z alone, and stops at a version
    that is none. The record as the snapshot has it goes into the report.
    """
    found = [events for e in osv_match.entries(record, name) for events in osv_match.ranges(e)]
    # It keeps the fixes of one range alone, so one range holds all of them.
    events = [event for some in found for event in some if _readable(event)]
    kept = {key: record[key] for key in ("id", "modified", "summary", "details") if key in record}
    package = {"name": name, "ecosystem": osv_match.ECOSYSTEM}
    affected = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return kept | {"aliases": osv_match.texts(record.get("aliases")), "affected": [affected]}


def _readable(event: Json) -> bool:
    return all(osv_match.version_of(str(text)) is not None for text in event.values())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write for an answer: small writes wait 40 ms for their acknowledgement
    disable_nagle_algorithm = True

    def __init__(
        self, service: Service, request: socket.socket, client: object, server: BaseServer
    ) -> None:
        self._service = service
        super().__init__(request, client, server)

    def log_message(self, *_: object) -> None:
        """Say nothing: the report tells what was asked."""

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > MAX_BODY:
            self.close_connection = True
            self._send(413, {"code": 3, "message": "Too large."})
            return
        body = self.rfile.read(size)
        try:
            self._send(200, self._answer(json.loads(body)))
        except ValueError:
            self._send(400, {"code": 3, "message": "Invalid query."})

    def _answer(self, body: object) -> Json:
        match self.path:
            case "/v1/query":
                return self._service.query(body)
            case "/v1/querybatch":
                return self._service.batch(body)
            case _:
                raise BadQueryError

    def do_GET(self) -> None:
        found = None
        if self.path.startswith("/v1/vulns/"):
            found = self._service.vulnerability(self.path.removeprefix("/v1/vulns/"))
        if found is None:
            self._send(404, {"code": 5, "message": "Bug not found."})
        else:
            self._send(200, found)

    def _send(self, status: int, value: Json) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class OsvServer(ThreadingHTTPServer):
    """The server, on a free port of 127.0.0.1."""

    daemon_threads = True

    def __init__(self, service: Service) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, service))

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_address[1]}"
