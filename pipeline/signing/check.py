"""Says who signed a bundle, by a pinned root and without the network.

It says nothing of whether that is the right signer or the right statement: that is
`verification`'s part. Every way in which a bundle can break sigstore-python is "not verified".
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pipeline.signing.claims import Signatory, certified
from pipeline.signing.errors import BundleError
from pipeline.signing.trust import Trust, trusted_root

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle
    from sigstore.verify import Verifier

MAX_BUNDLE: Final = 10 << 20


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What was signed, by whom, and when at the latest."""

    payload: bytes
    payload_type: str
    by: Signatory
    times: tuple[str, ...]
    """RFC 3339, verified: of timestamp authorities and of a log that promises them."""
    timestamps: int
    """How many of them are by a timestamp authority."""
    log_index: int | None
    """Its place in the log's tree, as the inclusion proof has it; what else a bundle says of it
    nobody signed."""


def check(bundle: bytes, trust: Trust) -> Signed:
    """Verify a bundle that was signed with a certificate. Raises BundleError."""
    from sigstore.models import Bundle

    try:
        read = Bundle.from_json(normal(bundle))
        return _checked(read, verifier(trust))
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(f"not verified: {type(error).__name__}: {error}") from error


def normal(bundle: bytes) -> str:
    """Write the zeros into a bundle that Go leaves out and sigstore-python insists on."""
    if len(bundle) > MAX_BUNDLE:
        raise BundleError(f"not verified: the bundle has over {MAX_BUNDLE >> 20} MiB")
    document = json.loads(bundle)
    material = document["verificationMaterial"]
    if isinstance(key := material.get("publicKey"), dict):
        key.setdefault("hint", "")
    for entry in material.setdefault("tlogEntries", []):
        entry.setdefault("logIndex", "0")
        if isinstance(proof := entry.get("inclusionProof"), dict):
            proof.setdefault("logIndex", "0")
            proof.setdefault("hashes", [])
    return json.dumps(document)


@lru_cache(maxsize=8)
def verifier(trust: Trust) -> "Verifier":
    """Return who verifies by this root; making one takes longer than asking it."""
    from sigstore.verify import Verifier

    return Verifier(trusted_root=trusted_root(trust))


def _checked(bundle: "Bundle", by: "Verifier") -> Signed:
    kind, payload = by.verify_dsse(bundle, Anybody())
    from sigstore._internal.timestamp import TimestampSource

    times = by._establish_time(bundle)  # noqa: SLF001 -- verified above, and not handed out
    entry: Any = bundle.log_entry._inner  # noqa: SLF001 -- the only way to the index
    return Signed(
        payload=payload,
        payload_type=kind,
        by=certified(bundle.signing_certificate),
        times=tuple(sorted({one.time.strftime("%Y-%m-%dT%H:%M:%SZ") for one in times})),
        timestamps=sum(one.source is TimestampSource.TIMESTAMP_AUTHORITY for one in times),
        log_index=int(entry.inclusion_proof.log_index),
    )


class Anybody:
    """Who signed is judged by whoever asked, on the claims that are returned."""

    def verify(self, cert: "Certificate") -> None:
        """Accept."""
