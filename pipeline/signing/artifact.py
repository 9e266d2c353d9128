"""Says who signed a file: by its digest alone, or by an in-toto statement that names its digest.

As in `check`, whether that is the right signer is for whoever asked to say.
"""

import json
from pathlib import Path

from pipeline.model.artifact import sha256_file
from pipeline.signing.check import Anybody, check, normal, verifier
from pipeline.signing.claims import Certified, certified
from pipeline.signing.envelope import IN_TOTO
from pipeline.signing.errors import BundleError
from pipeline.signing.trust import Trust


def signer_of(path: Path, bundle: bytes, trust: Trust) -> Certified:
    """Return who signed exactly these bytes. Raises BundleError where nobody did."""
    digest = sha256_file(path).removeprefix("sha256:")
    try:
        text = normal(bundle)
        if "messageSignature" in json.loads(text):
            return _of_digest(text, digest, trust)
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(f"not verified: {type(error).__name__}: {error}") from error
    return _of_statement(bundle, digest, trust)


def _of_digest(text: str, digest: str, trust: Trust) -> Certified:
    from sigstore.hashes import Hashed
    from sigstore.models import Bundle
    from sigstore_models.common.v1 import HashAlgorithm

    read = Bundle.from_json(text)
    seen = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(digest))
    verifier(trust).verify_artifact(seen, read, Anybody())
    return certified(read.signing_certificate)


def _of_statement(bundle: bytes, digest: str, trust: Trust) -> Certified:
    signed = check(bundle, trust)
    if signed.payload_type != IN_TOTO or not isinstance(signed.by, Certified):
        raise BundleError(f"not verified: it signs {signed.payload_type}, and no file")
    if digest not in _subjects(signed.payload):
        raise BundleError("not verified: what was signed is another file")
    return signed.by


def _subjects(payload: bytes) -> set[str]:
    """List the digests of which a statement speaks; none of one that is not well formed."""
    try:
        return {str(one["digest"]["sha256"]) for one in json.loads(payload)["subject"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return set()
