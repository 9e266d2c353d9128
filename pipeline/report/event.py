"""One JSON line about a verdict, for a log collector."""

from typing import Final

import msgspec

from pipeline.model.record import RunRecord
from pipeline.report import summary
from pipeline.report.base import Style

MEDIA: Final = "application/x-ndjson"
FILE: Final[str | None] = None
SCHEMA: Final = "penstock/event@1"


def render(record: RunRecord, style: Style) -> str:  # noqa: ARG001 -- a format's signature
    """Write the verdict with counts only: no text from a tool or a repository is in it."""
    verdict = record.verdict
    breaches, warnings = summary.breaches(record), summary.warnings(record)
    counts = {severity.value: count for severity, count in summary.counted(record)}
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
        "breaches": sum(count for _, _, count in breaches),
        "rules": sorted(rule for rule, _, _ in breaches),
        "warnings": sum(count for _, _, count in warnings),
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
