"""Signed attachments of an image, as a verification sees them, without any cryptography."""

import json
from datetime import timedelta
from typing import Any

import msgspec

from pipeline.attest.base import Evidence
from pipeline.attest.statement import statements
from pipeline.model.outcome import StageEvidence
from pipeline.signing.check import Signed
from pipeline.signing.claims import ByKey, Certified
from pipeline.signing.envelope import IN_TOTO
from pipeline.verification.model import Asked, Attachment, CertificateSigner, VerifyPolicy
from tests.support.attesting import IMAGE, evidence
from tests.support.judging import NOW, answers, case, feed, policy, tool

VERIFIER = "https://github.com/acme/app/.github/workflows/release.yml"
ISSUER = "https://token.actions.githubusercontent.com"
SAN = f"{VERIFIER}@refs/heads/main"
BY = Certified(
    san=SAN, issuer=ISSUER, repository_id="1001", owner_id="2002", build_trigger="push",
    source_ref="refs/heads/main", runner_environment="github-hosted",
)  # fmt: skip
SIGNER = CertificateSigner(
    issuer=ISSUER, identity=SAN, identity_pattern=None, verifier=VERIFIER, repository_id="1001"
)
ASKED = Asked(digest=IMAGE, now=NOW + timedelta(hours=1))


def asking(**fields: Any) -> VerifyPolicy:
    values: dict[str, Any] = {
        "trust": "root.json",
        "signers": (SIGNER,),
        "resource": "ghcr.io/acme/app",
        "environment": "release",
        "max_age": timedelta(hours=24),
        "fail_window": timedelta(hours=24),
        "policy_digests": (),
        "policy_names": (),
        "require": (),
        "denied_tools": (),
    }
    return VerifyPolicy(**{**values, **fields})


def judged(*findings: Any, env: str = "release", sections: Any = None, **fields: Any) -> Evidence:
    """An image whose every stage was answered by locked tools."""
    stages = tuple(
        StageEvidence(stage=one.stage, outcome=one.outcome, feeds=(feed(),), tools=(tool(),))
        for one in answers()
    )
    made = case(policy(**(sections or {})), *findings, env=env, stages=stages,
                **fields.pop("case", {}))  # fmt: skip
    subject = msgspec.structs.replace(made.subject, images=(IMAGE,), dirty=False)
    return evidence(msgspec.structs.replace(made, subject=subject), **fields)


def attached(given: Evidence, *, by: Certified | ByKey = BY, mark: str = "") -> list[Attachment]:
    """Sign everything that is said of an image."""
    return [
        Attachment(
            name=f"{mark}{one.name}", signed=signed(one.data, by=by, times=(given.verdict.now,))
        )
        for one in statements(given)
    ]


def signed(payload: bytes, *, by: Certified | ByKey = BY, **fields: Any) -> Signed:
    values: dict[str, Any] = {
        "payload": payload,
        "payload_type": IN_TOTO,
        "by": by,
        "times": ("2026-11-25T12:00:00Z",),
        "timestamps": 1,
        "log_index": 7,
    }
    return Signed(**{**values, **fields})


def altered(one: Attachment, **predicate: Any) -> Attachment:
    """The same attachment, its predicate with these values instead, signed all the same."""
    assert one.signed is not None
    document = json.loads(one.signed.payload)
    document["predicate"].update(predicate)
    payload = json.dumps(document).encode()
    return msgspec.structs.replace(one, signed=signed(payload, by=one.signed.by))
