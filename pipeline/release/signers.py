"""Who signs: an identity or a key, each of which knows its own signatures again."""

import threading
from typing import TYPE_CHECKING

from pipeline.signing.by_key import Kept, KeySigner, of_private
from pipeline.signing.check import Signed, check
from pipeline.signing.check_key import check_key
from pipeline.signing.claims import Certified
from pipeline.signing.errors import BundleError, LogDownError
from pipeline.signing.identity import TokenSource, expected
from pipeline.signing.keyless import Keyless
from pipeline.signing.patience import Patience
from pipeline.signing.trust import Trust
from pipeline.toolchain.http import Http

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey


class Identity:
    """Signs with the identity that a token proves."""

    def __init__(
        self, trust: Trust, token: TokenSource, *, patience: Patience | None = None
    ) -> None:
        self._trust, self._token = trust, token
        self._keyless = Keyless(trust, token, patience=patience)
        self._lock = threading.Lock()
        self._expected: tuple[str, frozenset[str]] | None = None

    def sign(self, statement: bytes) -> bytes:
        """Sign an in-toto statement. Raises SigningError."""
        return self._keyless.sign(statement)

    def ours(self, bundle: bytes) -> bytes | None:
        """Return what a bundle says, where it is a valid signature by this identity."""
        try:
            signed = check(bundle, self._trust)
        except BundleError:
            return None
        issuer, names = self._who()
        by = signed.by
        known = isinstance(by, Certified) and by.issuer == issuer and by.san in names
        return signed.payload if known else None

    def _who(self) -> tuple[str, frozenset[str]]:
        with self._lock:
            if self._expected is None:
                self._expected = expected(self._token())
            return self._expected


class Key:
    """Signs with a key of one's own."""

    def __init__(
        self,
        private: "EllipticCurvePrivateKey",
        trust: Trust | None,
        *,
        kept: Kept = Kept.LOGGED,
        http: Http,
        patience: Patience | None = None,
    ) -> None:
        self._public, self._trust = private.public_key(), trust
        self._signer = KeySigner(
            of_private(private), self._public, trust=trust, kept=kept, http=http, patience=patience
        )

    def sign(self, statement: bytes) -> bytes:
        """Sign an in-toto statement. Raises SigningError."""
        return self._signer.sign(statement)

    def ours(self, bundle: bytes) -> bytes | None:
        """Return what a bundle says, where it is a valid signature by this key."""
        said = self._read(bundle)
        return None if said is None else said.payload

    def unlogged(self, bundle: bytes) -> bool:
        """Say whether it is a valid signature by this key that is in no log."""
        said = self._read(bundle)
        return said is not None and said.log_index is None

    def _read(self, bundle: bytes) -> Signed | None:
        try:
            return check_key(bundle, self._public, self._trust)
        except BundleError:
            return None


class OrKey:
    """Signs as ever, and with another key once the log does not answer: as a policy allows."""

    def __init__(self, first: "Identity | Key", key: Key) -> None:
        self._first, self._key = first, key
        self._down = threading.Event()

    def sign(self, statement: bytes) -> bytes:
        """Sign an in-toto statement. Raises SigningError for every other outage."""
        if not self._down.is_set():
            try:
                return self._first.sign(statement)
            except LogDownError:
                self._down.set()
        return self._key.sign(statement)

    def ours(self, bundle: bytes) -> bytes | None:
        """Return what a bundle says, where it is a valid signature by one of the two."""
        said = self._key.ours(bundle)
        return self._first.ours(bundle) if said is None else said

    def unlogged(self, bundle: bytes) -> bool:
        """Say whether the key signed this, and no log knows of it."""
        return self._key.unlogged(bundle)
