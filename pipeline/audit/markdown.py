"""The export for people: promises first, then what is missing, then what each control rests on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pipeline.audit.model import Audit, ControlRow, Problem
from pipeline.report.escape import code
from pipeline.report.escape import markdown as plain

_MOST: Final = 200
"""Rows of a table; the CSV files have them all."""
_MARKS: Final = {True: "confirmed", False: "have your auditor confirm"}


def render(audit: Audit) -> str:
    """Write the whole report. Whatever comes from bundles is escaped."""
    parts = (
        _head, _promises, _problems, _controls, _runs, _exceptions, _glass, _remediation, _roles
    )  # fmt: skip
    return "\n".join(line for part in parts for line in part(audit)) + "\n"


def _head(audit: Audit) -> Iterator[str]:
    yield f"# Audit of {audit.since} to {audit.until}"
    yield ""
    whole = "complete" if audit.complete else "**NOT COMPLETE**: see what needs an answer"
    yield f"Made {audit.made} by Penstock {plain(audit.penstock)} from {audit.bundles} runs;"
    yield f"{whole}."
    yield ""
    yield "Every list is in the CSV files and in `audit.json` beside this file, in full."


def _promises(audit: Audit) -> Iterator[str]:
    yield from ("", "## Promises", "")
    if not audit.kpis:
        yield "No policy of the window sets a budget, and there was no weekly run."
    for one in audit.kpis:
        limit = "" if one.limit is None else f" {'<' if one.below else '≥'} {one.limit}"
        sign = "✅" if one.met else "❌"
        name, where = plain(one.name), code(one.repository)
        doubt = f", and {_weeks(one.unproven)} nobody knows" if one.unproven else ""
        yield f"- {sign} {where} {name}: {one.value}{limit} ({one.day}){doubt}"


def _weeks(count: int) -> str:
    return "of 1 week" if count == 1 else f"of {count} weeks"


def _problems(audit: Audit) -> Iterator[str]:
    yield from ("", f"## Needs an answer ({len(audit.problems)})", "")
    if not audit.problems:
        yield "Nothing: every week has its weekly run and every bundle is what it was."
        return
    counts = Counter(one.kind for one in audit.problems)
    yield ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) + "."
    yield ""
    yield from _table(
        ("Kind", "Repository", "Day", "What", "Detail"),
        (
            (one.kind, code(one.repository), one.day, code(one.subject), plain(one.detail))
            for one in _spread(audit.problems)
        ),
        total=len(audit.problems),
    )


def _spread(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Let no kind push another off the page: of each the first ones come first."""
    seen: Counter[str] = Counter()
    ranked = []
    for one in problems:
        ranked.append((seen[one.kind] // 20, one))
        seen[one.kind] += 1
    yield from (one for _, one in sorted(ranked))


def _controls(audit: Audit) -> Iterator[str]:
    yield from ("", "## Controls", "")
    yield "The texts of the controls marked `confirmed` were checked; have your auditor confirm"
    yield "that this evidence fits the others."
    yield ""
    yield from _table(
        ("Control", "Framework", "Evidence here", "Rules", "To answer", "Mark"),
        (
            (
                code(one.control),
                one.framework or "your own",
                _evidence(one),
                " ".join(map(code, one.rules)) or "-",
                str(one.problems),
                _MARKS[one.confirmed],
            )
            for one in audit.controls
        ),
        total=len(audit.controls),
    )


def _evidence(one: ControlRow) -> str:
    return ", ".join(f"{kind.kind}: {kind.count}" for kind in one.evidence) or "none"


def _runs(audit: Audit) -> Iterator[str]:
    yield from ("", f"## Runs ({len(audit.runs)})", "")
    counts = Counter((one.repository, one.environment, one.verdict) for one in audit.runs)
    places = sorted({(repository, environment) for repository, environment, _ in counts})
    words = ("PASS", "WARN", "FAIL", "INCONCLUSIVE")
    yield from _table(
        ("Repository", "Environment", *words),
        (
            (code(where), environment, *(str(counts[where, environment, word]) for word in words))
            for where, environment in places
        ),
        total=len(places),
    )


def _exceptions(audit: Audit) -> Iterator[str]:
    yield from ("", f"## Exceptions ({len(audit.exceptions)})", "")
    yield from _table(
        ("Exception", "Repository", "Target", "Owner", "Approved by", "Ticket", "Ends", "Status"),
        (
            (
                code(one.id),
                code(one.repository),
                code(one.target),
                plain(one.owner),
                plain(", ".join(one.approvers)) or "nobody",
                plain(one.ticket),
                one.expires,
                one.status,
            )
            for one in audit.exceptions
        ),
        total=len(audit.exceptions),
    )


def _glass(audit: Audit) -> Iterator[str]:
    if not audit.break_glass:
        return
    yield from ("", f"## Break-glass ({len(audit.break_glass)})", "")
    yield from _table(
        ("Record", "Repository", "Day", "Commit", "Status", "Verdict", "Approved by", "Reason"),
        (
            (
                code(one.id),
                code(one.repository),
                one.day,
                code(one.commit[:12]),
                one.status,
                one.verdict,
                plain(", ".join(one.approvers)) or "nobody",
                plain(one.reason),
            )
            for one in audit.break_glass
        ),
        total=len(audit.break_glass),
    )


def _remediation(audit: Audit) -> Iterator[str]:
    yield from ("", "## Remediation", "")
    yield from _table(
        ("Priority", "Findings", "Closed in time", "Closed late", "Open", "Overdue", "No clock"),
        (
            tuple(
                str(value)
                for value in (
                    one.priority, one.total, one.in_time, one.late, one.open, one.overdue,
                    one.no_clock,
                )
            )
            for one in audit.sla_summary
        ),
        total=len(audit.sla_summary),
    )  # fmt: skip


def _roles(audit: Audit) -> Iterator[str]:
    if not audit.roles_from:
        return
    yield from ("", f"## Roles ({plain(audit.roles_from)})", "")
    yield from _table(
        ("Person", "Roles", "May", "Keys"),
        (
            (
                plain(one.person),
                plain(", ".join(one.roles)),
                plain(", ".join(one.can)),
                " ".join(map(code, one.keys)) or "none",
            )
            for one in audit.roles
        ),
        total=len(audit.roles),
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, total: int) -> Iterator[str]:
    if not total:
        yield "None."
        return
    yield f"| {' | '.join(header)} |"
    yield "|" + "---|" * len(header)
    for number, row in enumerate(rows):
        if number == _MOST:
            yield ""
            yield f"_{total - _MOST} more are in the CSV file._"
            return
        yield f"| {' | '.join(row)} |"
