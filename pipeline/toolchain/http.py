"""The one door to the network: bounded in size, time, retries and redirects.

Proxies come from the environment (`HTTPS_PROXY`, `NO_PROXY`), a private certificate authority
from `SSL_CERT_FILE` or `SSL_CERT_DIR`. Plain HTTP is spoken to loopback addresses alone.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from pipeline.toolchain.answers import (
    LOOPBACK,
    Answer,
    LongError,
    NetworkError,
    Saved,
    SlowError,
    content,
    refuse_plain,
)
from pipeline.toolchain.asks import Ask, Elsewhere
from pipeline.toolchain.parts import UNSATISFIABLE, ChangedError, Part
from pipeline.toolchain.streams import Bounded, EndlessError

__all__ = ["Answer", "Http", "NetworkError", "Saved"]

T = TypeVar("T")

_ERRORS: Final = 400
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_LONGEST_WAIT: Final = 30.0
_DISTRUSTED: Final = "CERTIFICATE_VERIFY_FAILED"
_WHERE: Final = "check the address, and whether it may be read without a login"
_CHECK: Final = "check the network, the proxy (HTTPS_PROXY) and the authority (SSL_CERT_FILE)"


class _PassingError(NetworkError):
    """It may go better a moment later."""

    wait: float | None = None


class Http:
    """A client. Statuses from 400 on are answers where they are `allowed`, and errors elsewhere."""

    def __init__(
        self,
        *,
        timeout: float = 30.0,
        patience: float = 900.0,
        tries: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._timeout = httpx.Timeout(timeout, connect=min(timeout, 10.0))
        self._tries, self._patience, self._sleep = tries, patience, sleep
        self._clients: dict[str, httpx.Client] = {}
        self._making = threading.Lock()

    def _client(self, url: str) -> httpx.Client:
        """Return the client of a scheme; reading the authorities costs more than a request."""
        scheme = urlsplit(url).scheme
        with self._making:
            if scheme not in self._clients:
                self._clients[scheme] = self._made(secure=scheme == "https")
            return self._clients[scheme]

    def _made(self, *, secure: bool) -> httpx.Client:
        direct: dict[str, httpx.BaseTransport | None] = {
            f"all://{_bracketed(host)}": None for host in LOOPBACK
        }
        try:
            return self._client_of(direct, secure=secure)
        except (OSError, ValueError) as error:  # by whatever the variables hold
            raise NetworkError(
                f"no connection can be made: {_reason(error)}",
                hint="check the proxy (HTTPS_PROXY, NO_PROXY: http://HOST:PORT) and the private "
                "authority (SSL_CERT_FILE or REQUESTS_CA_BUNDLE: a file of certificates in PEM)",
            ) from error

    def _client_of(
        self, direct: Mapping[str, httpx.BaseTransport | None], *, secure: bool
    ) -> httpx.Client:
        client = httpx.Client(
            timeout=self._timeout,
            follow_redirects=False,
            # A coded body may grow without limit; without a coding the length says how large it is.
            headers={"Accept-Encoding": "identity", "User-Agent": "penstock"},
            mounts=direct,
            # A context without authorities trusts nobody: plain HTTP needs none.
            verify=True if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            trust_env=secure,
        )
        for one in (client._transport, *client._mounts.values()):  # noqa: SLF001 -- no other door
            if isinstance(one, httpx.HTTPTransport):
                one._pool._network_backend = Bounded(self._patience)  # noqa: SLF001
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for client in self._clients.values():
            client.close()

    def get(
        self,
        url: str,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        allowed: frozenset[int] = frozenset(),
        redirects: int = 0,
        elsewhere: Elsewhere = True,
    ) -> Answer:
        """Fetch a body that fits into memory."""
        ask = Ask(
            method="GET",
            url=url,
            headers=headers or {},
            allowed=allowed,
            redirects=redirects,
            elsewhere=elsewhere,
        )
        return self._patiently(lambda: self._whole(ask, limit), url)

    def post(
        self, url: str, body: bytes, *, limit: int, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a body and fetch the answer; sent again after an error that passes."""
        return self.send("POST", url, body, limit=limit, headers=headers)

    def send(
        self,
        method: str,
        url: str,
        body: bytes | Path | None,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        allowed: frozenset[int] = frozenset(),
        redirects: int = 0,
    ) -> Answer:
        """Send bytes, or a file piece by piece, by any method, and fetch the answer.

        It is sent again after an error that passes, so the request must bear to be repeated.
        """
        ask = Ask(
            method=method,
            url=url,
            headers=headers or {},
            body=body,
            allowed=allowed,
            redirects=redirects,
        )
        return self._patiently(lambda: self._whole(ask, limit), url)

    def download(
        self,
        url: str,
        to: Path,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        redirects: int = 0,
        elsewhere: Elsewhere = True,
        source: str = "",
    ) -> Saved:
        """Fetch a body into a file, hashing it on the way.

        With a `source` (its digest, or an address where the server names its version) what has
        arrived stays when the connection breaks, and is gone on with: now, or at the next call.
        """
        ask = Ask(
            method="GET", url=url, headers=headers or {}, redirects=redirects, elsewhere=elsewhere
        )
        return self._patiently(lambda: self._saved(ask, Part(to, source), limit), url)

    def _whole(self, ask: Ask, limit: int) -> Answer:
        with self._open(ask) as response:
            body = b"".join(_chunks(response, limit, self._ends()))
            return Answer(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                url=str(response.url),
                body=body,
            )

    def _saved(self, ask: Ask, part: Part, limit: int) -> Saved:
        asking = part.asking()
        allowed = frozenset({UNSATISFIABLE}) if asking else frozenset[int]()
        ask = msgspec.structs.replace(ask, headers={**ask.headers, **asking}, allowed=allowed)
        try:
            with self._open(ask) as response:
                part.answered(response.status_code, response.headers, str(response.url))
                return part.receive(_chunks(response, limit, self._ends(), before=part.size))
        except ChangedError as error:
            raise _PassingError(error.message) from error

    def _ends(self) -> float:
        return time.monotonic() + self._patience

    @contextmanager
    def _open(self, ask: Ask) -> Iterator[httpx.Response]:
        """Send one request, following as many redirects as were asked for."""
        for _ in range(ask.redirects + 1):
            refuse_plain(ask.url)
            with (
                content(ask.body) as (body, length),
                self._client(ask.url).stream(
                    ask.method, ask.url, headers={**ask.headers, **length}, content=body
                ) as response,
            ):
                if response.status_code not in _MOVED:
                    _judge(response, ask)
                    yield response
                    return
                ask = ask.moved(response.headers.get("location", ""), response.status_code)
        raise NetworkError(f"{ask.url} is where it redirects to, and that was not asked for")

    def _patiently(self, fetch: Callable[[], T], url: str) -> T:
        """Try again after errors that pass, a few times and a little later each time."""
        problem = _PassingError(f"{url} was never asked")
        for attempt in range(self._tries):
            if attempt:
                wait = 0.5 * 2**attempt if problem.wait is None else problem.wait
                self._sleep(min(wait, _LONGEST_WAIT))
            try:
                return fetch()
            except _PassingError as error:
                problem = error
            except httpx.TransportError as error:
                if _DISTRUSTED in str(error):
                    # Nobody comes to be trusted by waiting.
                    raise NetworkError(f"{url}: {_reason(error)}", hint=_CHECK) from error
                problem = _PassingError(f"{url}: {_reason(error)}")
            except (httpx.HTTPError, httpx.InvalidURL, EndlessError) as error:
                raise NetworkError(f"{url}: {_reason(error)}") from error
        told = f"{problem.message} (tried {self._tries} times)"
        raise NetworkError(told, status=problem.status, hint=_CHECK)


def _judge(response: httpx.Response, ask: Ask) -> None:
    """Raise for what is no answer."""
    status = response.status_code
    if status in ask.allowed or status < _ERRORS:
        return
    if status in _PASSING:
        error = _PassingError(f"{ask.url} answers {status}", status=status)
        after = response.headers.get("retry-after", "")
        error.wait = float(after) if after.isdecimal() else None
        raise error
    raise NetworkError(f"{ask.url} answers {status}", status=status, hint=_WHERE)


def _chunks(
    response: httpx.Response, limit: int, ends: float, *, before: int = 0
) -> Iterator[bytes]:
    """Read a body as it comes. What is longer than it may be is refused, not cut.

    `before`: how much of it is here already.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        raise NetworkError(f"{response.url} sends a coded body that was not asked for")
    # What a HEAD is told is the length of a body that is not sent.
    told = response.headers.get("content-length", "0") if response.request.method != "HEAD" else 0
    size = before + int(told)
    for chunk in response.iter_raw():
        size = max(size, before + response.num_bytes_downloaded)
        if size > limit:
            break
        if time.monotonic() > ends:
            raise SlowError(f"{response.url} sends too slowly")
        yield chunk
    if size > limit:
        raise LongError(f"{response.url} sends more than {limit} bytes")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
