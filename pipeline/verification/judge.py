"""Judges what was attested for one digest: pure, and VERIFIED last of all."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from pipeline.verification.model import (
    Answer,
    Asked,
    Attachment,
    Counted,
    Ignored,
    Refused,
    Verified,
    VerifyPolicy,
)
from pipeline.verification.signers import speaks_for, told
from pipeline.verification.statement import at, read
from pipeline.verification.verdict import GOOD, against, in_force

SUMMARY: Final = "https://slsa.dev/verification_summary/v1"
VERDICT: Final = "https://penstock.example/attestation/verdict/v1"
LEVEL: Final = "PENSTOCK_GATE_"
_SKEW: Final = timedelta(minutes=10)
_ABSENT: Final = (
    "nothing is attached to this digest: judge it with `penstock run`, and sign what passed with "
    "`penstock sign REF@DIGEST --bundle DIR`"
)
_IGNORED: Final = (
    "what is attached counts for nothing: hold each reason against trust and signers of "
    "verify.yaml, or sign the image with `penstock sign REF@DIGEST --bundle DIR`"
)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A verification summary about this digest, in this environment."""

    counted: Counted
    verifier: str
    digest: str
    """Hex digits of what it names as judged: the image, or the index around it."""
    at: datetime
    said_at: str
    passed: bool
    policy_digest: str
    bundle: str


def judge(policy: VerifyPolicy, asked: Asked, attachments: Iterable[Attachment]) -> Answer:
    """Say whether what refers to a digest proves it good.

    Whatever is not verified, or not by an accepted signer, or of something else, counts for
    nothing: neither for nor against. So a stranger can add nothing but noise.
    """
    counted, ignored = _counted(policy, asked, attachments)
    summaries, others = _summaries(policy, counted)
    ignored = tuple(sorted((*ignored, *others)))
    reasons: list[str] = []
    latest = max(summaries, key=lambda one: (one.at, not one.passed), default=None)
    if latest is None:
        reasons.append(f"no accepted signer says how it was judged for {policy.environment}")
    else:
        reasons += _against(policy, asked, latest, summaries)
    verdicts = () if latest is None else _verdicts(latest, counted)
    found = verdicts[0] if verdicts else None
    if latest is not None and found is None:
        reasons.append("the verdict that its latest summary rests on is not attested")
    reasons += dict.fromkeys(
        why for one in verdicts for why in _speaks_against(policy, latest, one)
    )
    kinds = {one.predicate_type for one in counted}
    reasons += [f"no accepted signer attested {kind}" for kind in policy.require
                if kind not in kinds]  # fmt: skip
    word = None if found is None else GOOD.get(str(at(found.predicate, "verdict", "verdict")))
    if reasons or latest is None or found is None or word is None:
        why = reasons or ["its verdict is neither PASS nor WARN"]
        what = "" if counted else _ABSENT if not ignored else _IGNORED
        return Refused(digest=asked.digest, reasons=tuple(why), ignored=ignored, help=what)
    return Verified(
        digest=asked.digest,
        verdict=word,
        environment=policy.environment,
        judged=latest.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        by=told(latest.counted.by),
        policy=str(at(found.predicate, "verdict", "policy", "source")),
        policy_digest=f"sha256:{latest.policy_digest}",
        bundle=f"sha256:{latest.bundle}",
        exceptions=in_force(found.predicate),
        predicates=tuple(sorted(kinds)),
        ignored=ignored,
    )


def _counted(
    policy: VerifyPolicy, asked: Asked, attachments: Iterable[Attachment]
) -> tuple[tuple[Counted, ...], tuple[Ignored, ...]]:
    counted: list[Counted] = []
    ignored: list[Ignored] = []
    for one in attachments:
        try:
            counted.append(_of(policy, asked, one))
        except ValueError as why:
            ignored.append(Ignored(name=one.name, reason=str(why)))
    return tuple(counted), tuple(ignored)


def _of(policy: VerifyPolicy, asked: Asked, one: Attachment) -> Counted:
    """Take a statement of an accepted signer about this digest, or raise ValueError."""
    if one.signed is None:
        raise ValueError(one.fault)
    verifiers = speaks_for(one.signed, policy.signers)
    if not verifiers:
        raise ValueError(f"{told(one.signed.by)} is no accepted signer")
    statement = read(one.signed.payload, one.signed.payload_type)
    if asked.digest.removeprefix("sha256:") not in statement.digests:
        raise ValueError("it speaks of something else")
    return Counted(
        name=one.name,
        by=one.signed.by,
        verifiers=verifiers,
        subjects=statement.digests,
        predicate_type=statement.predicate_type,
        predicate=statement.predicate,
        times=one.signed.times,
    )


def _summaries(
    policy: VerifyPolicy, counted: tuple[Counted, ...]
) -> tuple[list[Summary], list[Ignored]]:
    summaries: list[Summary] = []
    ignored: list[Ignored] = []
    for one in counted:
        if one.predicate_type != SUMMARY:
            continue
        try:
            found = _summary(policy, one)
            _refuse_elsewhere(policy, found, counted)
            summaries.append(found)
        except ValueError as why:
            ignored.append(Ignored(name=one.name, reason=str(why)))
    return summaries, ignored


def _refuse_elsewhere(policy: VerifyPolicy, found: Summary, counted: tuple[Counted, ...]) -> None:
    """Raise ValueError for a failure somewhere else: only its verdict says for where it was."""
    verdicts = () if found.passed else _verdicts(found, counted)
    places = [at(one.predicate, "verdict", "environment") for one in verdicts]
    if places and all(one not in (None, policy.environment) for one in places):
        raise ValueError(f"its summary is for {places[0]}")


def _summary(policy: VerifyPolicy, one: Counted) -> Summary:
    """Read a summary that counts here, or raise ValueError: of another place, or by nobody's right.

    What is malformed or says neither PASSED nor FAILED counts as a failure.
    """
    said = one.predicate
    resource = str(said.get("resourceUri", ""))
    repository, _, digest = resource.partition("@sha256:")
    if repository != policy.resource or digest not in one.subjects:
        raise ValueError(f"its summary is about {resource[:200]!r}")
    verifier = str(at(said, "verifier", "id"))
    if verifier not in one.verifiers:
        raise ValueError(f"its signer may not speak for {verifier[:200]!r}")
    levels = said.get("verifiedLevels")
    passed = said.get("verificationResult") == "PASSED"
    level = f"{LEVEL}{policy.environment.upper()}"
    if passed and (not isinstance(levels, list) or level not in levels):
        raise ValueError(f"its summary is for {levels}, and not for {level}")
    inputs = said.get("inputAttestations")
    first = inputs[0] if isinstance(inputs, list) and len(inputs) == 1 else None
    return Summary(
        counted=one,
        verifier=verifier,
        digest=digest,
        at=_instant(said.get("timeVerified"), passed=passed),
        said_at=str(said.get("timeVerified")),
        passed=passed,
        policy_digest=str(at(said, "policy", "digest", "sha256")),
        bundle=str(at(first, "digest", "sha256")),
    )


def _against(
    policy: VerifyPolicy, asked: Asked, latest: Summary, summaries: Iterable[Summary]
) -> Iterator[str]:
    """Say what speaks against the latest summary, or against all of them together."""
    now = asked.now.astimezone(UTC)
    if not latest.passed:
        yield f"its latest summary, of {latest.at.isoformat()}, says FAILED"
    if latest.at > now + _SKEW:
        yield f"its latest summary is of {latest.at.isoformat()}, which is yet to come"
    signed = [datetime.fromisoformat(one) for one in latest.counted.times]
    if signed and latest.at - max(signed) > _SKEW:
        yield f"it was signed on {max(signed).isoformat()}, before it was judged"
    if now - latest.at > policy.max_age:
        hours = int(policy.max_age.total_seconds() // 3600)
        yield f"it was judged on {latest.at.isoformat()}, over {hours} hours ago"
    failed = [one.at for one in summaries if not one.passed and one is not latest
              and now - one.at <= policy.fail_window]  # fmt: skip
    if failed:
        hours = int(policy.fail_window.total_seconds() // 3600)
        yield f"it FAILED on {max(failed).isoformat()}, and that blocks for {hours} hours"
    digests = {one.removeprefix("sha256:") for one in policy.policy_digests}
    if digests and latest.policy_digest not in digests:
        yield f"it was judged by the policy sha256:{latest.policy_digest}, which is not allowed"


def _verdicts(summary: Summary, counted: Iterable[Counted]) -> tuple[Counted, ...]:
    """Find the verdicts of the same evidence, by those who speak for the same verifier.

    One is due. Where there are more, each of them has to be good, whichever was listed first.
    """
    return tuple(
        one
        for one in counted
        if one.predicate_type == VERDICT
        and summary.verifier in one.verifiers
        and at(one.predicate, "bundle", "sha256") == summary.bundle
    )


def _speaks_against(policy: VerifyPolicy, latest: Summary | None, found: Counted) -> Iterator[str]:
    """Say what speaks against a verdict, by itself or beside the summary that rests on it."""
    yield from against(policy, found)
    if latest is None:
        return
    verdict = at(found.predicate, "verdict")
    digest = str(at(verdict, "policy", "digest")).removeprefix("sha256:")
    if (digest, at(verdict, "now")) != (latest.policy_digest, latest.said_at):
        yield "its verdict is by another policy or of another instant than its summary"
    images = at(verdict, "subject", "images")
    listed = images if isinstance(images, list) else []
    scanned = {str(one).removeprefix("sha256:") for one in listed}
    # An index is judged by what it holds: it alone need not have been scanned itself.
    unseen = found.subjects - scanned - {latest.digest}
    if unseen or scanned.isdisjoint(found.subjects):
        yield "its verdict is about another image"


def _instant(value: object, *, passed: bool) -> datetime:
    """Read an instant. Where nobody can, a success counts for nothing and a failure for good."""
    try:
        found = datetime.fromisoformat(str(value))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    if passed:
        raise ValueError(f"its summary is of no time: {str(value)[:40]!r}")
    return datetime.max.replace(tzinfo=UTC)
