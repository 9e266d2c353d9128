"""Key files: those that `cosign generate-key-pair` writes, and plain PKCS#8 in PEM.

ECDSA P-256 alone: cosign signs Ed25519 keys in a mode (ed25519ph) that few others read.
"""

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

MAX_FILE: Final = 64 << 10
_SEALED: Final = re.compile(
    rb"-----BEGIN ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY-----(.+?)-----END", re.DOTALL
)
_SCRYPT: Final = frozenset({(32768, 8, 1), (65536, 8, 1)})
"""What cosign has written. Anything else is refused before it can cost memory."""
_CURVE: Final = "secp256r1"
_LOCKED: Final = b"ENCRYPTED"
"""In PKCS#8's first line and in the older form's second: then there is a passphrase."""
_UNLOCKS: Final = "the passphrase is read from COSIGN_PASSWORD"
_WRITES: Final = "`cosign generate-key-pair` makes a pair"


class _Parameters(msgspec.Struct, frozen=True):
    n: int = msgspec.field(name="N")
    r: int
    p: int


class _Kdf(msgspec.Struct, frozen=True):
    name: str
    params: _Parameters
    salt: bytes


class _Cipher(msgspec.Struct, frozen=True):
    name: str
    nonce: bytes


class _Sealed(msgspec.Struct, frozen=True):
    kdf: _Kdf
    cipher: _Cipher
    ciphertext: bytes


def private_key(pem: bytes, password: bytes | None, where: str) -> "EllipticCurvePrivateKey":
    """Read a private key. Raises UsageError for what is none, and for a wrong passphrase."""
    from cryptography.hazmat.primitives.serialization import (
        load_der_private_key,
        load_pem_private_key,
    )

    if len(pem) > MAX_FILE:
        raise UsageError(
            f"{where} has over {MAX_FILE >> 10} KiB: that is no private key",
            hint="name the file of the key",
        )
    try:
        if sealed := _SEALED.search(pem):
            key = load_der_private_key(_opened(sealed[1], password or b"", where), None)
        else:
            key = load_pem_private_key(pem, password if _LOCKED in pem else None)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(
            f"{where} holds no private key that can be read: {error}",
            hint=_UNLOCKS if _LOCKED in pem else _WRITES,
        ) from error
    return _p256_private(key, where)


def public_key(pem: bytes, where: str) -> "EllipticCurvePublicKey":
    """Read a public key in PEM. Raises UsageError."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem[:MAX_FILE])
    except Exception as error:
        raise UsageError(
            f"{where} holds no public key that can be read: {error}", hint=_WRITES
        ) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != _CURVE:
        raise UsageError(f"{where} holds another key than ECDSA P-256", hint=_WRITES)
    return key


def spki(key: "EllipticCurvePublicKey") -> bytes:
    """Write a public key in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: "EllipticCurvePublicKey") -> str:
    """Name a public key: `sha256:…` of its DER."""
    return f"sha256:{hashlib.sha256(spki(key)).hexdigest()}"


def hint(key: "EllipticCurvePublicKey") -> str:
    """Write what cosign puts beside a signature. It helps to find a key and proves nothing."""
    return base64.b64encode(hashlib.sha256(spki(key)).digest()).decode()


def _p256_private(key: object, where: str) -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != _CURVE:
        raise UsageError(f"{where} holds another key than ECDSA P-256", hint=_WRITES)
    return key


def _opened(text: bytes, password: bytes, where: str) -> bytes:
    """Open cosign's box: scrypt, then NaCl's secretbox."""
    from nacl.exceptions import CryptoError
    from nacl.secret import SecretBox

    stored = msgspec.json.decode(base64.b64decode(text), type=_Sealed)
    kdf = stored.kdf
    numbers = (kdf.params.n, kdf.params.r, kdf.params.p)
    if (kdf.name, stored.cipher.name) != ("scrypt", "nacl/secretbox") or numbers not in _SCRYPT:
        raise UsageError(f"{where} is encrypted in a way that cosign does not write")
    memory = 256 * kdf.params.n * kdf.params.r
    secret = hashlib.scrypt(
        password, salt=kdf.salt, n=numbers[0], r=numbers[1], p=numbers[2], dklen=32, maxmem=memory
    )
    try:
        return SecretBox(secret).decrypt(stored.ciphertext, stored.cipher.nonce)
    except CryptoError as error:
        raise UsageError(
            f"{where}: wrong passphrase, or a damaged file",
            hint=_UNLOCKS,
        ) from error
