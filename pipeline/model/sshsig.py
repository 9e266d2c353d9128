"""What a detached SSH signature says of itself, before anybody has checked it."""

import base64
import binascii
import hashlib
import re
from typing import Final

import msgspec

_ARMOUR: Final = re.compile(
    rb"\s*-----BEGIN SSH SIGNATURE-----\s([A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----\s*"
)
_MAGIC: Final = b"SSHSIG"
_VERSION: Final = 1
_LENGTH: Final = 4


class Sshsig(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of a signature."""

    fingerprint: str
    """Of the key that is said to have made it: `SHA256:…`."""
    namespace: str


def fingerprint_of(blob: bytes) -> str:
    """Return the fingerprint of a public key's bytes, as ssh-keygen prints it."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii")
    return f"SHA256:{digest.rstrip('=')}"


def read(data: bytes) -> Sshsig:
    """Read a signature file. Raises ValueError for what is none."""
    armour = _ARMOUR.fullmatch(data)
    if armour is None:
        raise ValueError("this is no SSH signature")
    try:
        blob = base64.b64decode(b"".join(armour[1].split()), validate=True)
    except binascii.Error as exc:
        raise ValueError("this SSH signature is no base64") from exc
    version = int.from_bytes(blob[len(_MAGIC) : len(_MAGIC) + _LENGTH], "big")
    if not blob.startswith(_MAGIC) or version != _VERSION:
        raise ValueError("this is no SSH signature of version 1")
    key, rest = _string(blob[len(_MAGIC) + _LENGTH :])
    namespace, _ = _string(rest)
    return Sshsig(
        fingerprint=fingerprint_of(key), namespace=namespace.decode("utf-8", "backslashreplace")
    )


def _string(blob: bytes) -> tuple[bytes, bytes]:
    """Split off a string that its length precedes."""
    end = _LENGTH + int.from_bytes(blob[:_LENGTH], "big")
    if len(blob) < max(end, _LENGTH):
        raise ValueError("this SSH signature is cut short")
    return blob[_LENGTH:end], blob[end:]
