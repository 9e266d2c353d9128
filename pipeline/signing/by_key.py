"""Signs with a key of one's own; a log entry and a timestamp where the trust names services."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pipeline.signing.check_key import check_key
from pipeline.signing.envelope import BUNDLE, IN_TOTO, pae
from pipeline.signing.errors import BundleError, LogDownError, SigningError
from pipeline.signing.identity import STRANGER
from pipeline.signing.keys import hint, spki
from pipeline.signing.patience import WORTH_ANOTHER, Patience
from pipeline.signing.trust import Trust, client_config, log_url
from pipeline.toolchain.http import Http, NetworkError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

SignBytes: TypeAlias = Callable[[bytes], bytes]
"""From a message to a DER signature by ECDSA P-256 and SHA-256: a file's key, or a KMS."""

_DETAILS: Final = "PKIX_ECDSA_P256_SHA_256"
_LIMIT: Final = 1 << 20
_REKOR_2: Final = 2
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_QUERY: Final = {"Content-Type": "application/timestamp-query"}


def of_private(key: "EllipticCurvePrivateKey") -> SignBytes:
    """Sign with a key that is held in memory."""

    def sign(message: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        return key.sign(message, ec.ECDSA(hashes.SHA256()))

    return sign


class Kept(StrEnum):
    """Where there is a trust configuration: by what it is told when something was signed."""

    LOGGED = "logged"
    """By its log, and by timestamps where it names authorities."""
    STAMPED = "stamped"
    """By timestamps alone, where it names authorities: the log is not asked."""


class _LogError(NetworkError):
    """It was the log that did not answer."""


class KeySigner:
    """Signs statements with one key. Without a trust configuration no service is asked."""

    def __init__(
        self,
        sign: SignBytes,
        public: "EllipticCurvePublicKey",
        *,
        trust: Trust | None = None,
        kept: Kept = Kept.LOGGED,
        http: Http,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sign, self._public, self._trust, self._http = sign, public, trust, http
        self._kept = kept
        self._patience = patience or Patience()
        self._clock, self._sleep = clock, sleep

    def sign(self, statement: bytes) -> bytes:
        """Sign an in-toto statement until it works, or patience is over, and check the bundle.

        Raises SigningError with the reason of every try.
        """
        ends, reasons = self._clock() + self._patience.whole, list[str]()
        while True:
            try:
                # A new signature each time: the same entry posted twice is a 409.
                bundle = self._bundle(statement, self._sign(pae(statement)))
                return self._checked(bundle, statement)
            except BundleError as error:
                raise SigningError(
                    f"not signed: what came back is {error.message}", hint=STRANGER
                ) from error
            except NetworkError as error:
                reasons.append(error.message)
                wait = self._patience.before(len(reasons))
                passes = error.status in {0, *WORTH_ANOTHER}
                if not passes or self._clock() + wait > ends:
                    down = passes and isinstance(error, _LogError)
                    raise (LogDownError if down else SigningError)(
                        "not signed: " + "; then ".join(dict.fromkeys(reasons)),
                        hint="nothing was attached; try again when the service is back",
                    ) from error
            self._sleep(wait)

    def _bundle(self, statement: bytes, signature: bytes) -> bytes:
        envelope = {
            "payload": _b64(statement),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": _b64(signature)}],
        }
        material: dict[str, Any] = {"publicKey": {"hint": hint(self._public)}, "tlogEntries": []}
        if self._trust is not None:
            signing: Any = client_config(self._trust).signing_config
            # First of all, so that nothing is logged of which no bundle comes.
            stamps = [self._stamp(one.url, signature) for one in signing._tsas]  # noqa: SLF001 -- as above
            if stamps:
                material["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
            if self._kept is Kept.LOGGED:
                material["tlogEntries"] = [self._entry(self._trust, statement, signature, envelope)]
        document = {
            "mediaType": BUNDLE,
            "verificationMaterial": material,
            "dsseEnvelope": envelope,
        }
        return json.dumps(document, separators=(",", ":")).encode()

    def _entry(self, trust: Trust, statement: bytes, signature: bytes, envelope: object) -> object:
        """Write to the log. Raises _LogError."""
        log: Any = client_config(trust).signing_config
        newer = log._tlogs[0].major_api_version == _REKOR_2  # noqa: SLF001 -- chosen there
        post = self._rekor2 if newer else self._rekor1
        try:
            return post(log_url(trust), statement, signature, envelope)
        except NetworkError as error:
            raise _LogError(error.message, status=error.status, hint=error.hint) from error

    def _rekor2(self, url: str, statement: bytes, signature: bytes, _: object) -> object:
        verifier = {
            "publicKey": {"rawBytes": _b64(spki(self._public))},
            "keyDetails": _DETAILS,
        }
        request = {
            "digest": _b64(hashlib.sha256(pae(statement)).digest()),
            "signature": {"content": _b64(signature), "verifier": verifier},
        }
        return self._post(f"{url}/api/v2/log/entries", {"hashedRekordRequestV002": request})

    def _rekor1(self, url: str, _: bytes, __: bytes, envelope: object) -> object:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
        from sigstore.models import TransparencyLogEntry

        pem = self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        proposal = {"envelope": json.dumps(envelope), "verifiers": [_b64(pem)]}
        answer = self._post(
            f"{url}/api/v1/log/entries",
            {"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": proposal}},
        )
        try:
            entry: Any = TransparencyLogEntry._from_v1_response(answer)  # noqa: SLF001 -- the one reader of that form
            return json.loads(entry._inner.to_json())  # noqa: SLF001 -- the entry has no writer
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise NetworkError(f"{url} answers with no log entry: {error}") from error

    def _post(self, url: str, request: object) -> Any:  # noqa: ANN401 -- JSON of a log, checked later
        body = json.dumps(request).encode()
        answer = self._http.post(url, body, limit=_LIMIT, headers=_JSON)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise NetworkError(f"{url} answers with no JSON") from error

    def _stamp(self, url: str, signature: bytes) -> dict[str, str]:
        from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response

        request = TimestampRequestBuilder().data(signature).nonce(nonce=True).build()
        answer = self._http.post(url, request.as_bytes(), limit=_LIMIT, headers=_QUERY)
        try:
            decode_timestamp_response(answer.body)
        except ValueError as error:
            raise NetworkError(f"{url} answers with no timestamp: {error}") from error
        return {"signedTimestamp": _b64(answer.body)}

    def _checked(self, bundle: bytes, statement: bytes) -> bytes:
        said = check_key(bundle, self._public, self._trust)
        wanted = 0
        if self._trust is not None:
            wanted = len(client_config(self._trust).signing_config.get_tsas())
            if self._kept is Kept.LOGGED and said.log_index is None:
                raise SigningError("not signed: the log entry is missing")
        if said.timestamps < wanted or said.payload != statement:
            raise SigningError("not signed: a timestamp is missing, or the statement is another")
        return bundle


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
