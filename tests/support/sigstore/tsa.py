"""An RFC 3161 timestamp authority."""

import datetime as dt
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.sigstore.encoding import (
    BOOLEAN,
    CONTEXT_0,
    GENERALIZED_TIME,
    INTEGER,
    OCTETS,
    SEQUENCE,
    SET,
    UTC_TIME,
    certificate,
    der,
    encode,
    integer,
    items,
    oid,
    sha256,
)

SHA256 = encode(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"))
ECDSA_SHA256 = encode(SEQUENCE, oid("1.2.840.10045.4.3.2"))
SIGNED_DATA, TST_INFO = oid("1.2.840.113549.1.7.2"), oid("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE, MESSAGE_DIGEST = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
SIGNING_TIME, SIGNING_CERT_V2 = oid("1.2.840.113549.1.9.5"), oid("1.2.840.113549.1.9.16.2.47")
POLICY = oid("1.3.6.1.4.1.57264.2")


class TimestampAuthority:
    """Signs whatever digest it is given, with the time it is told or the time it is."""

    def __init__(self) -> None:
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.root = certificate("timestamp root", self._root_key)
        self.leaf = certificate(
            "timestamp signer",
            self._key,
            self.root,
            self._root_key,
            authority=False,
            usage=[ExtendedKeyUsageOID.TIME_STAMPING],
            critical_usage=True,
        )

    def answer(self, request: bytes, at: dt.datetime | None = None) -> bytes:
        """A TimeStampResp for a TimeStampReq."""
        (outer,) = items(request)
        _version, imprint, *rest = items(outer.value)
        nonce = next((i.raw for i in rest if i.tag == INTEGER), b"")
        wants_certificate = any(i.tag == BOOLEAN and i.value != b"\0" for i in rest)
        time = (at or dt.datetime.now(dt.UTC)).replace(microsecond=0)
        info = encode(
            SEQUENCE,
            integer(1),
            POLICY,
            imprint.raw,
            integer(secrets.randbits(63)),
            encode(GENERALIZED_TIME, time.strftime("%Y%m%d%H%M%SZ").encode()),
            encode(SEQUENCE, integer(1)),
            nonce,
        )
        signed = encode(
            SEQUENCE,
            integer(3),
            encode(SET, SHA256),
            encode(SEQUENCE, TST_INFO, encode(CONTEXT_0, encode(OCTETS, info))),
            encode(CONTEXT_0, der(self.leaf)) if wants_certificate else b"",
            encode(SET, self._signer_info(info, time)),
        )
        token = encode(SEQUENCE, SIGNED_DATA, encode(CONTEXT_0, signed))
        return encode(SEQUENCE, encode(SEQUENCE, integer(0)), token)

    def _signer_info(self, info: bytes, time: dt.datetime) -> bytes:
        certificate_id = encode(SEQUENCE, encode(OCTETS, sha256(der(self.leaf))))
        attributes = b"".join(
            sorted(
                encode(SEQUENCE, name, encode(SET, value))
                for name, value in (
                    (CONTENT_TYPE, TST_INFO),
                    (SIGNING_TIME, encode(UTC_TIME, time.strftime("%y%m%d%H%M%SZ").encode())),
                    (MESSAGE_DIGEST, encode(OCTETS, sha256(info))),
                    (SIGNING_CERT_V2, encode(SEQUENCE, encode(SEQUENCE, certificate_id))),
                )
            )
        )
        signature = self._key.sign(encode(SET, attributes), ec.ECDSA(hashes.SHA256()))
        issuer = encode(SEQUENCE, self.leaf.issuer.public_bytes(), integer(self.leaf.serial_number))
        return encode(
            SEQUENCE,
            integer(1),
            issuer,
            SHA256,
            encode(CONTEXT_0, attributes),
            ECDSA_SHA256,
            encode(OCTETS, signature),
        )
