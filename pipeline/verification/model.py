"""What a verification is asked, what it sees, and how it ends."""

from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from pipeline.model.denied import DeniedTool
from pipeline.signing.check import Signed
from pipeline.signing.claims import ByKey, Certified

SCHEMA: Literal["penstock/verification@1"] = "penstock/verification@1"
Transparency: TypeAlias = Literal["log", "timestamp", "log_and_timestamp", "none"]


class CertificateSigner(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs with an identity. What is None may be anything."""

    issuer: str
    identity: str | None
    """The subject alternative name, exactly."""
    identity_pattern: str | None
    """A regular expression for the whole of it."""
    verifier: str
    """The `verifier.id` that this signer may speak for."""
    repository_id: str | None = None
    owner_id: str | None = None
    source_ref: str | None = None
    build_triggers: tuple[str, ...] = ()
    runner_environment: str | None = None


class KeySigner(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs with a key."""

    fingerprint: str
    transparency: Transparency
    verifier: str
    pem: bytes


Signer: TypeAlias = CertificateSigner | KeySigner


class VerifyPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """verify.yaml, checked."""

    trust: str
    """A file beside verify.yaml, or `public`."""
    signers: tuple[Signer, ...]
    resource: str
    """The repository for which the verdict was given, `HOST/NAME`."""
    environment: str
    max_age: timedelta
    fail_window: timedelta
    """A FAILED summary blocks for so long, whatever came after it."""
    policy_digests: tuple[str, ...]
    """Empty: any policy that was trusted when it judged."""
    policy_names: tuple[str, ...]
    require: tuple[str, ...]
    """Predicate types beside summary and verdict, which are always asked for."""
    denied_tools: tuple[DeniedTool, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The question."""

    digest: str
    """`sha256:…` of what will be deployed."""
    now: datetime


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that refers to the digest: a bundle that was verified, or why it was not."""

    name: str
    """The digest of its manifest, or the name of its file."""
    signed: Signed | None
    fault: str = ""


class Ignored(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An attachment that counts for nothing, and why."""

    name: str
    reason: str


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of an accepted signer about the digest."""

    name: str
    by: Certified | ByKey
    verifiers: frozenset[str]
    """Those for which its signer may speak."""
    subjects: frozenset[str]
    """Hex digits of every sha256 that it speaks of."""
    predicate_type: str
    predicate: dict[str, Any]
    times: tuple[str, ...]


class InForce(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An exception that the verdict rests on."""

    id: str
    expires: str | None


class Verified(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="verified"):
    """Judged good, by an accepted signer, lately enough, with everything that is asked for."""

    digest: str
    verdict: Literal["PASS", "WARN"]
    environment: str
    judged: str
    """RFC 3339: the instant of the judgement."""
    by: str
    """Who signed: an identity or a key's fingerprint."""
    policy: str
    policy_digest: str
    bundle: str
    """`sha256:…` of the evidence."""
    exceptions: tuple[InForce, ...]
    predicates: tuple[str, ...]
    ignored: tuple[Ignored, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="refused"):
    """Looked at in full, and not good."""

    digest: str
    reasons: tuple[str, ...]
    ignored: tuple[Ignored, ...]
    help: str = ""
    """What to do, where nothing counts at all."""


class CouldNotLook(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="could_not_look"
):
    """Not everything could be seen: this is not "unsigned"."""

    digest: str
    reasons: tuple[str, ...]


Answer: TypeAlias = Verified | Refused | CouldNotLook
