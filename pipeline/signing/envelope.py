"""DSSE, the envelope around an in-toto statement, in a Sigstore bundle.

Sources: secure-systems-lab/dsse, protocol.md; sigstore protobuf-specs, `sigstore_bundle.proto`.
"""

import base64
import binascii
from typing import Final

import msgspec

from pipeline.model import strict
from pipeline.signing.errors import BundleError

BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
IN_TOTO: Final = "application/vnd.in-toto+json"


def pae(payload: bytes, payload_type: str = IN_TOTO) -> bytes:
    """Return what is signed: the pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope with one signature. Nothing of it is verified."""

    payload: bytes
    payload_type: str
    signature: bytes


class _Signature(msgspec.Struct, frozen=True):
    sig: str


class _Envelope(msgspec.Struct, frozen=True, rename="camel"):
    payload: str
    payload_type: str
    signatures: tuple[_Signature, ...]


class _Bundle(msgspec.Struct, frozen=True, rename="camel"):
    dsse_envelope: _Envelope


def opened(bundle: bytes) -> Opened:
    """Take the envelope out of a bundle. Raises BundleError."""
    try:
        envelope = strict.decode(bundle, _Bundle).dsse_envelope
        payload = base64.b64decode(envelope.payload, validate=True)
        signatures = [base64.b64decode(one.sig, validate=True) for one in envelope.signatures]
    except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError) as error:
        raise BundleError(f"not verified: no DSSE envelope in the bundle: {error}") from error
    if len(signatures) != 1:
        raise BundleError(f"not verified: {len(signatures)} signatures, and one is due")
    return Opened(payload=payload, payload_type=envelope.payload_type, signature=signatures[0])
