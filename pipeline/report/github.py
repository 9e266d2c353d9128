"""Annotations for GitHub Actions: the ten worst errors and warnings, the rest counted."""

from typing import Final

from pipeline.model.finding import Finding
from pipeline.model.record import RunRecord
from pipeline.model.verdict import Breach, Decision, Unanswered
from pipeline.report import summary
from pipeline.report.base import Style
from pipeline.report.escape import workflow_data, workflow_property

MEDIA: Final = "text/plain"
FILE: Final[str | None] = None
_EACH: Final = 10
"""GitHub shows ten errors and ten warnings a step and drops the rest without a word."""
_LEVELS: Final = {
    Decision.PASS: "notice",
    Decision.WARN: "warning",
    Decision.FAIL: "error",
    Decision.INCONCLUSIVE: "error",
}


def render(record: RunRecord, style: Style) -> str:  # noqa: ARG001 -- a format's signature
    """Write workflow commands, the verdict's own first so that it is never among those cut."""
    verdict = record.verdict
    lines = {"error": [], "warning": [], "notice": []}  # type: dict[str, list[str]]
    head = f"{verdict.verdict.value}: {summary.headline(record)}"
    lines[_LEVELS[verdict.verdict]].append(_command(_LEVELS[verdict.verdict], head, "Penstock"))
    by_id = {finding.id: finding for finding in record.findings}
    breaching = summary.breaching(verdict)
    warned = {one.finding for one in verdict.warnings if one.finding} - breaching
    lines["error"] += [_finding("error", f) for f in _sorted(breaching, by_id)]
    lines["error"] += [
        _command("error", _budget(b), b.rule) for b in verdict.breaches if not b.finding
    ]
    lines["error"] += [_command("error", _missing(m), m.reason.value) for m in verdict.unanswered]
    lines["warning"] += [_finding("warning", f) for f in _sorted(warned, by_id)]
    lines["warning"] += [
        _command("warning", _budget(w), w.rule) for w in verdict.warnings if not w.finding
    ]
    cut = sum(max(len(lines[level]) - _EACH, 0) for level in ("error", "warning"))
    if cut or record.sums:
        more = f"{cut} more" if record.sums is None else f"all {summary.total(record)} findings"
        where = f"{more} in the summary and in the evidence bundle"
        lines["notice"].append(_command("notice", where, "Penstock"))
    shown = [*lines["error"][:_EACH], *lines["warning"][:_EACH], *lines["notice"]]
    return "".join(f"{line}\n" for line in shown)


def _sorted(ids: set[str], by_id: dict[str, Finding]) -> list[Finding]:
    return summary.worst_first(by_id[one] for one in ids if one in by_id)


def _missing(one: Unanswered) -> str:
    return ": ".join(word for word in (one.stage or "run", one.target, one.detail) if word)


def _budget(breach: Breach) -> str:
    return breach.message or breach.rule


def _finding(level: str, finding: Finding) -> str:
    text = f"{summary.severity_word(finding)}: {summary.what(finding)} ({summary.place(finding)})"
    title = f"{finding.priority or ''} {finding.rule}".strip()
    if finding.location is None:
        return _command(level, text, title)
    place = finding.location
    file = f"file={workflow_property(place.path)},line={place.line},endLine={place.end_line},"
    return _command(level, text, title, file)


def _command(level: str, text: str, title: str, properties: str = "") -> str:
    return f"::{level} {properties}title={workflow_property(title)}::{workflow_data(text)}"
