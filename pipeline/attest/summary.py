"""The portable yes or no: a SLSA verification summary, version 1.2 of the specification.

Source: slsa.dev/spec/v1.2/verification_summary. INCONCLUSIVE gets none: what is missing blocks at
the door, and nothing can be mistaken for a yes.
"""

from collections.abc import Iterator
from typing import Final, assert_never

from pipeline.attest.base import OWN, Evidence, Said, bare
from pipeline.model.verdict import Decision, Verdict

TYPE: Final = "https://slsa.dev/verification_summary/v1"
LEVEL: Final = "PENSTOCK_GATE_"
"""Before the environment in capitals: a level for `pr` says nothing of `release`."""


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say PASSED or FAILED, or nothing."""
    result = result_of(evidence.verdict)
    if result is None:
        return
    level = f"{LEVEL}{evidence.verdict.environment.upper()}"
    yield Said(
        name="summary",
        predicate={
            "verifier": {"id": evidence.verifier, "version": {"penstock": evidence.penstock}},
            "timeVerified": evidence.verdict.now,
            "resourceUri": evidence.resource,
            "policy": {
                "uri": evidence.policy_uri,
                "digest": {"sha256": bare(evidence.verdict.policy.digest)},
            },
            "inputAttestations": [
                {"uri": f"{OWN}/bundle/run.json", "digest": {"sha256": bare(evidence.bundle)}}
            ],
            "verificationResult": result,
            "verifiedLevels": [level if result == "PASSED" else "FAILED"],
            "slsaVersion": "1.2",
        },
    )


def result_of(verdict: Verdict) -> str | None:
    """Return what a verdict means at the door: what is only hidden for a while is a FAIL there.

    A demonstration looked at an excerpt of what is known, so its yes is none.
    """
    match verdict.verdict:
        case Decision.PASS | Decision.WARN if verdict.demo and verdict.report_only_until is None:
            return None
        case Decision.PASS | Decision.WARN:
            return "PASSED" if verdict.report_only_until is None else "FAILED"
        case Decision.FAIL:
            return "FAILED"
        case Decision.INCONCLUSIVE:
            return None
        case _:
            assert_never(verdict.verdict)
