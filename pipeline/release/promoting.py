"""Moves a digest to another repository, only with the proof that it may be there."""

from datetime import datetime
from pathlib import Path
from typing import assert_never

import msgspec

from pipeline.oci.registry.copying import Copied, copy
from pipeline.oci.registry.repository import Repository
from pipeline.release.verifying import in_registry
from pipeline.verification.model import Answer, CouldNotLook, Refused, Verified, VerifyPolicy


class Promoted(msgspec.Struct, frozen=True, kw_only=True):
    """A digest that is verified where it lies now."""

    answer: Verified
    copied: Copied


def promote(
    policy: VerifyPolicy,
    source: Repository,
    target: Repository,
    digest: str,
    *,
    tag: str | None,
    scratch: Path,
    now: datetime,
) -> Promoted | Refused | CouldNotLook:
    """Verify at the source, copy, verify at the destination, and move the tag last of all.

    Raises RegistryError where something could not be copied: no tag has moved then.
    """
    before = in_registry(policy, source, digest, now=now)
    if not isinstance(before, Verified):
        return _not(before)
    copied = copy(source, target, digest, scratch=scratch)
    there = in_registry(policy, target, digest, now=now)
    if not isinstance(there, Verified):
        return _not(there)
    if tag is not None:
        descriptor, data = target.fetched(digest)
        target.push_manifest(data, descriptor.media_type, tag=tag)
    return Promoted(answer=there, copied=copied)


def _not(answer: Answer) -> Refused | CouldNotLook:
    match answer:
        case Refused() | CouldNotLook():
            return answer
        case Verified():
            raise AssertionError(answer)
        case _:
            assert_never(answer)
