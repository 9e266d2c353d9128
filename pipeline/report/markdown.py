"""The summary for a job page or a pull request; at most 900 kB, for GitHub refuses 1 MiB."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pipeline.model.finding import Finding
from pipeline.model.record import RunRecord
from pipeline.model.verdict import Decision, Unanswered
from pipeline.report import summary
from pipeline.report.base import Style
from pipeline.report.escape import code, markdown

MEDIA: Final = "text/markdown"
FILE: Final[str | None] = "summary.md"
LIMIT: Final = 900_000
"""Bytes."""
_GAPS: Final = 500
_SIGNS: Final = {
    Decision.PASS: "✅",
    Decision.WARN: "⚠️",
    Decision.FAIL: "❌",
    Decision.INCONCLUSIVE: "❔",
}


def render(record: RunRecord, style: Style) -> str:  # noqa: ARG001 -- a format's signature
    """Write verdict and stages in full, then findings, worst first, as far as there is room."""
    kept: list[str] = []
    size = 0
    lines = [*_top(record), *_unanswered(record), *_exceptions(record)]
    rows = list(_findings(record))
    for number, line in enumerate((*lines, *rows)):
        size += len(line.encode("utf-8", "backslashreplace")) + 1
        if size > LIMIT - 200:
            left = len(lines) + len(rows) - number
            kept += ["", f"_{left} more lines are in the evidence bundle._"]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _top(record: RunRecord) -> Iterator[str]:
    verdict = record.verdict
    word = f"{verdict.verdict.value} (DEMO)" if verdict.demo else verdict.verdict.value
    yield f"## {_SIGNS[verdict.verdict]} Penstock: {word}"
    yield ""
    yield markdown(summary.headline(record)) + "."
    yield ""
    for note in summary.notes(record):
        yield f"- {markdown(note)}"
    commit = verdict.subject.commit or "no commit"
    policy = code(verdict.policy.source)
    yield f"- commit {code(commit)}, environment {code(verdict.environment)}, policy {policy}"
    yield ""
    yield "| Stage | Answer | Gaps | Findings |"
    yield "|---|---|---:|---|"
    for result in record.results:
        outcome = result.evidence.outcome
        gaps = summary.gaps(outcome)
        found = summary.counted(record, result.evidence.stage)
        words = ", ".join(f"{n} {s.value}" for s, n in found) or "-"
        yield f"| {result.evidence.stage} | {summary.answered(outcome)} | {gaps} | {words} |"
    yield ""
    for rule, words, count in summary.breaches(record):
        yield f"- {code(rule)} {markdown(words)}: {count}"


def _unanswered(record: RunRecord) -> Iterator[str]:
    yield from _gaps("Not answered", record.verdict.unanswered)
    yield from _gaps("Not answered, and allowed by the policy", record.verdict.tolerated)


def _gaps(title: str, missing: Sequence[Unanswered]) -> Iterator[str]:
    if not missing:
        return
    yield ""
    yield f"### {title} ({len(missing)})"
    yield ""
    yield "| Stage | Target | Reason | Detail |"
    yield "|---|---|---|---|"
    for one in missing[:_GAPS]:
        target = code(one.target or "")
        yield f"| {one.stage or 'run'} | {target} | {one.reason.value} | {markdown(one.detail)} |"
    if len(missing) > _GAPS:
        yield ""
        yield f"… and {len(missing) - _GAPS} more in coverage.json"


def _exceptions(record: RunRecord) -> Iterator[str]:
    verdict = record.verdict
    if verdict.exceptions:
        yield ""
        yield "| Exception | Status | Matches | Left | Approved by | Why |"
        yield "|---|---|---:|---|---|---|"
    for one in verdict.exceptions:
        left, reason = summary.left(one, verdict.now), markdown(one.reason)
        people = markdown(", ".join(one.approved_by)) or "-"
        head = f"| {code(one.id)} | {one.status.value} | {one.matches}"
        yield f"{head} | {left} | {people} | {reason} |"
    for rule, until, count in summary.in_grace(verdict):
        yield from ("", f"- {count} of {code(rule)} in grace {until}")
    for glass in verdict.break_glass:
        people = markdown(", ".join(glass.approved_by)) or "nobody"
        yield ""
        yield f"- **break-glass** {code(glass.id)} {glass.status}, approved by {people},"
        yield f"  until {markdown(glass.expires) or '-'}: {markdown(glass.reason)}"
    if verdict.budgets:
        yield ""
    for budget in verdict.budgets:
        sign = "❌" if budget.breached else "✅"
        words = markdown(summary.promise(budget, verdict.environment))
        yield f"- {sign} {words} ({code(budget.id)})"


def _findings(record: RunRecord) -> Iterator[str]:
    failing = summary.breaching(record.verdict)
    worst = summary.worst_first(record.findings)
    blocking = [finding for finding in worst if finding.id in failing]
    others = [finding for finding in worst if finding.id not in failing]
    fates = summary.fates(record)
    if blocking:
        yield ""
        yield f"### Blocking findings ({len(blocking)})"
        yield from _table(blocking, fates)
    if others:
        yield ""
        yield f"<details><summary>{summary.plural(len(others), 'other finding')}</summary>"
        yield from _table(others, fates)
        yield ""
        yield "</details>"


def _table(findings: Iterable[Finding], fates: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield "| Priority | Severity | Rule | Where | What |"
    yield "|---|---|---|---|---|"
    for finding in findings:
        where = code(summary.place(finding))
        fate = fates.get(finding.id)
        what = markdown(f"{summary.what(finding)}; {fate}" if fate else summary.what(finding))
        yield (
            f"| {finding.priority or '-'} | {summary.severity_word(finding)}"
            f" | {code(finding.rule)} | {where} | {what} |"
        )
