"""Two transparency logs: Rekor v1 (`hashedrekord`, `dsse` 0.0.1) and v2 (`hashedrekord` 0.0.2).

They behave as the real ones in what a retry meets: the same entry twice is a 409, and a signature
that does not fit its digest is a 400 (only ECDSA is checked).
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping

import rfc8785
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from tests.support.loopback import Response
from tests.support.sigstore.encoding import Json, RefusedError, b64, pae, sha256, spki

HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "SHA2_256": hashes.SHA256(),
    "SHA2_384": hashes.SHA384(),
    "SHA2_512": hashes.SHA512(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
KEY_HASH: Mapping[str, str] = {
    "PKIX_ECDSA_P384_SHA_384": "SHA2_384",
    "PKIX_ECDSA_P521_SHA_512": "SHA2_512",
}


class MerkleLog:
    """An append-only RFC 6962 tree with signed checkpoints."""

    def __init__(
        self, origin: str, key_id: bytes, sign: Callable[[bytes], bytes], *, extra: bool = False
    ) -> None:
        self.origin, self.key_id, self.sign, self._extra = origin, key_id, sign, extra
        self.bodies: list[bytes] = []
        self._index: dict[bytes, int] = {}
        self._cache: dict[tuple[int, int], bytes] = {}
        # Entry 0 and an empty proof are left out by Go's protojson, and sigstore-python then
        # refuses the bundle. Real logs are past that; a fake must not begin there.
        self.add(b"seed")

    def find(self, body: bytes) -> int | None:
        """The index of an entry that is there already."""
        return self._index.get(body)

    def add(self, body: bytes) -> int:
        """Append."""
        self.bodies.append(body)
        self._index[body] = len(self.bodies) - 1
        return len(self.bodies) - 1

    def root(self) -> bytes:
        """The root hash."""
        return self._hash(0, len(self.bodies))

    def proof(self, index: int) -> list[bytes]:
        """The inclusion proof of an entry in the present tree."""
        low, high, path = 0, len(self.bodies), []
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low = middle
        return path[::-1]

    def checkpoint(self) -> str:
        """A signed note of the present tree."""
        lines = [self.origin, str(len(self.bodies)), b64(self.root())]
        if self._extra:
            lines.append(f"Timestamp: {time.time_ns()}")
        note = "\n".join(lines) + "\n"
        signature = b64(self.key_id[:4] + self.sign(note.encode()))
        return f"{note}\n\u2014 {self.origin.split(' ')[0]} {signature}\n"

    def _hash(self, low: int, high: int) -> bytes:
        size = high - low
        if size == 1:
            return sha256(b"\0" + self.bodies[low])
        if (known := self._cache.get((low, high))) is not None:
            return known
        middle = low + _split(size)
        value = sha256(b"\1" + self._hash(low, middle) + self._hash(middle, high))
        if size & (size - 1) == 0:
            self._cache[low, high] = value
        return value


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return int(1 << ((size - 1).bit_length() - 1))


class Rekor1:
    """The old log: answers carry a promise (SET) and a proof."""

    def __init__(self, host: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._lock = threading.Lock()
        self.public_key = self._key.public_key()
        self.log = MerkleLog(f"{host} - 1", sha256(spki(self.public_key)), self._sign, extra=True)

    def _sign(self, data: bytes) -> bytes:
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

    def post(self, request: bytes) -> Response:
        """Log an entry. cosign needs the ETag to be the entry's UUID."""
        proposal = json.loads(request)
        kind = proposal["kind"]
        body = rfc8785.dumps(
            {"apiVersion": "0.0.1", "kind": kind, "spec": _CANONICAL[kind](proposal["spec"])}
        )
        uuid = sha256(b"\0" + body).hex()
        with self._lock:
            if self.log.find(body) is not None:
                return conflict1(uuid)
            entry = self._entry(self.log.add(body))
        return Response.json(
            {uuid: entry}, 201, {"ETag": uuid, "Location": f"/api/v1/log/entries/{uuid}"}
        )

    def get(self, uuid: str) -> Json:
        """An entry, with a proof in the present tree."""
        with self._lock:
            for index, body in enumerate(self.log.bodies):
                if sha256(b"\0" + body).hex() == uuid[-64:]:
                    return {uuid: self._entry(index)}
        raise RefusedError(404, "entry not found")

    def _entry(self, index: int) -> Json:
        log, body = self.log, self.log.bodies[index]
        entry: Json = {
            "body": b64(body),
            "integratedTime": int(time.time()),
            "logID": log.key_id.hex(),
            "logIndex": index,
        }
        proof = {
            "checkpoint": log.checkpoint(),
            "hashes": [h.hex() for h in log.proof(index)],
            "logIndex": index,
            "rootHash": log.root().hex(),
            "treeSize": len(log.bodies),
        }
        promise = b64(self._sign(rfc8785.dumps(entry)))
        return entry | {"verification": {"inclusionProof": proof, "signedEntryTimestamp": promise}}


class Rekor2:
    """The new log: a proof and no time; DSSE is logged by the digest of its PAE."""

    def __init__(self, host: str) -> None:
        key = ed25519.Ed25519PrivateKey.generate()
        self._lock = threading.Lock()
        self.public_key = key.public_key()
        raw = self.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        # C2SP signed-note key id, not cut; the origin must be the host name of the log's base URL
        self.log = MerkleLog(host, sha256(host.encode() + b"\n\x01" + raw), key.sign)

    def post(self, request: bytes) -> Response:
        """Log an entry."""
        record = json.loads(request)["hashedRekordRequestV002"]
        signature, verifier = record["signature"], record["signature"]["verifier"]
        algorithm = KEY_HASH.get(verifier["keyDetails"], "SHA2_256")
        key: object
        if "x509Certificate" in verifier:
            raw = base64.b64decode(verifier["x509Certificate"]["rawBytes"])
            key = x509.load_der_x509_certificate(raw).public_key()
        else:
            key = load_der_public_key(base64.b64decode(verifier["publicKey"]["rawBytes"]))
        check(
            key,
            base64.b64decode(signature["content"]),
            base64.b64decode(record["digest"]),
            algorithm,
        )
        spec = {
            "data": {"algorithm": algorithm, "digest": record["digest"]},
            "signature": {"content": signature["content"], "verifier": verifier},
        }
        body = rfc8785.dumps(
            {"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": spec}}
        )
        with self._lock:
            if (known := self.log.find(body)) is not None:
                return conflict2(known)
            return Response.json(self._entry(self.log.add(body)), 201)

    def _entry(self, index: int) -> Json:
        log = self.log
        proof = {
            "logIndex": str(index),
            "treeSize": str(len(log.bodies)),
            "rootHash": b64(log.root()),
            "hashes": [b64(h) for h in log.proof(index)],
            "checkpoint": {"envelope": log.checkpoint()},
        }
        return {
            "logIndex": str(index),
            "logId": {"keyId": b64(log.key_id)},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "integratedTime": "0",
            "inclusionPromise": None,
            "canonicalizedBody": b64(log.bodies[index]),
            "inclusionProof": proof,
        }


def conflict(response: Response) -> Response:
    """A successful answer, turned into the 409 that a second try of the same entry would get."""
    if response.status >= 300:
        return response
    entry = json.loads(response.body)
    return (
        conflict2(int(entry["logIndex"])) if "logIndex" in entry else conflict1(next(iter(entry)))
    )


def conflict1(uuid: str) -> Response:
    """What Rekor v1 says to an entry that it has."""
    message = f"an equivalent entry already exists in the transparency log with UUID {uuid}"
    headers = {"Location": f"/api/v1/log/entries/{uuid}"}
    return Response.json({"code": 409, "message": message}, 409, headers)


def conflict2(index: int) -> Response:
    """What Rekor v2 says to an entry that it has."""
    message = f"an equivalent entry already exists in the transparency log with index {index}"
    return Response.json({"code": 6, "message": message}, 409, {"X-Log-Index": str(index)})


def check(key: object, signature: bytes, digest: bytes, algorithm: str) -> None:
    """Refuse what the real services refuse. Only ECDSA is checked."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        try:
            key.verify(signature, digest, ec.ECDSA(Prehashed(HASHES[algorithm])))
        except (InvalidSignature, ValueError) as exc:
            raise RefusedError(400, "error verifying signature: invalid signature") from exc


def _pem_key(data: bytes) -> object:
    if b"BEGIN CERTIFICATE" in data:
        return x509.load_pem_x509_certificate(data).public_key()
    return load_pem_public_key(data)


def _canonical_dsse(spec: Json) -> Json:
    text, verifiers = spec["proposedContent"]["envelope"], spec["proposedContent"]["verifiers"]
    envelope = json.loads(text)
    payload = base64.b64decode(envelope["payload"])
    digest = sha256(pae(envelope["payloadType"], payload))
    for each in envelope["signatures"]:
        key = _pem_key(base64.b64decode(verifiers[0]))
        check(key, base64.b64decode(each["sig"]), digest, "sha256")
    return {
        "envelopeHash": {"algorithm": "sha256", "value": sha256(text.encode()).hex()},
        "payloadHash": {"algorithm": "sha256", "value": sha256(payload).hex()},
        "signatures": [
            {"signature": each["sig"], "verifier": verifiers[0]} for each in envelope["signatures"]
        ],
    }


def _canonical_hashedrekord(spec: Json) -> Json:
    digest, signature = spec["data"]["hash"], spec["signature"]
    key = _pem_key(base64.b64decode(signature["publicKey"]["content"]))
    raw = bytes.fromhex(digest["value"])
    check(key, base64.b64decode(signature["content"]), raw, digest["algorithm"])
    return {
        "data": {"hash": {"algorithm": digest["algorithm"], "value": digest["value"]}},
        "signature": {
            "content": signature["content"],
            "publicKey": {"content": signature["publicKey"]["content"]},
        },
    }


_CANONICAL: Mapping[str, Callable[[Json], Json]] = {
    "dsse": _canonical_dsse,
    "hashedrekord": _canonical_hashedrekord,
}
