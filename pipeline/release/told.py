"""How `sign` and `promote` end, for programs: penstock/signed@1 and penstock/promotion@1."""

from typing import Literal, TypeAlias

import msgspec

from pipeline.release.journal import Reached
from pipeline.release.promoting import Promoted
from pipeline.verification.model import CouldNotLook, Refused, Verified

SIGNED: Literal["penstock/signed@1"] = "penstock/signed@1"
PROMOTION: Literal["penstock/promotion@1"] = "penstock/promotion@1"


class Signed(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="signed"):
    """Every statement is signed, and listed wherever it is due."""

    image: str
    statements: tuple[Reached, ...]
    unlogged: tuple[str, ...]
    """Names of those that a key signed while the transparency log was down."""


class Blocked(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="attested_as_failed"
):
    """The same, of a FAIL: whoever verifies the image is told."""

    image: str
    statements: tuple[Reached, ...]
    unlogged: tuple[str, ...]


class NotSigned(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="not_signed"):
    """It was refused, or something is missing: nothing may be taken for signed."""

    image: str
    """As it was asked for."""
    statements: tuple[Reached, ...]
    """How far each of them came; none where signing has not begun."""
    reason: str
    help: str


Ended: TypeAlias = Signed | Blocked | NotSigned


class Moved(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="promoted"):
    """The image lies at its destination with its proof, and the tag that was named names it."""

    digest: str
    destination: str
    """`HOST/NAME@sha256:…`."""
    tag: str | None
    answer: Verified
    """Of the verification at the destination."""
    manifests: tuple[str, ...]
    referrers: tuple[str, ...]
    left: tuple["Left", ...]


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is no Sigstore bundle, and could not be copied."""

    digest: str
    reason: str


class CouldNotCopy(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="could_not_copy"
):
    """A registry failed: no tag has moved."""

    digest: str
    reason: str
    help: str


Promotion: TypeAlias = Moved | Refused | CouldNotLook | CouldNotCopy


def moved(done: Promoted, destination: str, tag: str | None) -> Moved:
    """Tell of a promotion."""
    return Moved(
        digest=done.answer.digest,
        destination=destination,
        tag=tag,
        answer=done.answer,
        manifests=done.copied.manifests,
        referrers=done.copied.referrers,
        left=tuple(Left(digest=one.manifest.digest, reason=one.why) for one in done.copied.left),
    )


def document(ended: Ended | Promotion) -> bytes:
    """Write an ending."""
    schema = SIGNED if isinstance(ended, Signed | Blocked | NotSigned) else PROMOTION
    body = {"schema": schema, **msgspec.to_builtins(ended)}
    return msgspec.json.format(msgspec.json.encode(body, order="sorted"), indent=1) + b"\n"
