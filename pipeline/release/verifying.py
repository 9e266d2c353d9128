"""Gathers what is attested for a digest, from a registry or from a bundle, and has it judged."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, assert_never

from pipeline.bundle.read import Stored
from pipeline.errors import PenstockError, UsageError
from pipeline.oci.registry.attached import MAX_BUNDLE, Attached, Other, beside, older
from pipeline.oci.registry.errors import RegistryError
from pipeline.oci.registry.repository import Repository
from pipeline.signing.check import Signed, check
from pipeline.signing.check_key import check_key
from pipeline.signing.errors import BundleError, TrustError
from pipeline.signing.keys import public_key
from pipeline.signing.trust import MAX_TRUST, PUBLIC, Trust, newest, public, read
from pipeline.toolchain.reading import read_some
from pipeline.verification.judge import judge
from pipeline.verification.model import (
    Answer,
    Asked,
    Attachment,
    CertificateSigner,
    CouldNotLook,
    KeySigner,
    Verified,
    VerifyPolicy,
)

SIGNED: Final = "*.sigstore.json"
_MOST: Final = 1_000


def in_registry(
    policy: VerifyPolicy, repository: Repository, digest: str, *, now: datetime
) -> Answer:
    """Verify by what refers to a digest in its registry.

    What could not be seen may be the FAIL, so nothing is answered by half of it.
    """
    trust = trusted(policy)
    try:
        repository.resolve(digest)
        found = [_seen(one, policy, trust) for one in beside(repository, digest)]
        if not found:
            found = [_older(tag) for tag in older(repository, digest)]
    except RegistryError as error:
        return CouldNotLook(digest=digest, reasons=(error.message,))
    return judge(policy, Asked(digest=digest, now=now), found)


def in_bundle(policy: VerifyPolicy, folder: Path, digest: str, *, now: datetime) -> Answer:
    """Verify by the signatures that lie in an evidence bundle."""
    trust = trusted(policy)
    try:
        files = list(_files(folder))
    except OSError as error:
        return CouldNotLook(digest=digest, reasons=(f"{folder}: {error.strerror}",))
    found = [_checked(name, data, policy, trust) for name, data in files]
    return judge(policy, Asked(digest=digest, now=now), found)


def trusted(policy: VerifyPolicy) -> Trust | None:
    """Read the root that the policy names; None where no signer needs one. Raises TrustError."""
    if policy.trust == PUBLIC:
        return public(offline=True)
    path = Path(policy.trust)
    if not path.is_file() and all(
        isinstance(one, KeySigner) and one.transparency == "none" for one in policy.signers
    ):
        return None
    try:
        return read(read_some(path, MAX_TRUST), policy.trust)
    except OSError as error:
        raise TrustError(
            f"{policy.trust} cannot be read: {error.strerror}",
            hint="`trust` in verify.yaml names the trusted root, beside it",
        ) from error


def aged(policy: VerifyPolicy, now: datetime) -> tuple[str, ...]:
    """Say how old the root is that nobody chose by hand; nothing of a file of one's own."""
    if policy.trust != PUBLIC:
        return ()
    since = newest(public(offline=True))
    days = (now - datetime.fromisoformat(since)).days
    what = "trust: public is the copy of Sigstore's root that is here"
    return (f"{what}: its newest key is of {since[:10]}, {days} days ago",)


def agreed(answer: Verified, stored: Stored) -> None:
    """Raise PenstockError where what was attested is not what the evidence itself says.

    Its digest alone says that it is the evidence which the signer named, not that he told it right.
    """
    verdict = stored.verdict
    pairs = {
        "verdict": (answer.verdict, verdict.verdict.value),
        "environment": (answer.environment, verdict.environment),
        "instant": (answer.judged, verdict.now),
        "policy": (answer.policy_digest, verdict.policy.digest),
    }
    wrong = [f"{name} {said}, and it is {found}" for name, (said, found) in pairs.items()
             if said.removeprefix("sha256:") != found.removeprefix("sha256:")]  # fmt: skip
    if wrong:
        raise PenstockError(
            f"what was attested is not what {stored.path} holds: it says {'; '.join(wrong)}",
            hint="its signer told it wrong: do not deploy it, and ask whoever signs",
        )


def only_image(images: Iterable[str]) -> str:
    """Return the one image that a bundle was judged for. Raises UsageError for none or several."""
    match tuple(images):
        case [one]:
            return one
        case []:
            hint = "verify the bundle of a run with --image"
            raise UsageError("the bundle judged no image", hint=hint)
        case several:
            raise UsageError(
                f"the bundle judged {len(several)} images",
                hint=f"name one by --image: {', '.join(several[:8])}",
            )


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    paths = sorted(folder.rglob(SIGNED))
    if len(paths) > _MOST:
        raise PenstockError(f"{folder} holds over {_MOST} signatures: too many to look at")
    for path in paths:
        yield path.relative_to(folder).as_posix(), read_some(path, MAX_BUNDLE)


def _seen(one: Attached | Other, policy: VerifyPolicy, trust: Trust | None) -> Attachment:
    match one:
        case Attached():
            return _checked(one.manifest.digest, one.bundle, policy, trust)
        case Other():
            return Attachment(name=one.manifest.digest, signed=None, fault=one.why)
        case _:
            assert_never(one)


def _older(tag: str) -> Attachment:
    ending = tag.rpartition(".")[2]
    why = f"an older cosign attached it (.{ending}), which is not read: sign again with cosign 3"
    return Attachment(name=tag, signed=None, fault=why)


def _checked(name: str, data: bytes, policy: VerifyPolicy, trust: Trust | None) -> Attachment:
    try:
        return Attachment(name=name, signed=_signed(data, policy, trust))
    except BundleError as error:
        return Attachment(name=name, signed=None, fault=error.message)


def _signed(data: bytes, policy: VerifyPolicy, trust: Trust | None) -> Signed:
    """Check a bundle by whatever signed it: a certificate, or one of the policy's keys."""
    if not _by_key(data):
        if trust is None or not any(isinstance(s, CertificateSigner) for s in policy.signers):
            raise BundleError("it was signed with an identity, and only keys are accepted")
        return check(data, trust)
    fault = BundleError("it was signed with a key, and only identities are accepted")
    for signer in policy.signers:
        if isinstance(signer, KeySigner):
            try:
                return check_key(data, public_key(signer.pem, "the accepted key"), trust)
            except BundleError as error:
                fault = error
    raise fault


def _by_key(data: bytes) -> bool:
    """Say which kind a bundle claims to be; whatever it claims has to hold then."""
    if len(data) > MAX_BUNDLE:
        raise BundleError(f"not verified: the bundle has over {MAX_BUNDLE >> 20} MiB")
    try:
        return "publicKey" in json.loads(data)["verificationMaterial"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleError(f"not verified: no Sigstore bundle: {error}") from error
