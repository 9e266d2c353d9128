"""An artefact of a registry, read by digest: enough to fetch a database, and nothing is pushed."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol, Self
from urllib.parse import urlencode, urlsplit

import msgspec

from pipeline.errors import PenstockError

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_MAX_MANIFEST: Final = 4 << 20
_MAX_TOKEN: Final = 1 << 20
_UNAUTHORISED: Final = 401
_LOOPBACK: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?")
_REFERENCE: Final = re.compile(
    r"(?P<host>[^/]+)/(?P<name>[a-z0-9][a-z0-9._/-]*)(?::(?P<tag>[\w][\w.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Got(Protocol):
    """An answer of a server."""

    @property
    def status(self) -> int:
        """Its status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, their names in small letters."""

    @property
    def body(self) -> bytes:
        """Its body."""


class Kept(Protocol):
    """A file that was fetched."""

    @property
    def sha256(self) -> str:
        """`sha256:…`."""

    @property
    def size(self) -> int:
        """In bytes."""


class Fetcher(Protocol):
    """What is needed of `toolchain.http.Http`."""

    def get(
        self,
        url: str,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        allowed: frozenset[int] = ...,
        redirects: int = ...,
    ) -> Got:
        """Fetch a body that fits into memory."""

    def download(
        self,
        url: str,
        to: Path,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        redirects: int = ...,
    ) -> Kept:
        """Fetch a body into a file."""


class Layer(msgspec.Struct, frozen=True):
    """A blob as a manifest names it."""

    digest: str
    size: int
    media_type: str = msgspec.field(name="mediaType")


class _Manifest(msgspec.Struct, frozen=True):
    layers: tuple[Layer, ...]


class _Token(msgspec.Struct, frozen=True):
    token: str = ""
    access_token: str = ""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a registry."""

    base: str
    name: str
    reference: str
    """A digest where one was named, else a tag."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read `HOST/NAME[:TAG][@DIGEST]`; plain HTTP is spoken to loopback addresses alone."""
        found = _REFERENCE.fullmatch(text.removeprefix("https://").removeprefix("http://"))
        if found is None:
            raise PenstockError(
                f"{text!r} names no artefact of a registry",
                hint="write it as HOST/NAME:TAG or HOST/NAME@sha256:DIGEST",
            )
        scheme = "http" if _LOOPBACK.fullmatch(found["host"]) else "https"
        return cls(
            base=f"{scheme}://{found['host']}/v2/{found['name']}",
            name=found["name"],
            reference=found["digest"] or found["tag"] or "latest",
        )


def only_layer(source: Source, media_type: str, *, http: Fetcher) -> Layer:
    """Read a manifest and return its one layer, which must be of this type."""
    url = f"{source.base}/manifests/{source.reference}"
    data = _ask(source, url, http).body
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    if source.reference.startswith("sha256:") and digest != source.reference:
        raise PenstockError(f"{url} is {digest}, and not what was asked for")
    try:
        layers = msgspec.json.decode(data, type=_Manifest).layers
    except msgspec.DecodeError as error:
        raise PenstockError(f"{url} is no manifest of an artefact: {error}") from error
    if len(layers) != 1 or layers[0].media_type != media_type:
        kinds = ", ".join(layer.media_type for layer in layers) or "nothing"
        raise PenstockError(f"{url} holds {kinds} where one {media_type} is due")
    return layers[0]


def download(source: Source, layer: Layer, to: Path, *, limit: int, http: Fetcher) -> None:
    """Fetch a layer, which may stand on another host, and hold it against its digest."""
    if layer.size > limit:
        raise PenstockError(f"{layer.digest} has {layer.size} bytes, more than {limit}")
    url = f"{source.base}/blobs/{layer.digest}"
    saved = http.download(url, to, limit=layer.size, headers=_login(source, http), redirects=3)
    if saved.sha256 != layer.digest or saved.size != layer.size:
        raise PenstockError(f"{url} is {saved.sha256}, and not what its manifest names")


def _ask(source: Source, url: str, http: Fetcher) -> Got:
    headers = {"Accept": MANIFEST, **_login(source, http)}
    return http.get(url, limit=_MAX_MANIFEST, headers=headers)


def _login(source: Source, http: Fetcher) -> Mapping[str, str]:
    """Get a token for reading in public, where the registry wants one."""
    url = f"{source.base}/manifests/{source.reference}"
    answer = http.get(
        url,
        limit=_MAX_MANIFEST,
        headers={"Accept": MANIFEST},
        allowed=frozenset({_UNAUTHORISED}),
    )
    if answer.status != _UNAUTHORISED:
        return {}
    challenge = answer.headers.get("www-authenticate", "")
    values = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    if not challenge.lower().startswith("bearer ") or "realm" not in values:
        raise PenstockError(f"{source.base} wants a login, and only public artefacts are read")
    if urlsplit(values["realm"]).scheme == "http" and not source.base.startswith("http:"):
        raise PenstockError(f"{source.base} sends for its token to {values['realm']}")
    scope = values.get("scope", f"repository:{source.name}:pull")
    query = urlencode({"service": values.get("service", ""), "scope": scope})
    token = http.get(f"{values['realm']}?{query}", limit=_MAX_TOKEN).body
    try:
        read = msgspec.json.decode(token, type=_Token)
    except msgspec.DecodeError as error:
        raise PenstockError(f"{values['realm']} sends no token: {error}") from error
    return {"Authorization": f"Bearer {read.token or read.access_token}"}
