"""The report for programs: the verdict, the findings and the coverage in one document."""

from typing import Final

import msgspec

from pipeline.model.finding import SCHEMA as FINDING
from pipeline.model.record import RunRecord
from pipeline.report.base import Style

MEDIA: Final = "application/json"
FILE: Final[str | None] = None
SCHEMA: Final = "penstock/report@1"


def render(record: RunRecord, style: Style) -> str:  # noqa: ARG001 -- a format's signature
    """Write everything that the text report shows, and every finding, in a versioned shape."""
    document = {
        "schema": SCHEMA,
        "penstock": record.penstock,
        "target": record.target,
        "started": record.started,
        "seconds": round(record.seconds, 3),
        "interrupted": record.interrupted,
        "bundle": record.bundle,
        "verdict": record.verdict,
        "stages": [
            {
                "stage": result.evidence.stage,
                "required": dict(record.required).get(result.evidence.stage, ""),
                "outcome": result.evidence.outcome,
                "excluded": result.evidence.excluded,
                "seconds": round(sum(one.seconds for one in result.usage), 3),
            }
            for result in record.results
        ],
        "findings": [
            {"schema": FINDING, **msgspec.to_builtins(finding)} for finding in record.findings
        ],
    }
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"
