"""Servers of every feed as its publisher has it: what they serve, and in which protocol."""

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.support.artefacts import METADATA, Registry, bolt, dump, packed
from tests.support.dependencies import record
from tests.support.enriching import catalogue, cve_records, repository, table
from tests.support.loopback import Loopback, Request, Response


def noise(size: int) -> str:
    """Write text that no packing makes much smaller, the same each time."""
    return random.Random(size).randbytes(size // 2).hex()


def ranged(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """Answer as a file server does, which goes on where a client says that it stopped."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    told = {"ETag": tag, "Accept-Ranges": "bytes", **(headers or {})}
    asked = request.headers.get("range", "")
    if not asked or request.headers.get("if-range", tag) != tag:
        return Response(200, body, told)
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    if start >= len(body):
        return Response(416, b"", {"Content-Range": f"bytes */{len(body)}"})
    told["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
    return Response(206, body[start:], told)


@dataclass(slots=True)
class Publisher:
    """A server of one feed. `body` may change while it runs."""

    name: str
    body: bytes
    url: str = ""

    @property
    def mirror(self) -> str:
        """How `--mirror` names it."""
        return self.url + _MIRRORS[self.name]

    def __call__(self, request: Request) -> Response:
        if self.name == "trivy_db":
            return self._registry(request)
        if self.name == "epss" and request.path == "/current":
            return Response(302, headers={"Location": PATHS["epss"]})
        if request.path == PATHS[self.name]:
            return ranged(request, self.body)
        return Response(404)

    def _registry(self, request: Request) -> Response:
        if request.path == PATHS["trivy_db"]:
            return ranged(request, self.body)
        registry = Registry(self.body)
        registry.url = self.url
        return registry(request)


PATHS: Final[Mapping[str, str]] = {
    "osv": "/PyPI/all.zip",
    "trivy_db": "/cdn",
    "kev": "/kev.json",
    "epss": "/day.csv.gz",
    "vulnrichment": "/develop.zip",
}
"""Where the body of each is, on its server."""
_MIRRORS: Final = {**PATHS, "osv": "", "trivy_db": "/db/trivy:2", "epss": "/current"}
_NEWEST: Final = "2025-12-18T"
CVES: Final = tuple(f"CVE-2026-{number}" for number in range(1000, 1020))


def _osv(day: int, count: int, more: str) -> bytes:
    changed = {"modified": f"2026-11-{day:02}T00:00:00Z", "details": more}
    return dump([record(f"PYSEC-2030-{1000 + n}", "demo", **changed) for n in range(count)])


def _trivy_db(day: int, count: int, more: str) -> bytes:
    noted = json.dumps({**METADATA, "UpdatedAt": f"2026-11-{day:02}T06:00:00Z"}).encode()
    return packed({"trivy.db": bolt(count) + f"{day}{more}".encode(), "metadata.json": noted})


def _kev(day: int, count: int, more: str) -> bytes:
    return catalogue(*CVES[:count], dateReleased=f"2026-11-{day:02}T06:00:00Z", title=more)


def _epss(day: int, count: int, more: str) -> bytes:
    head = f"#model_version:v2026.06.15,score_date:2026-11-{day:02}T00:00:00Z\n"
    drawn = random.Random(1)
    rows = [f"CVE-2025-{10_000 + n},{drawn.random()},0.5\n" for n in range(len(more) // 10)]
    return table(dict.fromkeys(CVES[:count], 0.5), head=head, rows=rows)


def _vulnrichment(day: int, count: int, more: str) -> bytes:
    texts = [json.dumps(one) for one in cve_records()]
    (newest,) = [text for text in texts if _NEWEST in text]
    others = [text for text in texts if text != newest][: count // 2]
    dated = newest.replace(_NEWEST, f"2026-11-{day:02}T")
    return repository(map(json.loads, (*others, dated)), {"README.txt": more.encode()})


_MAKERS: Final[Mapping[str, Callable[[int, int, str], bytes]]] = {
    "osv": _osv,
    "trivy_db": _trivy_db,
    "kev": _kev,
    "epss": _epss,
    "vulnrichment": _vulnrichment,
}


def issue(name: str, *, day: int = 24, count: int = 20, more: str = "") -> bytes:
    """Make what a publisher has on a day of November 2026: so many records, and some filling."""
    return _MAKERS[name](day, count, more)


def served(name: str, body: bytes) -> tuple[Publisher, Loopback]:
    """Return a publisher, and the server that is to be started for it."""
    publisher = Publisher(name, body)
    server = Loopback(publisher)
    publisher.url = server.url
    return publisher, server
