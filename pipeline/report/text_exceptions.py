"""The part of the text report about what is let pass: exceptions, grace, break-glass, promises."""

from pipeline.model.record import RunRecord
from pipeline.model.verdict import ExceptionRecord, ExceptionStatus
from pipeline.report import summary
from pipeline.report.escape import terminal
from pipeline.report.page import DIM, GREEN, RED, YELLOW, Page, column

_GOOD = frozenset({ExceptionStatus.ACTIVE})
_BAD = frozenset({ExceptionStatus.VOID, ExceptionStatus.OVER_MATCHED, ExceptionStatus.INVALID})


def write(page: Page, record: RunRecord) -> None:
    """Write the exceptions with who approved them and what is left, then grace and promises."""
    _exceptions(page, record)
    _grace(page, record)
    _break_glass(page, record)
    _promises(page, record)


def _exceptions(page: Page, record: RunRecord) -> None:
    listed = record.verdict.exceptions
    if not listed:
        return
    page.heading(f"Exceptions ({len(listed)})")
    names = column(terminal(one.id) for one in listed)
    states = column(one.status.value for one in listed)
    left = column(summary.left(one, record.verdict.now) for one in listed)
    for one in listed:
        state = page.paint(f"{one.status.value:<{states}}", _colour(one))
        days = f"{summary.left(one, record.verdict.now):<{left}}"
        matches = f"{summary.plural(one.matches, 'match'):<9}"
        head = f"   {terminal(one.id):<{names}}  {state}  {days}  {matches}"
        reason = "" if one.status is ExceptionStatus.EXPIRED else one.reason
        page.entry(head.rstrip(), "; ".join(filter(None, (_signed(one), reason))))


def _colour(one: ExceptionRecord) -> str:
    if one.status in _GOOD:
        return GREEN
    return RED if one.status in _BAD else YELLOW


def _signed(one: ExceptionRecord) -> str:
    """Name who approved it: nobody did where nobody had to."""
    return f"by {', '.join(one.approved_by)}" if one.approved_by else ""


def _grace(page: Page, record: RunRecord) -> None:
    waiting = summary.in_grace(record.verdict)
    if not waiting:
        return
    page.heading(f"In grace ({len(record.verdict.grace)})")
    width = column(terminal(rule) for rule, _, _ in waiting)
    for rule, until, count in waiting:
        page.line(f"  {page.paint(f'{count:>4}', YELLOW)}  {terminal(rule):<{width}}  {until}")


def _break_glass(page: Page, record: RunRecord) -> None:
    listed = record.verdict.break_glass
    if not listed:
        return
    page.heading("Break-glass")
    names = column(terminal(one.id) for one in listed)
    for one in listed:
        accepted = one.status == "accepted"
        state = page.paint(f"{one.status:<8}", YELLOW if accepted else DIM)
        until = f"until {terminal(one.expires)}" if one.expires else ""
        people = f"by {', '.join(one.approved_by)}" if one.approved_by else ""
        head = f"   {terminal(one.id):<{names}}  {state}  {until}"
        page.entry(head.rstrip(), "; ".join(filter(None, (people, one.reason))))


def _promises(page: Page, record: RunRecord) -> None:
    if not record.verdict.budgets:
        return
    page.heading("Promises")
    for budget in record.verdict.budgets:
        text = summary.promise(budget, record.verdict.environment)
        mark = page.paint("x", RED) if budget.breached else " "
        shown = page.paint(text, RED) if budget.breached else text
        page.line(f" {mark} {shown}  {page.paint(terminal(budget.id), DIM)}")
