"""A package index on a loopback address, as pip asks one: files, digests, and since when."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.support.loopback import Loopback, Request, Response

_KIND: Final = "application/vnd.pypi.simple.v1+json"
_LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Index:
    """Wheels by name; `uploaded` says since when, where that is not long ago."""

    folder: Path
    uploaded: dict[str, datetime] = field(default_factory=dict)

    def serve(self) -> Loopback:
        return Loopback(self)

    def __call__(self, request: Request) -> Response:
        kind, _, name = request.path.strip("/").partition("/")
        if kind == "files" and (self.folder / name).is_file():
            return Response(200, (self.folder / name).read_bytes())
        if kind != "simple":
            return Response(404)
        wheels = [one for one in sorted(self.folder.glob("*.whl")) if _project(one) == name]
        if not wheels:
            return Response(404)
        listed = {
            "meta": {"api-version": "1.1"},
            "name": name,
            "versions": sorted({one.name.split("-")[1] for one in wheels}),
            "files": [self._file(one) for one in wheels],
        }
        return Response(200, json.dumps(listed).encode(), {"Content-Type": _KIND})

    def _file(self, wheel: Path) -> dict[str, object]:
        data = wheel.read_bytes()
        since = self.uploaded.get(wheel.name, _LONG_AGO).astimezone(UTC)
        return {
            "filename": wheel.name,
            "url": f"/files/{wheel.name}",
            "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
            "size": len(data),
            "upload-time": since.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }


def _project(wheel: Path) -> str:
    return wheel.name.split("-")[0].replace("_", "-").lower()
