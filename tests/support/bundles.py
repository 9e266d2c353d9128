"""Writes evidence bundles as runs leave them, out of cases that are judged in the test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.bundle.facts import Facts
from pipeline.bundle.place import place
from pipeline.bundle.write import files_of
from pipeline.model.artifact import Artifact
from pipeline.model.outcome import StageResult
from pipeline.model.record import RunRecord
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge


def write(
    out: Path,
    case: Case,
    policy: Mapping[str, bytes],
    *,
    target: str = "/home/ci/shop",
    sbom: Mapping[str, bytes] | None = None,
    **fields: Any,
) -> Path:
    """Judge a case and write its bundle; `policy` holds the bytes that the case was loaded from."""
    judged = judge(case)
    artifacts = tuple(
        Artifact(name=f"sbom/{name}", data=data, media_type="")
        for name, data in (sbom or {}).items()
    )
    values: dict[str, Any] = {
        "penstock": "0.1.0",
        "target": target,
        "started": judged.verdict.now,
        "seconds": 4.2,
        "settings": (),
        "results": tuple(
            StageResult(evidence=one, artifacts=artifacts if one.stage == "sbom" else ())
            for one in case.stages
        ),
        "gaps": case.gaps,
        "findings": judged.findings,
        "verdict": judged.verdict,
        "required": judged.required,
        "interrupted": False,
        "bundle": str(out),
        **fields,
    }
    named = {name: getattr(case, name) for name in Facts.__struct_fields__ if hasattr(case, name)}
    files = files_of(
        RunRecord(**values),
        judged_by=Facts(schema="penstock/facts@1", **named),
        policy=policy,
        raw={},
        reports={},
        inventory="sha256:0",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    place(out, files)
    return out
