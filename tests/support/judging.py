"""Policies, exceptions and cases in few words."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from pipeline.model.artifact import Feed, Tool
from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.identity import new
from pipeline.model.outcome import Canary, Completed, Outcome, StageEvidence
from pipeline.model.severity import Confidence, Severity
from pipeline.model.verdict import PolicySource, Subject, Verdict
from pipeline.policy.judging.gate import Case, judge
from pipeline.policy.loading.load import load
from pipeline.policy.model import Policy

STAGES: Final = (
    "semgrep", "pip-audit", "image", "config", "secrets", "packages", "workflows", "sbom",
)  # fmt: skip
NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)
FRESH: Final = "2026-11-25T06:00:00Z"
SECTIONS: Final[Mapping[str, str]] = {
    "evidence": "{stages: {semgrep: {required: always}, pip-audit: {required: when_present}}}",
    "priorities": """
  - {priority: P0, title: Critical, match: {severity: [critical]}}
  - {priority: P1, title: High, match: {severity: [high]}}
  - {priority: P2, title: Medium, match: {severity: [medium]}}
""",
    "rules": """
  - {id: R-HIGH, title: No critical or high, match: {severity: [critical, high]}, effect: fail}
  - {id: R-MEDIUM, title: Medium is reported, match: {severity: [medium]}, effect: warn}
""",
    "exceptions": "{approvals: {default: 0}}",
}
EXCEPTION: Final[Mapping[str, str]] = {
    "apiVersion": "penstock/v1",
    "kind": "Exception",
    "rules": "[R-HIGH]",
    "target": "{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10'}",
    "owner": "dave@example.com",
    "requester": "erin@example.com",
    "ticket": "SEC-482",
    "reason": "Only operators write these templates, and the upgrade waits for the next release.",
    "created": "2026-11-20",
    "expires": "2026-12-10",
}


def gate(**sections: str) -> bytes:
    """Write a gate.yaml: the usual sections, with these instead."""
    head = "apiVersion: penstock/v1\nkind: GatePolicy\nmetadata: {name: test}\n"
    body = {**SECTIONS, **sections}
    return (head + "".join(f"{name}: {text}\n" for name, text in body.items())).encode()


def exception(ident: str = "EX-1", **fields: str | None) -> bytes:
    """Write an exception: the usual fields, with these instead; None leaves one out."""
    body = {**EXCEPTION, "id": ident, **fields}
    return "".join(f"{name}: {text}\n" for name, text in body.items() if text is not None).encode()


def policy(files: Mapping[str, bytes] | None = None, /, **sections: str) -> Policy:
    """Load a policy: gate.yaml of these sections, and files such as exceptions."""
    every = {"gate.yaml": gate(**sections), **(files or {})}
    return load(every, stages=STAGES, where="policies")


def with_exceptions(*exceptions: bytes, **sections: str) -> Policy:
    """Load a policy with these exceptions, each under its own id."""
    files = {}
    for text in exceptions:
        ident = next(line for line in text.decode().splitlines() if line.startswith("id: "))
        files[f"exceptions/{ident[4:]}.yaml"] = text
    return policy(files, **sections)


def package(
    name: str = "jinja2", version: str = "2.10", *, cve: str = "CVE-2026-11111", **fields: Any
) -> Finding:
    """Make a finding in a package."""
    values = {
        "title": "t",
        "message": "m",
        "severity": Severity.HIGH,
        "aliases": (cve,),
        "stage": "pip-audit",
        "target": "requirements.txt",
        **fields,
    }
    return new(kind=Kind.SCA, rule=cve, purl=f"pkg:pypi/{name}@{version}", **values)


def code(rule: str = "sql-injection", **fields: Any) -> Finding:
    """Make a finding in code."""
    values = {
        "kind": Kind.SAST,
        "title": "t",
        "message": "m",
        "severity": Severity.HIGH,
        "confidence": Confidence.HIGH,
        "stage": "semgrep",
        "target": "app/db.py",
        "fingerprint": "f",
        **fields,
    }
    return new(rule=rule, **values)


def done(asked: int = 3, *gaps: Gap, canary: Canary = Canary.FOUND) -> Completed:
    """Make an outcome in which all but these gaps were answered."""
    targets = {gap.target for gap in gaps if gap.target}
    return Completed(asked=asked, answered=asked - len(targets), gaps=gaps, canary=canary)


def gap(stage: str | None, reason: GapReason, target: str | None = None) -> Gap:
    """Make a gap."""
    return Gap(stage=stage, target=target, reason=reason)


def feed(**fields: Any) -> Feed:
    """Make a fresh, whole feed."""
    usual = {"name": "osv", "path": "", "digest": "sha256:0", "updated": FRESH}
    return msgspec.convert({**usual, "excerpt": False, "records": 9, **fields}, Feed)


def tool(*, locked: bool = True) -> Tool:
    """Make a tool."""
    return Tool(name="semgrep", version="1", path="/t/semgrep", sha256="0", locked=locked)


def answers(**outcomes: Outcome) -> tuple[StageEvidence, ...]:
    """Let every stage answer, these with these outcomes; `_` stands for `-` in a name."""
    named = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
    return tuple(
        StageEvidence(stage=stage, outcome=named.get(stage, done()), feeds=(feed(),))
        for stage in STAGES
    )


def case(
    judged_by: Policy | None = None, *findings: Finding, env: str = "pr", **fields: Any
) -> Case:
    """Make a case in which everything was answered."""
    loaded = judged_by or policy()
    values = {
        "source": PolicySource(name="test", digest=loaded.digest, source="wheel", trusted=True),
        "now": NOW,
        "subject": Subject(commit=None, tree=None, dirty=None, images=()),
        "stages": answers(),
        "gaps": (),
        **fields,
    }
    return Case(policy=loaded, environment=env, findings=findings, **values)


def verdict(judged_by: Policy | None = None, *findings: Finding, **fields: Any) -> Verdict:
    """Judge."""
    return judge(case(judged_by, *findings, **fields)).verdict


def rules_of(entries: Iterable[Any]) -> list[str]:
    """Name the rules of breaches or warnings."""
    return [entry.rule for entry in entries]
