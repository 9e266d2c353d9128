"""Turns a case of a test into what the gate judges: every question answered, unless it says not."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import msgspec

from pipeline.authoring.case_document import CaseTable, FindingTable
from pipeline.authoring.cases import PolicyCase
from pipeline.model.approval import Signature
from pipeline.model.artifact import Feed
from pipeline.model.finding import Finding, Kind, Location, State
from pipeline.model.gap import Gap, GapReason
from pipeline.model.identity import display_id, new
from pipeline.model.outcome import Canary, Completed, Outcome, Skipped, SkipReason, StageEvidence
from pipeline.model.severity import Confidence, Severity
from pipeline.model.verdict import PolicySource, Subject
from pipeline.model.walls import Level
from pipeline.policy.case import Case
from pipeline.policy.model import Policy

_USUAL: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.SAST: ("semgrep", "app/main.py"),
    Kind.SCA: ("pip-audit", "requirements.txt"),
    Kind.IAC: ("config", "Dockerfile"),
    Kind.SECRET: ("secrets", "app/settings.py"),
    Kind.WORKFLOW: ("workflows", ".github/workflows/ci.yml"),
    Kind.DAST: ("headers", "https://staging.example.com/"),
    Kind.COVERAGE: ("penstock", "semgrep"),
}
"""The stage and the target of a finding that names none."""
_ENRICHMENT: Final = ("kev", "epss", "vulnrichment")
_ASKED: Final = 100


def staged(case: PolicyCase, policy: Policy) -> Case:
    """Make the case to judge. `policy` already holds the exceptions of this case and no other."""
    said = case.said
    feeds = tuple(_feed(name, case) for name in _ENRICHMENT)
    return Case(
        policy=policy,
        source=PolicySource(name=policy.name, digest=policy.digest, source="test", trusted=True),
        environment=said.env,
        now=case.now,
        subject=Subject(commit=None, tree=None, dirty=None, images=()),
        stages=tuple(_stage(case, stage) for stage in policy.required(said.env)),
        findings=tuple(finding(one, index) for index, one in enumerate(said.findings)),
        gaps=tuple(_gaps(said, None)),
        feeds=feeds,
        signatures=tuple(
            Signature(exception=name, principal=person, key=f"SHA256:{person}", state="good")
            for name in said.exceptions
            for person in said.signed_by or ()
        ),
    )


def _feed(name: str, case: PolicyCase) -> Feed:
    updated = case.now.isoformat()
    return Feed(name=name, path="", digest="", updated=updated, excerpt=False, records=1)


def _stage(case: PolicyCase, stage: str) -> StageEvidence:
    feeds = (_feed("osv", case),)
    outcome = _outcome(case.said, stage)
    return StageEvidence(stage=stage, outcome=outcome, feeds=feeds, sandbox=Level.ISOLATED)


def _outcome(said: CaseTable, stage: str) -> Outcome:
    if stage in said.absent:
        return Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="sha256:0")
    gaps = tuple(_gaps(said, stage))
    named = {gap.target for gap in gaps if gap.target is not None}
    return Completed(asked=_ASKED, answered=_ASKED - len(named), gaps=gaps, canary=Canary.FOUND)


def _gaps(said: CaseTable, stage: str | None) -> Iterable[Gap]:
    for one in said.gaps:
        if one.stage == stage:
            detail = "as the test says"
            yield Gap(stage=stage, target=one.target, reason=GapReason(one.reason), detail=detail)


def label(said: FindingTable, index: int) -> str:
    """Return what messages call a finding."""
    return said.id or f"f{index + 1}"


def finding(said: FindingTable, index: int) -> Finding:
    """Make a finding of what a test says about it."""
    kind = Kind(said.kind)
    stage, target = _USUAL[kind]
    stage = said.stage or (said.sources[0] if said.sources else stage)
    name = label(said, index)
    made = new(
        kind=kind,
        stage=stage,
        rule=said.rule or (display_id(said.aliases) if said.aliases else "test-rule"),
        target=said.target or _place(said) or target,
        purl=said.purl,
        fingerprint="" if said.purl else name,
        sources=tuple(said.sources or (stage,)),
        aliases=tuple(sorted(said.aliases)),
        fix_versions=_fixes(said),
        location=_location(said),
        kev=_kev(said, kind),
        **_plain(said),
    )
    return msgspec.structs.replace(made, id=name, match_key=said.match_key or made.match_key)


def _plain(said: FindingTable) -> dict[str, object]:
    """Return the fields that a finding holds as the test writes them, or as text."""
    return {
        "title": said.title,
        "message": said.message,
        "severity": Severity(said.severity),
        "confidence": Confidence(said.confidence),
        "state": State(said.state),
        "cwes": tuple(said.cwes),
        "epss": said.epss,
        "kev_due": _day(said.kev_due),
        "automatable": said.automatable,
        "technical_impact": said.technical_impact,
        "ssvc": said.ssvc,
        "ssvc_possible": tuple(said.ssvc_possible),
        "first_seen": _day(said.first_seen),
        "known_since": _day(said.known_since),
        "fix_available_at": _day(said.fix_available_at),
        "advisory_published": _day(said.advisory_published),
        "withdrawn": _day(said.withdrawn),
        "suppressed_inline": said.suppressed_inline,
        "verified": said.verified,
        "exposure": said.exposure,
    }


def _day(said: date | None) -> str | None:
    return said.isoformat() if said is not None else None


def _place(said: FindingTable) -> str | None:
    return said.location.path if said.location else said.path


def _location(said: FindingTable) -> Location | None:
    if said.location is not None:
        first = said.location.line
        return Location(said.location.path, first, said.location.end_line or first)
    return Location(said.path, 1, 1) if said.path is not None else None


def _fixes(said: FindingTable) -> tuple[str, ...] | None:
    if said.fix_available is not None:
        return ("fixed",) if said.fix_available else ()
    return tuple(said.fix_versions) if said.fix_versions is not None else None


def _kev(said: FindingTable, kind: Kind) -> bool | None:
    """Take what is not written for a CVE that the catalogue, which was read, does not list."""
    if "kev" in said.model_fields_set or kind is not Kind.SCA:
        return said.kev
    return False
