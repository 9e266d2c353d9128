"""The report that people read on a terminal."""

from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.model.finding import Finding
from pipeline.model.outcome import Completed, Failed, StageResult
from pipeline.model.record import RunRecord
from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision, Unanswered
from pipeline.report import summary, text_exceptions
from pipeline.report.base import Style
from pipeline.report.escape import terminal
from pipeline.report.page import BOLD, DIM, MAGENTA, RED, YELLOW, Page, column

MEDIA: Final = "text/plain"
FILE: Final[str | None] = None

_WORST: Final = 10
_GAPS: Final = 12
_VERDICTS: Final = {
    Decision.PASS: "1;32",
    Decision.WARN: "1;33",
    Decision.FAIL: "1;31",
    Decision.INCONCLUSIVE: "1;35",
}
_SEVERITIES: Final = {
    Severity.CRITICAL: "1;31",
    Severity.HIGH: RED,
    Severity.MEDIUM: YELLOW,
}


def render(record: RunRecord, style: Style) -> str:
    """Write stages, the ten worst findings, what is missing, and the verdict last."""
    page = Page(style)
    _head(page, record)
    _stages(page, record)
    _worst(page, record)
    _unanswered(page, record)
    _rules(page, record)
    text_exceptions.write(page, record)
    _verdict(page, record)
    return page.whole()


def _head(page: Page, record: RunRecord) -> None:
    verdict = record.verdict
    commit = (verdict.subject.commit or "no commit")[:12]
    dirty = " with uncommitted changes" if verdict.subject.dirty else ""
    page.line(
        f"{page.paint('Penstock', BOLD)} {record.penstock} · {terminal(record.target)}"
        f" · {commit}{dirty}"
    )
    policy = f"policy {terminal(verdict.policy.name)} ({terminal(verdict.policy.source)})"
    said = f"environment {verdict.environment} · {policy}"
    if len(said) + len(f" · {verdict.now}") > page.style.width:
        page.line(page.paint(said, DIM))
        page.line(page.paint(f"as of {verdict.now}", DIM))
        return
    page.line(page.paint(f"{said} · {verdict.now}", DIM))


def _stages(page: Page, record: RunRecord) -> None:
    answers = (summary.answered(result.evidence.outcome) for result in record.results)
    width = column(answers, least=14)
    page.line()
    page.line(page.paint(f"{'STAGE':<11}{'ANSWER':<{width}}{'GAPS':>6}{'TIME':>8}  FINDINGS", DIM))
    for result in record.results:
        page.line(_stage(page, record, result, width))


def _stage(page: Page, record: RunRecord, result: StageResult, width: int) -> str:
    evidence = result.evidence
    outcome = evidence.outcome
    answer = f"{summary.answered(outcome):<{width}}"
    gaps = summary.gaps(outcome)
    if isinstance(outcome, Failed):
        answer = page.paint(answer, MAGENTA)
    elif not isinstance(outcome, Completed):
        answer = page.paint(answer, DIM)
    seconds = sum(one.seconds for one in result.usage)
    time = f"{seconds:.1f} s" if result.usage else "-"
    found = summary.counted(record, evidence.stage)
    words = ", ".join(_count(page, severity, n) for severity, n in found)
    gap_text = page.paint(f"{gaps:>6}", DIM if gaps in ("0", "-") else MAGENTA)
    return f"{evidence.stage:<11}{answer}{gap_text}{time:>8}  {words or '-'}"


def _count(page: Page, severity: Severity, count: int) -> str:
    return page.paint(f"{count} {severity.value}", _SEVERITIES.get(severity, DIM))


def _worst(page: Page, record: RunRecord) -> None:
    if not record.findings:
        return
    worst = summary.worst_first(record.findings)
    shown = min(len(worst), _WORST)
    page.heading(f"Worst findings ({shown} of {summary.total(record)})")
    failing = summary.breaching(record.verdict)
    fates = summary.fates(record)
    for finding in worst[:_WORST]:
        for line in _finding(page, finding, failing, fates.get(finding.id, "")):
            page.line(line)


def _finding(page: Page, finding: Finding, failing: set[str], fate: str) -> Iterator[str]:
    mark = page.paint("x", RED) if finding.id in failing else " "
    word = summary.severity_word(finding)
    severity = page.paint(f"{word:<9}", _SEVERITIES.get(finding.severity, DIM))
    suppressed = "  (suppressed inline)" if finding.suppressed_inline else ""
    yield (
        f" {mark} {finding.priority or '--'} {severity} {terminal(finding.rule)}"
        f"  {terminal(summary.place(finding))}{suppressed}"
    )
    room = page.style.width - 20 - (len(fate) + 2 if fate else 0)
    said = page.paint(f"      {finding.id[:12]}  {page.cut(summary.what(finding), room)}", DIM)
    late = fate.endswith(summary.OVERDUE)
    yield f"{said}  {page.paint(terminal(fate), RED if late else DIM)}" if fate else said


def _unanswered(page: Page, record: RunRecord) -> None:
    _gaps(page, "Not answered", record.verdict.unanswered, MAGENTA)
    _gaps(page, "Not answered, and allowed by the policy", record.verdict.tolerated, DIM)


def _gaps(page: Page, title: str, missing: Sequence[Unanswered], code: str) -> None:
    if not missing:
        return
    page.heading(f"{title} ({len(missing)})")
    width = column(one.reason.value for one in missing[:_GAPS])
    for one in missing[:_GAPS]:
        where = terminal(_where(one))
        page.entry(f"   {page.paint(f'{one.reason.value:<{width}}', code)}  {where}", one.detail)
    if len(missing) > _GAPS:
        page.line(f"   … and {len(missing) - _GAPS} more in coverage.json")


def _where(one: Unanswered) -> str:
    return f"{one.stage or 'run'}: {one.target}" if one.target else one.stage or "the whole run"


def _rules(page: Page, record: RunRecord) -> None:
    for title, code, rows in (
        ("Breaches", RED, summary.breaches(record)),
        ("Warnings", YELLOW, summary.warnings(record)),
    ):
        if not rows:
            continue
        page.heading(f"{title} by rule")
        width = column(terminal(rule) for rule, _, _ in rows)
        for rule, words, count in rows:
            page.entry(f"  {page.paint(f'{count:>4}', code)}  {terminal(rule):<{width}}", words)


def _verdict(page: Page, record: RunRecord) -> None:
    verdict = record.verdict
    word = f"{verdict.verdict.value} (DEMO)" if verdict.demo else verdict.verdict.value
    page.line()
    page.entry(page.paint(word, _VERDICTS[verdict.verdict]), summary.headline(record))
    for note in summary.notes(record):
        page.wrapped(note, first="  note      ", rest=" " * 12)
    if record.bundle:
        page.line(f"  evidence  {terminal(record.bundle)}")
    page.line(f"  next      {terminal(summary.next_step(record))}")
