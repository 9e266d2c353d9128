"""Deadlines and retries for sigstore-python, which has neither (4.5).

Fulcio and the timestamp authority are asked again over HTTP. Rekor is not: the same entry twice is
a 409. Signing the statement again makes a new signature, which is always a new entry.
"""

import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

if TYPE_CHECKING:
    import requests
    from sigstore.sign import SigningContext
    from urllib3 import BaseHTTPResponse

T = TypeVar("T")

_asked: Final = threading.local()
"""`last`: what this thread asked for last, which no error of sigstore's reader names."""

_PASSING: Final = (429, 500, 502, 503, 504)
WORTH_ANOTHER: Final = frozenset({*_PASSING, 408, 409, 425})
"""Answers after which a new signature may be taken."""
_REFUSED: Final = (400, 401, 403)
_TRIES: Final = 3
_SHOWN: Final = 200
_MOST: Final = 16 << 20
"""Bytes of an answer: a log answers with a whole statement."""
_PIECE: Final = 64 << 10


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds."""

    whole: float = 120.0
    """For one statement, all tries together."""
    connect: float = 5.0
    read: float = 30.0
    pause: float = 0.5
    """Before the second try; doubled for each one after it, with jitter."""
    longest: float = 30.0

    def before(self, tries: int, told: float = 0.0) -> float:
        """Return how long to wait after so many tries, with jitter; `told` by a service."""
        usual: float = min(self.pause * 2**tries, self.longest)
        return max(usual * random.uniform(0.5, 1.0), min(told, self.longest))  # noqa: S311 -- jitter, not a secret


def harden(context: "SigningContext", patience: Patience) -> None:
    """Give a context's clients deadlines and retries. To be called in the thread that signs.

    Private names are used, all of them here; the pin on sigstore and a test notice when they move.
    """
    _mount(context._fulcio.session, _TRIES, patience)  # noqa: SLF001 -- see above
    for client in context._tsa_clients:  # noqa: SLF001 -- see above
        _mount(client._session, _TRIES, patience)  # noqa: SLF001 -- see above
    log: Any = context._rekor  # noqa: SLF001 -- see above; its type is abstract
    _mount(log._session, 0, patience)  # noqa: SLF001 -- see above


class TimestampMissingError(Exception):
    """A timestamp authority was asked, and there is no timestamp."""


def strict(context: "SigningContext") -> None:
    """Let a missing timestamp be an error, before anything is logged.

    sigstore-python goes on without it, and says so to its log alone.
    """
    for client in context._tsa_clients:  # noqa: SLF001 -- see `harden`
        client.request_timestamp = _or_error(client.request_timestamp)  # type: ignore[method-assign, assignment]


def _or_error(ask: Callable[[bytes], T]) -> Callable[[bytes], T]:
    from sigstore._internal.timestamp import TimestampError

    def asked(signature: bytes) -> T:
        try:
            return ask(signature)
        except TimestampError as error:
            raise TimestampMissingError(f"no timestamp: {error}") from error

    return asked


def _mount(session: "requests.Session", tries: int, patience: Patience) -> None:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    class Adapter(HTTPAdapter):
        """A deadline for callers that give none, and bounds for whatever answers."""

        def send(self, request: requests.PreparedRequest, **asked: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401 -- as requests calls it
            most = asked.get("timeout") or patience.read
            asked["timeout"] = (min(most, patience.connect), min(most, patience.read))
            ends = time.monotonic() + patience.whole
            _asked.last = f"{request.method} {request.url}"
            response = super().send(request, **{**asked, "stream": True})
            response._content = _body(response, ends)  # noqa: SLF001 -- else it is read without bounds
            return response

    class Bounded(Retry):
        """Waits as a service asks, but not for hours."""

        def get_retry_after(self, response: "BaseHTTPResponse") -> float | None:
            told = super().get_retry_after(response)
            return None if told is None else min(told, patience.longest)

    retry = Bounded(
        total=tries,
        connect=tries,
        read=0,
        status=tries,
        other=0,
        status_forcelist=_PASSING,
        allowed_methods=None,
        backoff_factor=patience.pause,
        backoff_max=patience.longest,
        raise_on_status=False,
    )
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter(max_retries=retry))


def _body(response: "requests.Response", ends: float) -> bytes:
    """Read an answer as it comes, so that neither its length nor its slowness is without end."""
    import requests
    from urllib3.exceptions import HTTPError

    found = bytearray()
    try:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            found += piece
            if len(found) > _MOST:
                raise requests.ConnectionError(f"{response.url} sends over {_MOST} bytes")
            if time.monotonic() > ends:
                raise requests.ReadTimeout(f"{response.url} sends too slowly")
    except HTTPError as error:
        raise requests.ConnectionError(f"{response.url} breaks off: {error}") from error
    return bytes(found)


def forget_asked() -> None:
    """Begin anew: what an earlier try of this thread asked says nothing of the next one."""
    _asked.last = ""


def last_asked() -> str:
    """Return what this thread asked for last: method and address."""
    return str(getattr(_asked, "last", ""))


def explain(error: BaseException) -> str:
    """Say what went wrong, with the HTTP answer that sigstore leaves out of its messages."""
    import requests
    from sigstore.oidc import IdentityError

    last = last_asked()
    if last and isinstance(error, requests.ConnectionError | requests.Timeout):
        return f"{last}: {_core(error)}"
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, IdentityError) and error.__cause__ is not None:
        text += f": {error.__cause__}"
    if (answer := _answer(error)) is not None:
        body = answer.text[:_SHOWN].strip()
        return f"{text} [{answer.request.method} {answer.url}: {answer.status_code} {body}]"
    return text if not last or last.partition(" ")[2] in text else f"{text} [after {last}]"


def _core(error: BaseException) -> str:
    """Return what is inside of the wrappings that clients put around a broken connection."""
    inner = [one for one in (getattr(error, "reason", None), *error.args)
             if isinstance(one, BaseException)]  # fmt: skip
    if inner:
        return _core(inner[-1])
    return str(error).rpartition("): ")[2] or type(error).__name__


def after(error: BaseException) -> float:
    """Return the seconds that an answer asks to wait; 0 where it asks for none."""
    answer = _answer(error)
    told = "" if answer is None else answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else 0.0


def may_pass(error: BaseException) -> bool:
    """Say whether another try makes sense: not for a refused identity or a lying CT log."""
    from sigstore.errors import VerificationError
    from sigstore.oidc import ExpiredIdentity, IdentityError

    if isinstance(error, VerificationError | IdentityError | ExpiredIdentity):
        return False
    answer = _answer(error)
    return answer is None or answer.status_code in WORTH_ANOTHER


def refused(error: BaseException) -> bool:
    """Say whether a service was reached and refuses who is asking."""
    answer = _answer(error)
    return answer is not None and answer.status_code in _REFUSED


def _answer(error: BaseException) -> "requests.Response | None":
    import requests

    seen: BaseException | None = error
    while seen is not None:
        found = getattr(seen, "response", None)
        if isinstance(found, requests.Response):  # not its truth: one of 4xx is false
            return found
        seen = seen.__cause__ or seen.__context__
    return None
