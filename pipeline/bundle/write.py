"""Turns a finished run into the files of its bundle."""

from collections.abc import Mapping
from typing import Final

import msgspec

from pipeline.bundle import coverage, facts, run
from pipeline.bundle.lengthy import pretty
from pipeline.model.artifact import Feed, sha256_of
from pipeline.model.finding import SCHEMA as FINDING
from pipeline.model.finding import Finding
from pipeline.model.outcome import StageResult
from pipeline.model.record import RunRecord

_IGNORE: Final = b"*\n"
"""A bundle inside a work tree is nobody's change."""


def files_of(
    record: RunRecord,
    *,
    judged_by: facts.Facts,
    policy: Mapping[str, bytes],
    raw: Mapping[str, bytes],
    reports: Mapping[str, bytes],
    inventory: str,
    written: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Return every file of the bundle, run.json with the digests of the others included.

    `raw` holds what each tool wrote, by path below `raw/`, already redacted. `written` has the
    digests of findings and verdict where they are too long to be held, and are no part of this.
    """
    targets = {result.evidence.stage: _targets(result) for result in record.results}
    files: dict[str, bytes] = {}
    if not written:
        files["findings.ndjson"] = findings_lines(record.findings)
        files["verdict.json"] = pretty(record.verdict)
    files |= {
        ".gitignore": _IGNORE,
        "coverage.json": pretty(_coverage(record, targets, judged_by.feeds)),
        "inputs/facts.json": pretty(judged_by),
    }
    files |= {f"coverage/{stage}.txt": data for stage, data in targets.items()}
    files |= {f"inputs/policy/{name}": data for name, data in policy.items()}
    files |= {f"raw/{name}": data for name, data in raw.items()}
    files |= {one.name: one.data for result in record.results for one in result.artifacts}
    files |= reports
    digests = {name: sha256_of(data) for name, data in files.items()} | dict(written or {})
    files["run.json"] = pretty(_run(record, digests, inventory, judged_by.feeds))
    return files


def findings_lines(findings: tuple[Finding, ...]) -> bytes:
    """Write findings one a line, sorted by id, each with its schema's name first."""
    encoder = msgspec.json.Encoder(order="deterministic")
    lines = [
        encoder.encode({"schema": FINDING, **msgspec.to_builtins(finding)})
        for finding in sorted(findings, key=lambda one: one.id)
    ]
    return b"".join(line + b"\n" for line in lines)


def _targets(result: StageResult) -> bytes:
    lines = (f"{fate}\t{_one_line(target)}\n" for target, fate in result.targets)
    return "".join(lines).encode("utf-8", "backslashreplace")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _coverage(
    record: RunRecord, targets: Mapping[str, bytes], feeds: tuple[Feed, ...]
) -> coverage.Coverage:
    required = dict(record.required)
    return coverage.Coverage(
        schema="penstock/coverage@1",
        stages=tuple(
            coverage.entry(
                result.evidence,
                required[result.evidence.stage],
                coverage.TargetList(
                    file=f"coverage/{result.evidence.stage}.txt",
                    sha256=sha256_of(targets[result.evidence.stage]),
                ),
            )
            for result in record.results
        ),
        feeds=feeds,
    )


def _run(
    record: RunRecord, digests: Mapping[str, str], inventory: str, feeds: tuple[Feed, ...]
) -> run.RunFile:
    costs = tuple(run.cost(result.evidence.stage, result.usage) for result in record.results)
    return run.RunFile(
        schema="penstock/run@1",
        penstock=record.penstock,
        target=record.target,
        commit=record.verdict.subject.commit,
        images=record.verdict.subject.images,
        started=record.started,
        seconds=round(record.seconds, 3),
        settings=record.settings,
        stages=costs,
        interrupted=record.interrupted,
        demo=record.verdict.demo,
        sandbox={
            one.evidence.stage: one.evidence.sandbox
            for one in record.results
            if one.evidence.sandbox is not None
        },
        origin=record.origin,
        inventory=inventory,
        feeds=feeds,
        history=record.history,
        files=dict(sorted(digests.items())),
    )
