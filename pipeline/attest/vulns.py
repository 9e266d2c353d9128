"""What a scanner found, for each scanner of packages.

Source: in-toto attestation, spec/predicates/vuln.md, v0.2. An empty list means "found none", so
nothing is said for a scanner that left a gap: half a list reads like a whole one.
"""

from collections.abc import Iterator
from typing import Final

from pipeline.attest.base import Evidence, Json, Said, Subject, bare
from pipeline.model.finding import Finding, Kind
from pipeline.model.outcome import Completed, StageEvidence

TYPE: Final = "https://in-toto.io/attestation/vulns/v0.2"
IMAGE: Final = "image"
STAGES: Final = ("pip-audit", IMAGE, "packages")


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say of the image what was found in it, and of the commit what was found in the source."""
    for stage in evidence.stages:
        if stage.stage in STAGES and _whole(stage):
            yield from _said(evidence, stage)


def _whole(stage: StageEvidence) -> bool:
    outcome = stage.outcome
    return isinstance(outcome, Completed) and not outcome.gaps and not stage.excluded


def _said(evidence: Evidence, stage: StageEvidence) -> Iterator[Said]:
    subjects = evidence.subjects if stage.stage == IMAGE else _commit(evidence)
    if not subjects or not stage.tools:
        return
    if stage.stage == IMAGE and not _placed(evidence):
        return
    tool = stage.tools[0]
    feed = stage.feeds[0] if stage.feeds else None
    database = {} if feed is None else {"version": bare(feed.digest), "lastUpdate": feed.updated}
    scanner: Json = {
        "uri": f"pkg:generic/{tool.name}@{tool.version}",
        "version": tool.version,
        "db": database,
        "result": [_result(one) for one in _found(evidence, stage.stage)],
    }
    times = {"scanStartedOn": evidence.started, "scanFinishedOn": evidence.finished}
    yield Said(
        name=f"vulns-{stage.stage}",
        predicate={"scanner": scanner, "metadata": times},
        subjects=subjects,
    )


def _placed(evidence: Evidence) -> bool:
    """Say whether it is known of which image each finding is: an unknown one may be of this."""
    targets = {one.target for one in evidence.findings if IMAGE in (one.stage, *one.sources)}
    return evidence.image in evidence.images.values() and targets <= evidence.images.keys()


def _commit(evidence: Evidence) -> tuple[Subject, ...]:
    return tuple(one for one in evidence.subjects if "gitCommit" in one.digest)


def _found(evidence: Evidence, stage: str) -> list[Finding]:
    """Take the findings of a stage; of other images than this one it says nothing."""
    here = {ref for ref, digest in evidence.images.items() if digest == evidence.image}
    return [
        one
        for one in evidence.findings
        if one.kind is Kind.SCA
        and stage in (one.stage, *one.sources)
        and (stage != IMAGE or one.target in here)
    ]


def _result(one: Finding) -> Json:
    claims = [
        {"method": claim.source, "score": claim.value.value if claim.score is None
         else f"{claim.score:g}"}
        for claim in one.severities
    ]  # fmt: skip
    return {
        "id": one.rule,
        "severity": [{"method": "penstock", "score": one.severity.value}, *claims],
        "annotations": [{"purl": one.purl or "", "finding": one.id}],
    }
