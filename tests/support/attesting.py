"""Judged bundles as `attest` sees them, in few words."""

import json
from typing import Any, Final

from pipeline.attest.base import Evidence, Subject
from pipeline.model.artifact import Tool
from pipeline.model.outcome import StageEvidence
from pipeline.model.severity import Severity
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge
from tests.support.judging import answers, case, feed, package, policy

IMAGE = "sha256:" + "1" * 64
PLACED = {"oci:image": IMAGE, "oci:x": "sha256:" + "5" * 64}
RESOURCE = f"ghcr.io/acme/app@{IMAGE}"
COMMIT = "c" * 40
USED: Final = Tool(name="semgrep", version="1", path="/t", sha256="4" * 64, locked=True)
BOM: Final = b'{"bomFormat":"CycloneDX","specVersion":"1.7","version":1}'
VEX: Final = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://penstock.example/vex/1",
    "author": "security@example.com",
    "timestamp": "2026-11-25T12:00:00Z",
    "version": 1,
    "statements": [
        {
            "vulnerability": {"name": "CVE-2026-2"},
            "products": [{"@id": "pkg:pypi/flask@2.10"}],
            "status": "under_investigation",
        }
    ],
}
SUBJECTS = (
    Subject(name="ghcr.io/acme/app", digest={"sha256": "1" * 64}),
    Subject(name="git", digest={"gitCommit": COMMIT}),
)


def evidence(case: Case, **fields: Any) -> Evidence:
    judged = judge(case)
    names = ("verdict.json", "findings.ndjson", "coverage.json", "coverage/semgrep.txt")
    values: dict[str, Any] = {
        "resource": RESOURCE,
        "image": IMAGE,
        "subjects": SUBJECTS,
        "verdict": judged.verdict,
        "findings": judged.findings,
        "stages": case.stages,
        "required": judged.required,
        "files": dict.fromkeys(names, "sha256:" + "2" * 64),
        "bundle": "sha256:" + "3" * 64,
        "images": {"oci:image": IMAGE},
        "boms": {},
        "vex": None,
        "verifier": "https://github.com/acme/app/.github/workflows/release.yml",
        "policy_uri": "git+https://github.com/acme/app#policies",
        "penstock": "0.1.0",
        "started": "2026-11-25T11:59:00Z",
        "finished": "2026-11-25T12:00:00Z",
        **fields,
    }
    return Evidence(**values)


def everything() -> Evidence:
    """An image with findings, everything answered, a bill of materials and a VEX document."""
    stages = tuple(
        StageEvidence(stage=one.stage, outcome=one.outcome, feeds=(feed(),), tools=(USED,))
        for one in answers()
    )
    low = Severity.LOW
    found = (
        package(severity=low),
        package("flask", cve="CVE-2026-2", stage="image", target="oci:image", severity=low),
        package("other", cve="CVE-2026-3", stage="image", target="oci:x", severity=low),
    )
    return evidence(
        case(policy(), *found, stages=stages),
        images=PLACED,
        boms={IMAGE: BOM},
        vex=json.dumps(VEX).encode(),
    )
