"""Whether a signer is one of those whose word counts."""

import re
from typing import assert_never

from pipeline.signing.check import Signed
from pipeline.signing.claims import ByKey, Certified
from pipeline.verification.model import CertificateSigner, KeySigner, Signer


def speaks_for(signed: Signed, signers: tuple[Signer, ...]) -> frozenset[str]:
    """Return the verifiers for which this signer may speak: none where it is no accepted one."""
    return frozenset(one.verifier for one in signers if _is(signed, one))


def told(by: Certified | ByKey) -> str:
    """Name a signer in a line."""
    match by:
        case Certified(san=san, issuer=issuer):
            return f"{san} ({issuer})"
        case ByKey(fingerprint=fingerprint):
            return f"key {fingerprint}"
        case _:
            assert_never(by)


def _is(signed: Signed, signer: Signer) -> bool:
    match signer:
        case CertificateSigner():
            return isinstance(signed.by, Certified) and _identity(signed.by, signer)
        case KeySigner():
            return isinstance(signed.by, ByKey) and _key(signed, signed.by, signer)
        case _:
            assert_never(signer)


def _identity(by: Certified, signer: CertificateSigner) -> bool:
    if by.issuer != signer.issuer:
        return False
    if signer.identity is not None and by.san != signer.identity:
        return False
    pattern = signer.identity_pattern
    if pattern is not None and re.fullmatch(pattern, by.san) is None:
        return False
    if signer.build_triggers and by.build_trigger not in signer.build_triggers:
        return False
    asked = (
        (signer.repository_id, by.repository_id),
        (signer.owner_id, by.owner_id),
        (signer.source_ref, by.source_ref),
        (signer.runner_environment, by.runner_environment),
    )
    return all(wanted is None or wanted == said for wanted, said in asked)


def _key(signed: Signed, by: ByKey, signer: KeySigner) -> bool:
    logged, stamped = signed.log_index is not None, signed.timestamps > 0
    match signer.transparency:
        case "log":
            enough = logged
        case "timestamp":
            enough = stamped
        case "log_and_timestamp":
            enough = logged and stamped
        case "none":
            enough = True
        case _:
            assert_never(signer.transparency)
    return enough and by.fingerprint == signer.fingerprint
