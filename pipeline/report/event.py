"""One JSON line about a verdict, for a log collector."""

from collections import Counter
from typing import Final

import msgspec

from pipeline.model.record import RunRecord
from pipeline.report.base import Style

MEDIA: Final = "application/x-ndjson"
FILE: Final[str | None] = None
SCHEMA: Final = "penstock/event@1"


def render(record: RunRecord, style: Style) -> str:  # noqa: ARG001 -- a format's signature
    """Write the verdict with counts only: no text from a tool or a repository is in it."""
    verdict = record.verdict
    counts = Counter(finding.severity.value for finding in record.findings)
    document = {
        "schema": SCHEMA,
        "time": verdict.now,
        "verdict": verdict.verdict,
        "exit_code": verdict.exit_code,
        "environment": verdict.environment,
        "commit": verdict.subject.commit,
        "images": verdict.subject.images,
        "policy": verdict.policy,
        "demo": verdict.demo,
        "interrupted": record.interrupted,
        "breaches": len(verdict.breaches),
        "rules": sorted({breach.rule for breach in verdict.breaches}),
        "warnings": len(verdict.warnings),
        "grace": len(verdict.grace),
        "excepted": len(verdict.excepted),
        "exceptions": len(verdict.exceptions),
        "unanswered": len(verdict.unanswered),
        "unanswered_reasons": sorted({one.reason.value for one in verdict.unanswered}),
        "findings": dict(sorted(counts.items())),
        "seconds": round(record.seconds, 3),
        "penstock": record.penstock,
    }
    return msgspec.json.encode(document, order="sorted").decode() + "\n"
