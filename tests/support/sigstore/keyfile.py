"""Writes private keys as `cosign generate-key-pair` does."""

import base64
import hashlib
import json
import os
import textwrap

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from nacl.secret import SecretBox

from tests.support.sigstore.encoding import b64


def cosign_key(key: ec.EllipticCurvePrivateKey, password: bytes, *, n: int = 65536) -> bytes:
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, nonce = os.urandom(32), os.urandom(24)
    secret = hashlib.scrypt(password, salt=salt, n=n, r=8, p=1, dklen=32, maxmem=256 * n * 8)
    box = SecretBox(secret).encrypt(plain, nonce).ciphertext
    stored = {
        "kdf": {"name": "scrypt", "params": {"N": n, "r": 8, "p": 1}, "salt": b64(salt)},
        "cipher": {"name": "nacl/secretbox", "nonce": b64(nonce)},
        "ciphertext": b64(box),
    }
    text = base64.b64encode(json.dumps(stored, separators=(",", ":")).encode()).decode()
    label = "ENCRYPTED SIGSTORE PRIVATE KEY"
    lines = "\n".join(textwrap.wrap(text, 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


def public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
