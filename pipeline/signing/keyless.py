"""Signs with an identity: a short certificate by Fulcio, an entry in Rekor, a timestamp."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pipeline.errors import PenstockError
from pipeline.signing.check import check
from pipeline.signing.envelope import IN_TOTO
from pipeline.signing.errors import BundleError, LogDownError, NoTokenError, SigningError
from pipeline.signing.identity import STRANGER, TokenSource, advice
from pipeline.signing.patience import (
    Patience,
    after,
    explain,
    forget_asked,
    harden,
    last_asked,
    may_pass,
    strict,
)
from pipeline.signing.trust import Trust, client_config, log_url

if TYPE_CHECKING:
    from sigstore.dsse import Statement
    from sigstore.sign import Signer, SigningContext

_SPARE: Final = timedelta(minutes=2)
"""A certificate that ends sooner is not begun with: it must be valid when the log answers."""


class Keyless:
    """Signs statements with one identity; threads may share it, and share the certificate."""

    def __init__(
        self,
        trust: Trust,
        token: TokenSource,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._trust, self._token = trust, token
        self._config = client_config(trust)
        self._patience = patience or Patience()
        self._clock, self._sleep = clock, sleep
        self._log = log_url(trust)
        self._wanted = len(self._config.signing_config.get_tsas())
        self._lock = threading.Lock()
        self._current: tuple[SigningContext, Signer] | None = None
        self._lasts = 0.0
        """Until when, by the clock, the current certificate is begun with."""

    def sign(self, statement: bytes) -> bytes:
        """Sign an in-toto statement until it works, or patience is over.

        The bundle is checked before it is returned: everything that the configuration asks for is
        in it, and it says what was to be said. Raises SigningError with the reason of every try.
        """
        ends, reasons = self._clock() + self._patience.whole, list[str]()
        while True:
            told, down = 0.0, SigningError
            forget_asked()
            try:
                bundle = self._once(statement, ends)
                if not (lack := self._lacking(bundle, statement)):
                    return bundle
                reasons.append(lack)
            except BundleError as error:
                raise SigningError(
                    f"not signed: what came back is {error.message}", hint=STRANGER
                ) from error
            except NoTokenError as error:
                reasons.append(error.message)
            except PenstockError:
                raise
            except Exception as error:
                reasons.append(explain(error))
                if not may_pass(error):
                    raise SigningError(f"not signed: {reasons[-1]}", hint=advice(error)) from error
                told = after(error)
                down = LogDownError if self._at_log() else SigningError
            self._forget()
            wait = self._patience.before(len(reasons), told)
            if self._clock() + wait > ends:
                raise down(
                    "not signed: " + "; then ".join(dict.fromkeys(reasons)),
                    hint="nothing was attached; try again when the service is back",
                )
            self._sleep(wait)

    def _at_log(self) -> bool:
        """Say whether it was the log that this thread asked last."""
        asked = last_asked().rstrip("/")
        return asked.startswith(f"POST {self._log}/") and asked.endswith("/log/entries")

    def _once(self, statement: bytes, ends: float) -> bytes:
        context, signer = self._signer(ends)
        harden(context, self._patience)  # its sessions belong to the thread
        return signer.sign_dsse(_as_it_is(statement)).to_json().encode()

    def _signer(self, ends: float) -> "tuple[SigningContext, Signer]":
        """Return a signer whose certificate lasts, asking for one where it does not.

        Who waited for another thread's question until the end does not ask it once more.
        """
        from sigstore.oidc import IdentityToken
        from sigstore.sign import SigningContext

        with self._lock:
            if self._current is None or self._clock() > self._lasts:
                if self._clock() > ends:
                    raise TimeoutError("no certificate came in time")
                context = SigningContext.from_trust_config(self._config)
                harden(context, self._patience)
                strict(context)
                with context.signer(IdentityToken(self._token())) as signer:
                    self._current = (context, signer)
                self._lasts = self._clock() + _life(signer)
            return self._current

    def _forget(self) -> None:
        with self._lock:
            self._current = None

    def _lacking(self, bundle: bytes, statement: bytes) -> str:
        """Say what was asked for and is not in the bundle; nothing where all of it is."""
        said = check(bundle, self._trust)
        if said.payload != statement or said.payload_type != IN_TOTO:
            raise SigningError("not signed: the bundle holds another statement than was given")
        missing = self._wanted - said.timestamps
        return f"{missing} of {self._wanted} timestamps are missing" if missing > 0 else ""


def _as_it_is(statement: bytes) -> "Statement":
    """Wrap a statement that sigstore's own reader refuses: a subject by its `gitCommit`."""
    from sigstore.dsse import Statement

    wrapped = Statement.__new__(Statement)
    wrapped._contents = statement  # noqa: SLF001 -- all that is read of it when it is signed
    return wrapped


def _life(signer: "Signer") -> float:
    certificate = signer._signing_cert()  # noqa: SLF001 -- the cached one
    return (
        certificate.not_valid_after_utc - certificate.not_valid_before_utc - _SPARE
    ).total_seconds()
