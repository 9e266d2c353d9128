"""Reads verify.yaml and the files beside it that it names."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Final

from pipeline.errors import UsageError
from pipeline.policy.loading.located import fault, validated
from pipeline.policy.loading.tools_document import denied
from pipeline.policy.loading.yaml import Document, read
from pipeline.signing.keys import MAX_FILE, fingerprint, public_key
from pipeline.signing.trust import PUBLIC
from pipeline.toolchain import lock
from pipeline.toolchain.reading import read_some
from pipeline.verification.document import SignerTable, VerifyDocument
from pipeline.verification.model import (
    CertificateSigner,
    KeySigner,
    Signer,
    VerifyPolicy,
)

_ONLY_BY_CERTIFICATE: Final = (
    "issuer", "identity", "identity_pattern", "repository_id", "owner_id", "source_ref",
    "build_triggers", "runner_environment",
)  # fmt: skip


def load(path: Path) -> VerifyPolicy:
    """Read a policy for verifying. Raises UsageError with the place of whatever is wrong."""
    document = read(_bytes(path), str(path))
    said = validated(VerifyDocument, document, see="docs/verifying.md has every key")
    signers = tuple(
        _signer(one, document, number, path.parent) for number, one in enumerate(said.signers)
    )
    return VerifyPolicy(
        trust=PUBLIC if said.trust == PUBLIC else str(path.parent / said.trust),
        signers=signers,
        resource=said.resource,
        environment=said.environment,
        max_age=timedelta(hours=said.max_age_hours),
        fail_window=timedelta(hours=said.fail_window_hours),
        policy_digests=tuple(said.policy.digests),
        policy_names=tuple(said.policy.names),
        require=tuple(said.require),
        denied_tools=(*denied(said.tools.denied), *lock.denied()),
    )


def _signer(one: SignerTable, document: Document, number: int, folder: Path) -> Signer:
    at = ("signers", number)
    if one.key is not None:
        mixed = [name for name in _ONLY_BY_CERTIFICATE if getattr(one, name)]
        if mixed:
            told = "a signer is an identity or a key: these belong to an identity"
            raise fault(document, (*at, mixed[0]), told)
        if one.transparency is None:
            told = "say what a signature by this key must carry: log, timestamp, both or none"
            raise fault(document, (*at, "key"), told, "transparency: log_and_timestamp")
        pem = _bytes(folder / one.key)
        return KeySigner(
            fingerprint=fingerprint(public_key(pem, str(folder / one.key))),
            transparency=one.transparency,
            verifier=one.verifier,
            pem=pem,
        )
    return _identity(one, document, at)


def _identity(one: SignerTable, document: Document, at: tuple[str, int]) -> CertificateSigner:
    if one.transparency is not None:
        told = "this belongs to a key; a signature by certificate always has log and time"
        raise fault(document, (*at, "transparency"), told)
    if one.issuer is None:
        raise fault(document, at, "name an issuer with an identity, or a key")
    if (one.identity is None) == (one.identity_pattern is None):
        raise fault(document, at, "name the identity, or a pattern for the whole of it")
    if one.identity_pattern is not None:
        try:
            re.compile(one.identity_pattern)
        except re.error as error:
            where = (*at, "identity_pattern")
            raise fault(document, where, f"this is no regular expression: {error}") from error
    return CertificateSigner(
        issuer=one.issuer,
        identity=one.identity,
        identity_pattern=one.identity_pattern,
        verifier=one.verifier,
        repository_id=one.repository_id,
        owner_id=one.owner_id,
        source_ref=one.source_ref,
        build_triggers=tuple(one.build_triggers),
        runner_environment=one.runner_environment,
    )


def _bytes(path: Path) -> bytes:
    try:
        return read_some(path, MAX_FILE)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}",
            hint="name a file as docs/verifying.md shows it",
        ) from error
