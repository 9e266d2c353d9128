"""Requests to one repository, with its credential and to its host alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from pipeline.oci.registry.challenge import Challenge, authorization
from pipeline.oci.registry.errors import LastingError, MissingError, RefusedError, RegistryError
from pipeline.oci.registry.login import Login
from pipeline.oci.registry.reference import RegistryReference
from pipeline.toolchain.answers import LongError
from pipeline.toolchain.http import Answer, Http, NetworkError, Saved

UNAUTHORISED: Final = 401
FORBIDDEN: Final = 403
MISSING: Final = 404
_REDIRECTS: Final = 3
"""Of blobs, which often lie on another host; no credential goes there."""
_SMALL: Final = 1 << 20
_ERRORS: Final = 400
_LASTING: Final = frozenset(range(400, 500)) - {UNAUTHORISED, FORBIDDEN, 407, 408, 425, 429}
"""Refusals of what was asked for: neither of who asks, nor for the moment alone."""


class Session:
    """One repository of one registry; tokens are kept for as long as they are taken."""

    def __init__(self, place: RegistryReference, *, http: Http, login: Login | None) -> None:
        self.place = place
        self._http, self._login = http, login
        self._authorization: str | None = None

    def url(self, path: str) -> str:
        """Write the address of something in the repository."""
        return f"{self.place.base}/{path}"

    def ask(
        self,
        method: str,
        url: str,
        body: bytes | Path | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        limit: int = _SMALL,
    ) -> Answer:
        """Ask once, and once more where the registry wants another credential.

        Raises MissingError for 404, RefusedError for 401 and 403, RegistryError for every other
        error and where no answer came.
        """
        answer = self._once(method, url, body, headers, limit)
        if answer.status == UNAUTHORISED and self.owns(answer.url):
            self._authorise(answer, method)
            answer = self._once(method, url, body, headers, limit)
        return self._judged(answer, f"{method} {url}")

    def download(self, url: str, to: Path, *, limit: int, source: str = "") -> Saved:
        """Fetch a large body into a file, in pieces; `source` as `Http.download` has it."""
        try:
            return self._download(url, to, limit, source)
        except NetworkError as error:
            if error.status != UNAUTHORISED:
                raise self._raised(error, url) from error
        # The challenge stands in the answer to a question whose answer is small.
        self.ask("HEAD", url)
        try:
            return self._download(url, to, limit, source)
        except NetworkError as error:
            raise self._raised(error, url) from error

    def _download(self, url: str, to: Path, limit: int, source: str) -> Saved:
        return self._http.download(
            url,
            to,
            limit=limit,
            headers=self._credential(url),
            redirects=_REDIRECTS,
            source=source,
        )

    def _once(
        self,
        method: str,
        url: str,
        body: bytes | Path | None,
        headers: Mapping[str, str] | None,
        limit: int,
    ) -> Answer:
        reading = method in {"GET", "HEAD"}
        try:
            return self._http.send(
                method,
                url,
                body,
                limit=limit,
                headers={**(headers or {}), **self._credential(url)},
                allowed=frozenset({UNAUTHORISED, FORBIDDEN, MISSING}),
                redirects=_REDIRECTS if reading else 0,
            )
        except NetworkError as error:
            raise self._raised(error, url) from error

    def _credential(self, url: str) -> Mapping[str, str]:
        """Return the credential where this address is the registry's own."""
        if self._authorization is None or not self.owns(url):
            return {}
        return {"Authorization": self._authorization}

    def owns(self, url: str) -> bool:
        """Say whether an address is the registry's; nobody else is told who we are, or asks it."""
        return _origin(self.place.base) == _origin(url)

    def _authorise(self, answer: Answer, method: str) -> None:
        actions = "pull" if method in {"GET", "HEAD"} else "pull,push"
        self._authorization = authorization(
            Challenge.parse(answer.headers.get("www-authenticate", "")),
            self._login,
            repository=self.place.repository,
            scope=f"repository:{self.place.name}:{actions}",
            http=self._http,
        )

    def _judged(self, answer: Answer, what: str) -> Answer:
        if answer.status == MISSING:
            raise MissingError(f"{what}: there is no such thing")
        if answer.status in {UNAUTHORISED, FORBIDDEN}:
            raise RefusedError(
                f"{what}: {self.place.host} refuses it ({answer.status})",
                hint="check the login (docker login), and that it has the right to do this",
            )
        if answer.status >= _ERRORS:
            raise RegistryError(f"{what}: {self.place.host} answers {answer.status}")
        return answer

    def _raised(self, error: NetworkError, url: str) -> RegistryError:
        if error.status == MISSING:
            return MissingError(f"{url}: there is no such thing")
        lasts = error.status in _LASTING or isinstance(error, LongError)
        kind = LastingError if lasts else RegistryError
        return kind(error.message, hint=error.hint)

    def follow(self, location: str) -> str:
        """Read an address that an answer names, whether whole or relative."""
        try:
            address = urljoin(self.place.base, location)
            _origin(address)
        except ValueError as error:
            raise RegistryError(
                f"{self.place.host} names {location[:200]!r}, which is no address: {error}"
            ) from error
        return address


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return whose address it is, however its port and its letters are written."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or usual
