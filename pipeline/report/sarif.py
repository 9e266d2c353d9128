"""SARIF 2.1.0: one run a stage, its gaps as notifications, at most 5,000 results each."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias
from urllib.parse import quote

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason
from pipeline.model.outcome import Completed, Failed, StageResult
from pipeline.model.record import RunRecord
from pipeline.model.severity import Severity
from pipeline.report import summary
from pipeline.report.base import Style
from pipeline.report.escape import terminal

MEDIA: Final = "application/sarif+json"
FILE: Final[str | None] = "report.sarif"
LIMIT: Final = 5000
"""Results a run: of more than 25,000 GitHub takes none, and shows 5,000 of its own choice."""
_GAPS: Final = 1000
Json: TypeAlias = Mapping[str, object]

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
    Severity.UNKNOWN: "error",
}
_SCORES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.0",
    Severity.UNKNOWN: "8.0",
}
"""What GitHub turns back into words: the middle of each band."""


def render(record: RunRecord, style: Style) -> str:  # noqa: ARG001 -- a format's signature
    """Write a run for every stage, those without results included: they say what was asked."""
    excepted = {one.finding: one.exception for one in record.verdict.excepted}
    document: Json = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [_run(record, result, excepted) for result in record.results],
    }
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def _run(record: RunRecord, result: StageResult, excepted: Mapping[str, str]) -> Json:
    stage = result.evidence.stage
    found = [finding for finding in record.findings if finding.stage == stage]
    kept = summary.worst_first(found)[:LIMIT]
    total = sum(count for _, count in summary.counted(record, stage))
    rules = sorted({finding.rule for finding in kept})
    places = {rule: place for place, rule in enumerate(rules)}
    return {
        "tool": {"driver": _driver(record, result, kept, rules)},
        "automationDetails": {"id": f"penstock/{stage}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The judged repository."}}},
        "invocations": [_invocation(result)],
        "results": [_result(finding, places, excepted) for finding in kept],
        "properties": {
            "penstock/verdict": record.verdict.verdict.value,
            "penstock/demo": record.verdict.demo,
            "penstock/results": total,
            "penstock/resultsLeftOut": total - len(kept),
        },
    }


def _driver(
    record: RunRecord, result: StageResult, kept: Iterable[Finding], rules: list[str]
) -> Json:
    worst: dict[str, Finding] = {}
    for finding in kept:
        worst.setdefault(finding.rule, finding)
    tools = ", ".join(f"{tool.name} {tool.version}" for tool in result.evidence.tools)
    return {
        "name": f"Penstock ({result.evidence.stage})",
        "version": record.penstock,
        "semanticVersion": record.penstock,
        "properties": {"penstock/tools": tools},
        "rules": [_rule(worst[rule]) for rule in rules],
    }


def _rule(finding: Finding) -> Json:
    return {
        "id": terminal(finding.rule),
        "shortDescription": {"text": terminal(finding.title) or terminal(finding.rule)},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {
            "security-severity": _SCORES[finding.severity],
            "tags": ["security", finding.kind.value, *finding.cwes[:8]],
        },
    }


def _invocation(result: StageResult) -> Json:
    outcome = result.evidence.outcome
    gaps = outcome.gaps if isinstance(outcome, Completed | Failed) else ()
    notifications = [
        _notification(gap.reason.value, f"{gap.target or 'the whole stage'}: {gap.detail}")
        for gap in gaps[:_GAPS]
    ]
    if len(gaps) > _GAPS:
        told = f"{len(gaps) - _GAPS} more gaps are in coverage.json"
        notifications.append(_notification(GapReason.LIMIT.value, told))
    if isinstance(outcome, Failed):
        notifications.insert(0, _notification(outcome.reason.value, outcome.message))
    return {
        "executionSuccessful": isinstance(outcome, Completed) and not outcome.gaps,
        "toolExecutionNotifications": notifications,
    }


def _notification(reason: str, text: str) -> Json:
    return {"level": "error", "descriptor": {"id": reason}, "message": {"text": terminal(text)}}


def _result(finding: Finding, places: Mapping[str, int], excepted: Mapping[str, str]) -> Json:
    package = f" ({finding.purl})" if finding.purl else ""
    message = f"{finding.title}{package}: {finding.message}" if finding.message else finding.title
    found: dict[str, object] = {
        "ruleId": terminal(finding.rule),
        "ruleIndex": places[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": terminal(message) or terminal(finding.rule)},
        "locations": [_location(finding)],
        "partialFingerprints": {"penstock/v1": finding.id},
        "properties": {
            "penstock/severity": finding.severity.value,
            "penstock/severityAssumed": finding.severity_assumed,
            "penstock/priority": finding.priority or "",
            "penstock/target": terminal(finding.target),
            "penstock/suppressedInline": finding.suppressed_inline,
        },
    }
    if finding.id in excepted:
        found["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"exception {terminal(excepted[finding.id])}",
            }
        ]
    return found


def _location(finding: Finding) -> Json:
    place = finding.location
    path = place.path if place else finding.target
    physical: dict[str, object] = {
        "artifactLocation": {
            "uri": quote(path, safe="/", errors="backslashreplace"),
            "uriBaseId": "ROOT",
        }
    }
    if place:
        physical["region"] = {
            "startLine": max(place.line, 1),
            "endLine": max(place.end_line, place.line, 1),
        }
    return {"physicalLocation": physical}
