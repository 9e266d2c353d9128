"""Says whether a bundle was signed with one key: what sigstore-python leaves out.

A log entry and timestamps that are there must hold; whether they have to be there is judged by
`verification`.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pipeline.signing.check import Signed, normal
from pipeline.signing.claims import ByKey
from pipeline.signing.envelope import IN_TOTO, Opened, opened, pae
from pipeline.signing.errors import BundleError
from pipeline.signing.keys import fingerprint, spki
from pipeline.signing.trust import Trust, trusted_root

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_DETAILS: Final = "PKIX_ECDSA_P256_SHA_256"
_MAX_STAMPS: Final = 32
_WHEN: Final = "%Y-%m-%dT%H:%M:%SZ"


def check_key(bundle: bytes, key: "EllipticCurvePublicKey", trust: Trust | None) -> Signed:
    """Verify a bundle that was signed with a key. Raises BundleError.

    Without a trust only the signature can be checked: a log entry or a timestamp is then refused,
    since it could not be believed.
    """
    try:
        return _checked(normal(bundle), key, trust)
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(f"not verified: {type(error).__name__}: {error}") from error


def _checked(text: str, key: "EllipticCurvePublicKey", trust: Trust | None) -> Signed:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from sigstore_models.bundle.v1 import Bundle

    Bundle.from_json(text)  # of a known form, without anything that nobody here would look at
    material = json.loads(text)["verificationMaterial"]
    if "publicKey" not in material:
        raise BundleError("not verified: it was signed with a certificate, not with a key")
    envelope = opened(text.encode())
    if envelope.payload_type != IN_TOTO:
        raise BundleError("not verified: it holds no in-toto statement")
    try:
        key.verify(envelope.signature, pae(envelope.payload), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise BundleError("not verified: the signature is not by this key") from error
    index, promised = _logged(material["tlogEntries"], key, envelope, trust)
    stamps = material.get("timestampVerificationData") or {}
    stamped = _stamped(stamps.get("rfc3161Timestamps") or [], envelope.signature, trust)
    return Signed(
        payload=envelope.payload,
        payload_type=envelope.payload_type,
        by=ByKey(fingerprint=fingerprint(key)),
        times=tuple(sorted({*promised, *stamped})),
        timestamps=len(stamped),
        log_index=index,
    )


def _logged(
    entries: list[Any], key: "EllipticCurvePublicKey", envelope: Opened, trust: Trust | None
) -> tuple[int | None, tuple[str, ...]]:
    """Verify the log entry, if there is one; its index, and the time that the log promised."""
    from sigstore._internal.trust import KeyringPurpose
    from sigstore.models import TransparencyLogEntry
    from sigstore_models.rekor.v1 import TransparencyLogEntry as Inner

    if not entries:
        return None, ()
    if trust is None or len(entries) != 1:
        raise BundleError("not verified: no trusted root to believe its log entry by, or several")
    entry = TransparencyLogEntry(Inner.from_dict(entries[0]))
    entry._verify(trusted_root(trust).rekor_keyring(KeyringPurpose.VERIFY))  # noqa: SLF001 -- sigstore verifies keyless bundles alone
    inner: Any = entry._inner  # noqa: SLF001 -- as above
    body, called = json.loads(inner.canonicalized_body), inner.kind_version
    if (body["kind"], body["apiVersion"]) != (called.kind, called.version):
        raise BundleError("not verified: the log entry is called something else than it is")
    if not _is_of(body, key, envelope):
        raise BundleError("not verified: the log entry is of something else")
    promised = inner.integrated_time if inner.inclusion_promise else 0
    when = datetime.fromtimestamp(int(promised), tz=UTC).strftime(_WHEN)
    return int(inner.inclusion_proof.log_index), (when,) if promised else ()


def _is_of(body: Any, key: "EllipticCurvePublicKey", envelope: Opened) -> bool:  # noqa: ANN401 -- JSON
    """Say whether a log entry is of this signature, by this key, over this statement."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    sig = _b64(envelope.signature)
    match body["kind"], body["apiVersion"]:
        case "hashedrekord", "0.0.2":
            verifier = {"keyDetails": _DETAILS, "publicKey": {"rawBytes": _b64(spki(key))}}
            digest = _b64(hashlib.sha256(pae(envelope.payload)).digest())
            return bool(
                body["spec"]["hashedRekordV002"]
                == {
                    "data": {"algorithm": "SHA2_256", "digest": digest},
                    "signature": {"content": sig, "verifier": verifier},
                }
            )
        case "dsse", "0.0.1":
            (logged,) = body["spec"]["signatures"]
            known = load_pem_public_key(base64.b64decode(logged["verifier"]))
            value = hashlib.sha256(envelope.payload).hexdigest()
            return (
                body["spec"]["payloadHash"] == {"algorithm": "sha256", "value": value}
                and logged["signature"] == sig
                and isinstance(known, ec.EllipticCurvePublicKey)
                and spki(known) == spki(key)
            )
        case other:
            raise BundleError(f"not verified: a log entry of the unknown kind {other}")


def _stamped(stamps: list[Any], signature: bytes, trust: Trust | None) -> tuple[str, ...]:
    if not stamps:
        return ()
    if trust is None or len(stamps) > _MAX_STAMPS:
        raise BundleError("not verified: no trusted root to believe its timestamps by, or too many")
    if len({one["signedTimestamp"] for one in stamps}) != len(stamps):
        raise BundleError("not verified: the same timestamp twice")
    # Two authorities may well say the same second: they are two.
    return tuple(sorted(_stamp_time(one["signedTimestamp"], signature, trust) for one in stamps))


def _stamp_time(stamp: str, signature: bytes, trust: Trust) -> str:
    """Verify one timestamp by any trusted authority that was in force at its time."""
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    response = decode_timestamp_response(base64.b64decode(stamp, validate=True))
    for authority in trusted_root(trust).get_timestamp_authorities():
        leaf, *others = authority.certificates(allow_expired=True)
        builder = VerifierBuilder().tsa_certificate(leaf).add_root_certificate(others[-1])
        for one in others[:-1]:
            builder = builder.add_intermediate_certificate(one)
        try:
            builder.build().verify_message(response, signature)
        except VerificationError:
            continue
        at = response.tst_info.gen_time
        start, end = authority.validity_period_start, authority.validity_period_end
        if start <= at and (end is None or at < end):
            return at.strftime(_WHEN)
    raise BundleError("not verified: a timestamp is by no trusted authority")


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
