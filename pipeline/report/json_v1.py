"""The report for programs: the verdict, the findings and the coverage in one document."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from pipeline.model.finding import SCHEMA as FINDING
from pipeline.model.record import RunRecord
from pipeline.report.base import Style

MEDIA: Final = "application/json"
FILE: Final[str | None] = None
SCHEMA: Final = "penstock/report@1"
_NONE: Final = ' "findings": []'
_VERDICT: Final = ' "verdict": {'


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


def pieces(record: RunRecord, findings: Iterable[bytes], verdict: Iterable[bytes]) -> Iterator[str]:
    """Write what `render` would, had the record all findings and all of the verdict.

    Both come as a bundle holds them: findings one a line, the verdict laid out.
    """
    bare = render(msgspec.structs.replace(record, findings=()), Style())
    head, _, rest = bare.partition(f"\n{_NONE}")
    between, _, _ = rest.partition(f"\n{_VERDICT}")
    yield f"{head}\n{_NONE[:-1]}"
    some = False
    for line in findings:
        text = msgspec.json.format(line, indent=1).decode().replace("\n", "\n  ")
        yield f"{',' if some else ''}\n  {text}"
        some = True
    yield f"\n ]{between}" if some else f"]{between}"
    yield f"\n{_VERDICT[:-1]}"
    for number, line in enumerate(verdict):
        text = line.decode().rstrip("\n")
        yield f"\n {text}" if number else text
    yield "\n}\n"
