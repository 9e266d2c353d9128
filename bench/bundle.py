"""`penstock gate` on a bundle of 1,000 findings, whole process."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import gate
from measure import PENSTOCK, Line, command

from pipeline.bundle.facts import Facts
from pipeline.bundle.place import place
from pipeline.bundle.write import files_of
from pipeline.model.outcome import StageResult
from pipeline.model.record import RunRecord
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge

FINDINGS = 1_000


def lines() -> Iterator[Line]:
    """Write such a bundle, and judge it again."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bundle"
        write(out)
        cost = command(PENSTOCK, "gate", out)
    yield Line("`penstock gate`, 1,000 findings, CPU", cost.cpu * 1000, 500, "ms")


def write(out: Path, given: Case | None = None, *, target: str = ".") -> None:
    """Write a bundle as a run would."""
    case = given or gate.case(FINDINGS)
    judged = judge(case)
    record = RunRecord(
        penstock="0",
        target=target,
        started=judged.verdict.now,
        seconds=1.0,
        settings=(),
        results=tuple(StageResult(evidence=one) for one in case.stages),
        gaps=(),
        findings=judged.findings,
        verdict=judged.verdict,
        required=judged.required,
        interrupted=False,
        bundle=str(out),
    )
    facts = Facts(
        schema="penstock/facts@1",
        environment=case.environment,
        now=case.now,
        subject=case.subject,
        source=case.source,
        gaps=(),
        feeds=(),
        feed_faults=(),
    )
    policy = {"gate.yaml": gate.policy_files()["gate.yaml"]}
    place(
        out,
        files_of(record, judged_by=facts, policy=policy, raw={}, reports={}, inventory="sha256:"),
    )
