"""Mirrors of the feeds on loopback: the examples' advisories, dated today by this script."""

import gzip
import io
import json
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from examples.support import advisories, osv, trivy_db
from tests.support.loopback import Loopback, Request, Response
from tests.support.registry.content import CONFIG, MANIFEST
from tests.support.registry.server import MiniRegistry

_LAYER: Final = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
_DATABASE: Final = "mirror/trivy-db"


class Mirrors:
    """Serves OSV, Trivy's database, KEV and EPSS."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC).replace(microsecond=0)
        known = advisories.read()
        self._files = {
            "/osv/PyPI/all.zip": _zip(known.records, self._now),
            "/kev.json": re.sub(
                rb'"dateReleased": "[^"]*"', b'"dateReleased": "%b"' % self._today, known.kev
            ),
            "/epss.csv.gz": gzip.compress(
                re.sub(rb"score_date:[^\n,]*", b"score_date:%b" % self._today, known.epss), mtime=0
            ),
        }
        self._web = Loopback(self._answer)
        self._registry = MiniRegistry()
        self._push(_database(known, self._now))

    @property
    def _today(self) -> bytes:
        return f"{self._now:%Y-%m-%dT%H:%M:%SZ}".encode()

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that name them."""
        return {
            "PENSTOCK_OSV_MIRROR": f"{self._web.url}/osv",
            "PENSTOCK_TRIVY_DB_MIRROR": f"{self._registry.address}/{_DATABASE}:2",
            "PENSTOCK_KEV_MIRROR": f"{self._web.url}/kev.json",
            "PENSTOCK_EPSS_MIRROR": f"{self._web.url}/epss.csv.gz",
        }

    def __enter__(self) -> Self:
        self._web.__enter__()
        self._registry.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._registry.__exit__(kind, problem, at)
        self._web.__exit__(kind, problem, at)

    def _answer(self, request: Request) -> Response:
        body = self._files.get(request.path)
        return Response(404) if body is None else Response(body=body)

    def _push(self, layer: bytes) -> None:
        held = self._registry.held(_DATABASE)
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": held.blob(b"{}", CONFIG),
            "layers": [held.blob(layer, _LAYER)],
        }
        held.manifest(manifest, "2")


def _zip(records: tuple[bytes, ...], now: datetime) -> bytes:
    """Pack the records as OSV does, the last of them as one that was touched today."""
    *others, last = records
    touched = json.loads(last) | {"modified": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for line in (*others, json.dumps(touched).encode()):
            archive.writestr(f"{json.loads(line)['id']}.json", line)
    return data.getvalue()


def _database(known: advisories.Advisories, now: datetime) -> bytes:
    """Write Trivy's database and pack it as the layer that a registry holds."""
    python, details = osv.convert(known.records)
    data = io.BytesIO()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trivy_db.write(folder, (python, *known.synthetic), details | known.details, updated=now)
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            for one in sorted((folder / "db").iterdir()):
                archive.add(one, arcname=one.name)
    return data.getvalue()
