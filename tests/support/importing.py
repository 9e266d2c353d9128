"""Reports as other programs leave them, and what is read of them."""

import io
import json
from collections.abc import Iterable
from typing import Any, Final

from pipeline.imports.base import Asked, Word
from pipeline.imports.opening import reader_of
from pipeline.model.finding import Finding, Kind

WHOLE: Final[dict[str, Any]] = {
    "tool": {"driver": {"name": "Look", "version": "1.2", "rules": [{"id": "R1"}]}},
    "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-11-25T08:00:00Z"}],
    "artifacts": [{"location": {"uri": "app/a.py"}, "roles": ["analysisTarget"]}],
    "results": [],
}
"""A run that says all that can be said, and found nothing."""


def result(rule: str = "R1", path: str = "app/a.py", line: int = 3, **more: Any) -> dict[str, Any]:
    """Return a SARIF result."""
    place = {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
    return {
        "ruleId": rule,
        "message": {"text": f"{rule} in {path}"},
        "locations": [{"physicalLocation": place}],
        **more,
    }


def sarif(*runs: dict[str, Any], **more: Any) -> bytes:
    """Write a SARIF file; of each run, what differs from one that says everything."""
    made = [{**WHOLE, **run} for run in runs or ({},)]
    return json.dumps({"version": "2.1.0", "runs": made, **more}).encode()


def read(
    data: bytes,
    *,
    stage: str = "semgrep",
    kind: Kind = Kind.SAST,
    target: str = "shop",
    roots: tuple[str, ...] = (),
) -> tuple[Word, list[Finding]]:
    """Read a report of any format."""
    found: list[Finding] = []
    stream = io.BytesIO(data)
    asked = Asked(stage=stage, kind=kind, target=target, roots=roots)
    word = reader_of(stream).read(stream, asked, found.append)
    return word, found


def reasons(word: Word) -> list[str]:
    """Return why something is not answered."""
    return [gap.reason.value for gap in word.gaps]


def ids(found: Iterable[Finding]) -> list[str]:
    """Return the ids of findings."""
    return [one.id for one in found]
