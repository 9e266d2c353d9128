"""The report that people read on a terminal."""

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Final

from pipeline.model.finding import Finding
from pipeline.model.outcome import Completed, Failed, StageResult
from pipeline.model.record import RunRecord
from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision, Unanswered
from pipeline.report import summary
from pipeline.report.base import Style
from pipeline.report.escape import terminal

MEDIA: Final = "text/plain"
FILE: Final[str | None] = None

_WORST: Final = 10
_GAPS: Final = 12
_LINES: Final = 3
_WIDEST: Final = 30
_RESET: Final = "\x1b[0m"
_BOLD, _DIM, _RED, _GREEN, _YELLOW, _MAGENTA = "1", "2", "31", "32", "33", "35"
_VERDICTS: Final = {
    Decision.PASS: "1;32",
    Decision.WARN: "1;33",
    Decision.FAIL: "1;31",
    Decision.INCONCLUSIVE: "1;35",
}
_SEVERITIES: Final = {
    Severity.CRITICAL: "1;31",
    Severity.HIGH: _RED,
    Severity.MEDIUM: _YELLOW,
}
_ASCII: Final = str.maketrans({"→": ">", "·": "-", "…": "~", "│": "|"})
_PAINT: Final = re.compile(r"\x1b\[[0-9;]*m")
_BELOW: Final = f"{' ' * 6}│ "
"""Wrapped text is fenced: no line of it may begin with what a CI service takes for a command."""


class _Page:
    """Lines of a report in a reader's style."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._lines: list[str] = []

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.style.color and text else text

    def line(self, text: str = "") -> None:
        self._lines.append(text if self.style.unicode else text.translate(_ASCII))

    def heading(self, text: str) -> None:
        self.line()
        self.line(self.paint(text, _BOLD))

    def wrapped(self, text: str, *, first: str, rest: str) -> None:
        """Write text over as many lines as it needs, within reason."""
        lines = wrap(
            terminal(text),
            width=max(self.style.width, 40) - len(rest),
            max_lines=_LINES,
            placeholder=" …",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, line in enumerate(lines):
            self.line(f"{rest if number else first}{line}")

    def entry(self, head: str, text: str) -> None:
        """Write text behind its head where both fit in a line, else below it."""
        if len(_PAINT.sub("", head)) + 2 + len(terminal(text)) <= self.style.width:
            self.line(f"{head}  {terminal(text)}".rstrip())
            return
        self.line(head.rstrip())
        self.wrapped(text, first=_BELOW, rest=_BELOW)

    def cut(self, text: str, width: int) -> str:
        text = terminal(text)
        return text if len(text) <= width else text[: max(width - 1, 1)] + "…"

    def whole(self) -> str:
        text = "\n".join(self._lines) + "\n"
        return text if self.style.unicode else text.encode("ascii", "backslashreplace").decode()


def render(record: RunRecord, style: Style) -> str:
    """Write stages, the ten worst findings, what is missing, and the verdict last."""
    page = _Page(style)
    _head(page, record)
    _stages(page, record)
    _worst(page, record)
    _unanswered(page, record)
    _rules(page, record)
    _exceptions(page, record)
    _verdict(page, record)
    return page.whole()


def _head(page: _Page, record: RunRecord) -> None:
    verdict = record.verdict
    commit = (verdict.subject.commit or "no commit")[:12]
    dirty = " with uncommitted changes" if verdict.subject.dirty else ""
    page.line(
        f"{page.paint('Penstock', _BOLD)} {record.penstock} · {terminal(record.target)}"
        f" · {commit}{dirty}"
    )
    policy = f"policy {terminal(verdict.policy.name)} ({terminal(verdict.policy.source)})"
    page.line(page.paint(f"environment {verdict.environment} · {policy} · {verdict.now}", _DIM))


def _stages(page: _Page, record: RunRecord) -> None:
    answers = (summary.answered(result.evidence.outcome) for result in record.results)
    width = _column(answers, least=14)
    page.line()
    page.line(page.paint(f"{'STAGE':<11}{'ANSWER':<{width}}{'GAPS':>6}{'TIME':>8}  FINDINGS", _DIM))
    for result in record.results:
        page.line(_stage(page, record, result, width))


def _column(texts: Iterable[str], *, least: int = 0) -> int:
    return max(least, min(_WIDEST, max(map(len, texts), default=0)))


def _stage(page: _Page, record: RunRecord, result: StageResult, width: int) -> str:
    evidence = result.evidence
    outcome = evidence.outcome
    answer = f"{summary.answered(outcome):<{width}}"
    gaps = summary.gaps(outcome)
    if isinstance(outcome, Failed):
        answer = page.paint(answer, _MAGENTA)
    elif not isinstance(outcome, Completed):
        answer = page.paint(answer, _DIM)
    seconds = sum(one.seconds for one in result.usage)
    time = f"{seconds:.1f} s" if result.usage else "-"
    found = [f for f in record.findings if f.stage == evidence.stage]
    words = ", ".join(_count(page, severity, n) for severity, n in summary.severities(found))
    gap_text = page.paint(f"{gaps:>6}", _DIM if gaps in ("0", "-") else _MAGENTA)
    return f"{evidence.stage:<11}{answer}{gap_text}{time:>8}  {words or '-'}"


def _count(page: _Page, severity: Severity, count: int) -> str:
    return page.paint(f"{count} {severity.value}", _SEVERITIES.get(severity, _DIM))


def _worst(page: _Page, record: RunRecord) -> None:
    if not record.findings:
        return
    worst = summary.worst_first(record.findings)
    shown = min(len(worst), _WORST)
    page.heading(f"Worst findings ({shown} of {len(worst)})")
    failing = summary.breaching(record.verdict)
    for finding in worst[:_WORST]:
        for line in _finding(page, finding, failing):
            page.line(line)


def _finding(page: _Page, finding: Finding, failing: set[str]) -> Iterator[str]:
    mark = page.paint("x", _RED) if finding.id in failing else " "
    word = summary.severity_word(finding)
    severity = page.paint(f"{word:<9}", _SEVERITIES.get(finding.severity, _DIM))
    suppressed = "  (suppressed inline)" if finding.suppressed_inline else ""
    yield (
        f" {mark} {finding.priority or '--'} {severity} {terminal(finding.rule)}"
        f"  {terminal(summary.place(finding))}{suppressed}"
    )
    said = page.cut(summary.what(finding), page.style.width - 20)
    yield page.paint(f"      {finding.id[:12]}  {said}", _DIM)


def _unanswered(page: _Page, record: RunRecord) -> None:
    missing = record.verdict.unanswered
    if not missing:
        return
    page.heading(f"Not answered ({len(missing)})")
    width = _column(one.reason.value for one in missing[:_GAPS])
    for one in missing[:_GAPS]:
        page.entry(_gap(page, one, width), one.detail)
    if len(missing) > _GAPS:
        page.line(f"   … and {len(missing) - _GAPS} more in coverage.json")


def _gap(page: _Page, one: Unanswered, width: int) -> str:
    where = f"{one.stage or 'run'}: {one.target}" if one.target else one.stage or "the whole run"
    return f"   {page.paint(f'{one.reason.value:<{width}}', _MAGENTA)}  {terminal(where)}"


def _rules(page: _Page, record: RunRecord) -> None:
    for title, code, entries in (
        ("Breaches", _RED, record.verdict.breaches),
        ("Warnings", _YELLOW, record.verdict.warnings),
    ):
        if not entries:
            continue
        page.heading(f"{title} by rule")
        rows = summary.by_rule(entries)
        width = _column(terminal(rule) for rule, _, _ in rows)
        for rule, words, count in rows:
            page.entry(f"  {page.paint(f'{count:>4}', code)}  {terminal(rule):<{width}}", words)


def _exceptions(page: _Page, record: RunRecord) -> None:
    verdict = record.verdict
    if not verdict.exceptions and not verdict.budgets:
        return
    page.heading("Exceptions and budgets")
    ids = (*(one.id for one in verdict.exceptions), *(one.id for one in verdict.budgets))
    names = _column(map(terminal, ids))
    states = _column(one.status.value for one in verdict.exceptions)
    for one in verdict.exceptions:
        days = f"expires {one.expires}, " if one.expires else ""
        matches = summary.plural(one.matches, "match")
        head = f"   {terminal(one.id):<{names}}  {one.status.value:<{states}}  {days}{matches}"
        page.entry(head, one.reason)
    for budget in verdict.budgets:
        sign = ">=" if budget.breached else "<"
        text = f"   {terminal(budget.id):<{names}}  {budget.value} {sign} {budget.limit}"
        page.line(page.paint(text, _RED) if budget.breached else text)


def _verdict(page: _Page, record: RunRecord) -> None:
    verdict = record.verdict
    word = f"{verdict.verdict.value} (DEMO)" if verdict.demo else verdict.verdict.value
    page.line()
    page.line(f"{page.paint(word, _VERDICTS[verdict.verdict])}  {summary.headline(record)}")
    for note in summary.notes(record):
        page.wrapped(note, first="  note      ", rest=" " * 12)
    if record.bundle:
        page.line(f"  evidence  {terminal(record.bundle)}")
    page.line(f"  next      {terminal(summary.next_step(record))}")
