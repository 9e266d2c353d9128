"""Deadlines and retries for sigstore-python, which has neither (4.5).

Fulcio and the timestamp authority are asked again over HTTP. Rekor is not: the same entry twice is
a 409. Signing the statement again makes a new signature, which is always a new entry.
"""

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    import requests
    from sigstore.sign import SigningContext

_PASSING: Final = (429, 500, 502, 503, 504)
_WORTH_ANOTHER: Final = (*_PASSING, 408, 409, 425)
_TRIES: Final = 3
_SHOWN: Final = 200


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds."""

    whole: float = 120.0
    """For one statement, all tries together."""
    connect: float = 5.0
    read: float = 30.0
    pause: float = 0.5
    """Before the second try; doubled for each one after it, with jitter."""
    longest: float = 30.0


def harden(context: "SigningContext", patience: Patience) -> None:
    """Give a context's clients deadlines and retries. To be called in the thread that signs.

    Private names are used, all of them here; the pin on sigstore and a test notice when they move.
    """
    _mount(context._fulcio.session, _TRIES, patience)  # noqa: SLF001 -- see above
    for client in context._tsa_clients:  # noqa: SLF001 -- see above
        _mount(client._session, _TRIES, patience)  # noqa: SLF001 -- see above
    log: Any = context._rekor  # noqa: SLF001 -- see above; its type is abstract
    _mount(log._session, 0, patience)  # noqa: SLF001 -- see above


def _mount(session: "requests.Session", tries: int, patience: Patience) -> None:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    class Adapter(HTTPAdapter):
        """A deadline for callers that give none."""

        def send(self, request: requests.PreparedRequest, **asked: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401 -- as requests calls it
            asked["timeout"] = asked.get("timeout") or (patience.connect, patience.read)
            return super().send(request, **asked)

    retry = Retry(
        total=tries,
        connect=tries,
        read=0,
        status=tries,
        other=0,
        status_forcelist=_PASSING,
        allowed_methods=None,
        backoff_factor=patience.pause,
        raise_on_status=False,
    )
    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter(max_retries=retry))


def explain(error: BaseException) -> str:
    """Say what went wrong, with the HTTP answer that sigstore leaves out of its messages."""
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    if (answer := _answer(error)) is not None:
        body = answer.text[:_SHOWN].strip()
        text += f" [{answer.request.method} {answer.url}: {answer.status_code} {body}]"
    return text


def may_pass(error: BaseException) -> bool:
    """Say whether another try makes sense: not for a refused identity or a lying CT log."""
    from sigstore.errors import VerificationError
    from sigstore.oidc import IdentityError

    if isinstance(error, VerificationError | IdentityError):
        return False
    answer = _answer(error)
    return answer is None or answer.status_code in _WORTH_ANOTHER


def _answer(error: BaseException) -> "requests.Response | None":
    import requests

    seen: BaseException | None = error
    while seen is not None:
        found = getattr(seen, "response", None)
        if isinstance(found, requests.Response):  # not its truth: one of 4xx is false
            return found
        seen = seen.__cause__
    return None
