"""A certificate authority with Fulcio's extensions, and the CT log that signs its certificates."""

import base64
import datetime as dt
import json
import struct
import time
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.loopback import Response
from tests.support.sigstore.encoding import (
    CONTEXT_0,
    OCTETS,
    SEQUENCE,
    UTF8,
    Json,
    RefusedError,
    b64,
    certificate,
    encode,
    items,
    key_usage,
    pem,
    sha256,
    spki,
)
from tests.support.sigstore.rekor import check

GITHUB = "https://github.com/"
FULCIO = "1.3.6.1.4.1.57264.1."
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
POISON = bytes.fromhex("060a2b06010401d679020403")
PLAIN_EXTENSIONS: Mapping[str, str] = {
    "event_name": "2",
    "sha": "3",
    "workflow": "4",
    "repository": "5",
    "ref": "6",
}
"""GitHub claims in the old extensions, whose value is a bare string."""
DER_EXTENSIONS: Mapping[str, tuple[str, str]] = {
    "job_workflow_ref": ("9", GITHUB),
    "job_workflow_sha": ("10", ""),
    "runner_environment": ("11", ""),
    "repository": ("12", GITHUB),
    "sha": ("13", ""),
    "ref": ("14", ""),
    "repository_id": ("15", ""),
    "repository_owner": ("16", GITHUB),
    "repository_owner_id": ("17", ""),
    "workflow_ref": ("18", GITHUB),
    "workflow_sha": ("19", ""),
    "event_name": ("20", ""),
    "repository_visibility": ("22", ""),
}
"""GitHub claims in the new extensions: number, and what stands before the value."""


class CtLog:
    """Signs certificate timestamps; keeps nothing."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._wrong_key = ec.generate_private_key(ec.SECP256R1())
        self.public_key = self._key.public_key()
        self.wrong = False
        """Sign with a key that nobody trusts."""

    def sign(self, tbs: bytes, issuer_key_hash: bytes) -> bytes:
        """A serialised SCT for a precertificate."""
        now = int(time.time() * 1000)
        size = len(tbs).to_bytes(3, "big")
        signed = struct.pack("!BBQH", 0, 0, now, 1) + issuer_key_hash + size + tbs + b"\0\0"
        key = self._wrong_key if self.wrong else self._key
        signature = key.sign(signed, ec.ECDSA(hashes.SHA256()))
        head = b"\0" + sha256(spki(self.public_key)) + struct.pack("!QH", now, 0)
        return head + b"\x04\x03" + struct.pack("!H", len(signature)) + signature

    def add_pre_chain(self, request: bytes) -> Response:
        """RFC 6962 section 4.2."""
        precertificate, issuer = (base64.b64decode(c) for c in json.loads(request)["chain"][:2])
        key = x509.load_der_x509_certificate(issuer).public_key()
        sct = self.sign(_without_poison(precertificate), sha256(spki(key)))
        return Response.json(
            {
                "sct_version": 0,
                "id": b64(sct[1:33]),
                "extensions": "",
                "timestamp": int.from_bytes(sct[33:41], "big"),
                "signature": b64(sct[43:]),
            }
        )


class CertificateAuthority:
    """Fulcio's part: short certificates for identity tokens."""

    def __init__(self, log: CtLog) -> None:
        root_key = ec.generate_private_key(ec.SECP384R1())
        self.log, self.life = log, dt.timedelta(minutes=10)
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.root = certificate("fulcio root", root_key)
        self.intermediate = certificate(
            "fulcio intermediate",
            self.key,
            self.root,
            root_key,
            usage=[ExtendedKeyUsageOID.CODE_SIGNING],
        )

    def answer(self, request: bytes, claims: Json) -> Response:
        """Fulcio's v2 API, for a token that has been checked."""
        body = json.loads(request)
        key: object
        if "certificateSigningRequest" in body:  # sigstore-python
            csr = x509.load_pem_x509_csr(base64.b64decode(body["certificateSigningRequest"]))
            if not csr.is_signature_valid:
                raise RefusedError(400, "The certificate signing request could not be verified")
            key = csr.public_key()
        else:  # cosign, sigstore-go, sigstore-js
            part = body["publicKeyRequest"]
            key = load_pem_public_key(part["publicKey"]["content"].encode())
            proof = base64.b64decode(part["proofOfPossession"])
            check(key, proof, sha256(str(claims.get("email") or claims["sub"]).encode()), "sha256")
        chain = [pem(self.issue(key, claims)), pem(self.intermediate), pem(self.root)]
        # 200, not 201: sigstore-go insists
        return Response.json({"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}})

    def issue(self, key: Any, claims: Json) -> x509.Certificate:
        """A certificate with its SCT embedded."""
        start = dt.datetime.now(dt.UTC).replace(microsecond=0)
        serial = x509.random_serial_number()
        issuer_key = self.key.public_key()

        def build(extra: Iterable[x509.UnrecognizedExtension] = ()) -> x509.Certificate:
            builder = (
                x509.CertificateBuilder()
                .subject_name(x509.Name([]))
                .issuer_name(self.intermediate.subject)
                .public_key(key)
                .serial_number(serial)
                .not_valid_before(start)
                .not_valid_after(start + self.life)
                .add_extension(key_usage(sign=True, certify=False), critical=True)
                .add_extension(
                    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
                )
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
                )
                .add_extension(x509.SubjectAlternativeName([_san(claims)]), critical=True)
            )
            for extension in (*_extensions(claims), *extra):
                builder = builder.add_extension(extension, critical=False)
            return builder.sign(self.key, hashes.SHA256())

        sct = self.log.sign(build().tbs_certificate_bytes, sha256(spki(issuer_key)))
        sct_list = struct.pack("!HH", len(sct) + 2, len(sct)) + sct
        return build([x509.UnrecognizedExtension(SCT_LIST, encode(OCTETS, sct_list))])


def _san(claims: Json) -> x509.GeneralName:
    if "job_workflow_ref" in claims:
        return x509.UniformResourceIdentifier(GITHUB + claims["job_workflow_ref"])
    if "email" in claims:
        return x509.RFC822Name(claims["email"])
    return x509.UniformResourceIdentifier(claims["sub"])


def _extensions(claims: Json) -> list[x509.UnrecognizedExtension]:
    def extension(number: str, value: bytes) -> x509.UnrecognizedExtension:
        return x509.UnrecognizedExtension(x509.ObjectIdentifier(FULCIO + number), value)

    issuer = claims["iss"].encode()
    found = [extension("1", issuer), extension("8", encode(UTF8, issuer))]
    found += [extension(n, claims[c].encode()) for c, n in PLAIN_EXTENSIONS.items() if c in claims]
    found += [
        extension(number, encode(UTF8, (before + str(claims[claim])).encode()))
        for claim, (number, before) in DER_EXTENSIONS.items()
        if claim in claims
    ]
    return found


def _without_poison(certificate_der: bytes) -> bytes:
    """A precertificate's TBSCertificate as the CT log signs it."""
    (outer,) = items(certificate_der)
    tbs = next(items(outer.value))
    parts = []
    for part in items(tbs.value):
        raw = part.raw
        if part.tag == CONTEXT_0 + 3:
            (extensions,) = items(part.value)
            kept = b"".join(e.raw for e in items(extensions.value) if POISON not in e.value)
            raw = encode(part.tag, encode(SEQUENCE, kept))
        parts.append(raw)
    return encode(SEQUENCE, *parts)
