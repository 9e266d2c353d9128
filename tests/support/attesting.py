"""Judged bundles as `attest` sees them, in few words."""

from typing import Any

from pipeline.attest.base import Evidence, Subject
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge

IMAGE = "sha256:" + "1" * 64
RESOURCE = f"ghcr.io/acme/app@{IMAGE}"
COMMIT = "c" * 40
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
