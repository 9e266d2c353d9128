"""The registry's API (OCI distribution 1.1): push, pull, referrers, tags.

    with MiniRegistry() as registry:
        image = registry.held("acme/app").image("1.0")      # straight into memory
        ...  f"{registry.address}/acme/app@{image['digest']}"

`referrers=False` is as GHCR: clients keep the fallback tag. `login=` wants bearer tokens, with
`basic=True` basic authentication. `page=1` gives lists in pages. Faults are those of `Loopback`.
"""

import json
import re
import secrets
import ssl
import threading
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl

from tests.support.loopback import Loopback, Request, Response
from tests.support.registry.content import INDEX, MANIFEST, Held, Json, digest_of
from tests.support.registry.tokens import Guard, error

_PATH: Final = re.compile(
    r"/v2/(?P<name>.+)/(?P<kind>blobs/uploads|blobs|manifests|referrers)/?(?P<ref>[^/?]*)"
    r"(?:\?(?P<query>.*))?"
)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class MiniRegistry:
    def __init__(
        self,
        *,
        referrers: bool = True,
        login: tuple[str, str] | None = None,
        basic: bool = False,
        page: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.referrers, self.page = referrers, page
        self.lost: int = 0
        """So many writes of a tag are answered well and forgotten, as when another writer wins."""
        self.blobs_elsewhere: str = ""
        """An address to which requests for blobs are sent on."""
        self.guard = Guard(login, basic)
        self.web = Loopback(self._answer, tls)
        self.url = self.web.url
        self.address = self.url.partition("://")[2]
        self._repositories: dict[str, Held] = {}
        self._uploads: dict[str, bytes] = {}
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        self.web.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.web.__exit__(kind, problem, at)

    def held(self, name: str) -> Held:
        """Return a repository, made when it is first named."""
        with self._lock:
            return self._repositories.setdefault(name, Held())

    def _answer(self, request: Request) -> Response:
        if request.path.partition("?")[0] == "/token":
            return self.guard.token(request)
        if request.path in {"/v2", "/v2/"}:
            # Other clients begin here, to learn how to log in.
            return self.guard.refusal(request, "", self.url) or Response.json({})
        found = _PATH.fullmatch(request.path)
        if found is None:
            return error(404, "NAME_UNKNOWN")
        refusal = self.guard.refusal(request, found["name"], self.url)
        with self._lock:
            return refusal or self._served(request, found)

    def _served(self, request: Request, found: re.Match[str]) -> Response:
        held, ref, query = self.held(found["name"]), found["ref"], found["query"] or ""
        match found["kind"]:
            case "blobs/uploads":
                return self._upload(request, held, ref, query)
            case "blobs":
                return self._blob(held, ref)
            case "manifests" if request.method == "PUT":
                return self._store(request, held, ref)
            case "manifests":
                return _manifest(held, ref)
            case _:
                return self._list(held, found["name"], ref, query)

    def _upload(self, request: Request, held: Held, ref: str, query: str) -> Response:
        if request.method == "POST":
            session = secrets.token_hex(8)
            self._uploads[session] = b""
            # Some registries name a whole address with a query of its own.
            place = f"{request.path.partition('?')[0].rstrip('/')}/{session}?state=x"
            return Response(202, b"", {"Location": place})
        if ref not in self._uploads:
            return error(404, "BLOB_UPLOAD_UNKNOWN")
        if request.method == "PATCH":
            self._uploads[ref] += request.body
            return Response(202, b"", {"Location": request.path})
        digest = dict(parse_qsl(query)).get("digest")
        data = self._uploads.pop(ref) + request.body
        if digest != digest_of(data):
            return error(400, "DIGEST_INVALID")
        held.blobs[digest] = data
        return Response(201, b"", {"Docker-Content-Digest": digest})

    def _blob(self, held: Held, ref: str) -> Response:
        if ref not in held.blobs:
            return error(404, "BLOB_UNKNOWN")
        if self.blobs_elsewhere:
            return Response(307, b"", {"Location": f"{self.blobs_elsewhere}/{ref}"})
        headers = {"Content-Type": "application/octet-stream", "Docker-Content-Digest": ref}
        return Response(200, held.blobs[ref], headers)

    def _store(self, request: Request, held: Held, ref: str) -> Response:
        raw, digest = request.body, digest_of(request.body)
        manifest = json.loads(raw)
        if _DIGEST.fullmatch(ref) and ref != digest:
            return error(400, "DIGEST_INVALID")
        needed = [*manifest.get("layers", []), *filter(None, [manifest.get("config")])]
        if any(one["digest"] not in held.blobs for one in needed):
            return error(404, "MANIFEST_BLOB_UNKNOWN")
        held.manifests[digest] = (raw, request.headers.get("content-type", MANIFEST))
        if ref != digest:
            if self.lost:
                self.lost -= 1
            else:
                held.tags[ref] = digest
        headers = {"Docker-Content-Digest": digest}
        if self.referrers and manifest.get("subject"):
            headers["OCI-Subject"] = manifest["subject"]["digest"]
        return Response(201, b"", headers)

    def _list(self, held: Held, name: str, ref: str, query: str) -> Response:
        if not self.referrers:
            return Response(404, b"404 page not found\n", {"Content-Type": "text/plain"})
        found = [
            _entry(digest, raw, kind)
            for digest, (raw, kind) in held.manifests.items()
            if (json.loads(raw).get("subject") or {}).get("digest") == ref
        ]
        headers = {"Content-Type": INDEX}
        start = int(query.partition("start=")[2] or "0")
        if self.page and start + self.page < len(found):
            more = f"/v2/{name}/referrers/{ref}?start={start + self.page}"
            headers["Link"] = f'<{more}>; rel="next"'
        found = found[start : start + self.page] if self.page else found
        body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": found}).encode()
        return Response(200, body, headers)


def _manifest(held: Held, ref: str) -> Response:
    digest = ref if _DIGEST.fullmatch(ref) else held.tags.get(ref, "")
    if digest not in held.manifests:
        return error(404, "MANIFEST_UNKNOWN")
    raw, kind = held.manifests[digest]
    return Response(200, raw, {"Content-Type": kind, "Docker-Content-Digest": digest})


def _entry(digest: str, raw: bytes, kind: str) -> Json:
    manifest = json.loads(raw)
    default = manifest.get("config", {}).get("mediaType")
    entry = {"mediaType": kind, "digest": digest, "size": len(raw)}
    entry["artifactType"] = manifest.get("artifactType") or default
    if manifest.get("annotations"):
        entry["annotations"] = manifest["annotations"]
    return entry
